import Simulation
import Testing

@Suite("A life from a seed")
struct SeedTests {
    @Test("breaks no invariant, and every door opened is locked again once things heal", arguments: 0..<16)
    func holds(block: UInt64) {
        var batch = Batch(inputs: 600)
        for seed in (block * 16)..<(block * 16 + 16) {
            let found = batch.live(seed: seed)
            #expect(found == nil, "lockbridge-sim --seed \(seed) --steps 600: \(found?.violation.description ?? "")")
        }
    }

    @Test("is the same life every time")
    func repeats() {
        for seed in UInt64(500)..<510 {
            let plan = Plan.random(seed: seed, inputs: 400)
            #expect(plan == Plan.random(seed: seed, inputs: 400))
            let one = Life.lived(plan, isTold: true)
            let other = Life.lived(plan, isTold: true)
            #expect(one.steps == other.steps)
            #expect(one.timeline == other.timeline)
            #expect(one.shelf.records == other.shelf.records)
            #expect(one.drives == other.drives)
        }
    }

    @Test("goes where it hurts: a batch that does too little proves nothing")
    func reach() {
        var batch = Batch(inputs: 1000)
        for seed in UInt64(1000)..<1200 { _ = batch.live(seed: seed) }
        #expect(batch.steps > 100_000)
        let missing = batch.coverage.missing(steps: 1_000_000)
        #expect(missing.isEmpty, "never: \(missing)")
        #expect(Coverage().missing(steps: 1_000_000).count == Deed.allCases.count)
        #expect(Coverage().missing(steps: 5000) == [.unlockSent, .relockConfirmed, .crash])
    }
}
