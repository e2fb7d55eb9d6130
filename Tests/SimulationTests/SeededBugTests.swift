import Simulation
import Testing

@Suite("A gateway with a known mistake")
struct SeededBugTests {
    /// The first life in which the mistake shows.
    private func firstFinding(_ bug: SeededBug, lives: UInt64) -> Batch.Finding? {
        var batch = Batch(inputs: 600, bug: bug)
        for seed in UInt64(0)..<lives {
            if let found = batch.live(seed: seed) { return found }
        }
        return nil
    }

    @Test("is found out by an invariant that is there for it", arguments: SeededBug.allCases)
    func caught(bug: SeededBug) throws {
        let found = try #require(firstFinding(bug, lives: 600), "\(bug.rawValue) was not found")
        #expect(bug.caughtBy.contains(found.violation.invariant), "\(bug.rawValue) was found by \(found.violation)")
    }

    @Test("is shown by a plan cut down to what matters, which the gateway without the mistake lives through", arguments: SeededBug.allCases)
    func minimal(bug: SeededBug) throws {
        let found = try #require(firstFinding(bug, lives: 600))
        #expect(found.plan.steps.count < found.actions && found.plan.steps.count <= 12, "\(found.plan.steps.count) of \(found.actions)")
        #expect(Life.lived(found.plan, bug: bug).violations.first?.invariant == found.violation.invariant)
        #expect(Life.lived(found.plan).violations.isEmpty)
        #expect(found.timeline.contains { $0.kind == .violation })
    }
}
