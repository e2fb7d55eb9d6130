import Simulation

/// Shows that the invariants would find a gateway's mistakes: each one is made until it is found, and the gateway without it passes the same
/// seeds.
struct Proof {
    let first: UInt64
    let count: UInt64
    let inputs: Int
    let store: StoreKind

    /// - Returns: the exit code.
    func run() -> Int32 {
        var isProven = true
        for bug in SeededBug.allCases {
            let begin = Report.now()
            var batch = Batch(inputs: inputs, bug: bug, store: store.maker)
            guard let (found, lives) = find(bug, in: &batch) else {
                print("\(bug.rawValue): not found in \(count) lives from seed \(first)")
                isProven = false
                continue
            }
            let milliseconds = Int((Report.now() - begin) * 1000)
            let isNamed = bug.caughtBy.contains(found.violation.invariant)
            let name = found.violation.invariant.name
            print(
                "\(bug.rawValue): found by \(name) in \(milliseconds) ms, life \(lives), seed \(found.seed)\(isNamed ? "" : ": not by its own")"
            )
            if !isNamed || !passes(lives: lives) { isProven = false }
        }
        return isProven ? 0 : 1
    }

    private func find(_ bug: SeededBug, in batch: inout Batch) -> (Batch.Finding, UInt64)? {
        for number in 0..<count {
            if let found = batch.live(seed: first &+ number) { return (found, number + 1) }
        }
        return nil
    }

    /// The gateway as it is, on the same seeds.
    private func passes(lives: UInt64) -> Bool {
        var batch = Batch(inputs: inputs, store: store.maker)
        for number in 0..<lives {
            let seed = first &+ number
            guard let found = batch.live(seed: seed) else { continue }
            print("  the gateway without it fails as well: \(found.violation), lockbridge-sim --seed \(seed) --steps \(inputs)")
            return false
        }
        return true
    }
}
