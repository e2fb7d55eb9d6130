extension Plan {
    /// The shortest plan found that still breaks the same invariant, by leaving steps out (Zeller, "Yesterday, my program worked. Today, it
    /// does not. Why?").
    ///
    /// Each try is a whole life, so there are at most `tries` of them; what is found by then is still a plan that fails.
    package func minimised(breaking invariant: Invariant, tries: Int = 3000, live: (Plan) -> World) -> Plan {
        var left = tries
        var best = self
        func fails(_ steps: [Step]) -> Bool {
            left -= 1
            var plan = self
            plan.steps = steps
            return live(plan).violations.first?.invariant == invariant
        }
        var size = max(1, best.steps.count / 2)
        while left > 0 {
            var start = 0
            var isShorter = false
            while start < best.steps.count && left > 0 {
                var steps = best.steps
                steps.removeSubrange(start..<min(start + size, steps.count))
                if fails(steps) {
                    best.steps = steps
                    isShorter = true
                } else {
                    start += size
                }
            }
            if size == 1 && !isShorter { break }
            size = max(1, size / 2)
        }
        return best
    }
}
