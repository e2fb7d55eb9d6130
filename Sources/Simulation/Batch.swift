import GatewayCore
import LockModel

/// Many lives, one seed each, until one breaks an invariant.
package struct Batch: Sendable {
    /// What broke, in which life, and the fewest actions found that break it.
    package struct Finding {
        package let seed: UInt64
        package let violation: Violation
        /// How many actions the life had.
        package let actions: Int
        package let plan: Plan
        package let timeline: [Moment]
    }

    package let inputs: Int
    package let bug: SeededBug?
    private let makeStore: @Sendable () -> any RecordStore
    package private(set) var lives = 0
    /// Inputs the machines handled.
    package private(set) var steps = 0
    package private(set) var coverage = Coverage()

    /// - Parameter inputs: about how many inputs a life has.
    package init(inputs: Int, bug: SeededBug? = nil, store makeStore: @escaping @Sendable () -> any RecordStore = { MemoryStore() }) {
        self.inputs = inputs
        self.bug = bug
        self.makeStore = makeStore
    }

    /// Lives the life of one seed; a finding where an invariant did not hold.
    package mutating func live(seed: UInt64) -> Finding? {
        let plan = Plan.random(seed: seed, inputs: inputs)
        let world = Life.lived(plan, store: makeStore(), bug: bug)
        lives += 1
        steps += world.steps
        coverage += world.coverage
        guard let violation = world.violations.first else { return nil }
        return finding(seed, violation, plan)
    }

    private func finding(_ seed: UInt64, _ violation: Violation, _ plan: Plan) -> Finding {
        let least = plan.minimised(breaking: violation.invariant) { Life.lived($0, store: makeStore(), bug: bug) }
        let told = Life.lived(least, store: makeStore(), bug: bug, isTold: true)
        return Finding(
            seed: seed, violation: told.violations.first ?? violation, actions: plan.steps.count, plan: least,
            timeline: told.timeline ?? [])
    }
}
