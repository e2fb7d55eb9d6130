import LockModel
import Testing

@testable import GatewayCore

@Suite("A random life")
struct RandomWalkTests {
    @Test("breaks no invariant, and every door opened is locked again once things heal", arguments: UInt64(0)..<100)
    func walk(seed: UInt64) {
        var walk = RandomWalk(seed: seed)
        walk.run(steps: 400)
        #expect(walk.world.faults.isEmpty, "seed \(seed): \(walk.world.faults)")
    }

    @Test("finds out a gateway that does not settle before it believes a lock, so it would find out ours")
    func checkerWorks() {
        var caught: [UInt64] = []
        for seed in UInt64(0)..<24 {
            var walk = RandomWalk(seed: seed) { $0.settings.relock.settleMilliseconds = 0 }
            walk.run(steps: 400)
            if walk.world.faults.contains(where: { $0.hasPrefix("I2b") }) { caught.append(seed) }
        }
        #expect(!caught.isEmpty)
    }

    @Test("goes where it hurts: a walk that does too little proves nothing")
    func reach() {
        var (unlocks, unknown, crashesOpen, refused, cancelled, unsolicited) = (0, 0, 0, 0, 0, 0)
        for seed in UInt64(0)..<40 {
            var walk = RandomWalk(seed: seed)
            walk.run(steps: 400)
            unlocks += walk.world.drives.count { $0.action == .unlock }
            refused += walk.world.replies.count { $0.reply.status == .refused }
            for record in walk.world.shelf.records {
                switch record.body {
                case .operationFailed(let body) where body.reason == .abortedByRestart: crashesOpen += 1
                case .operationFailed(let body) where body.outcome == .unknown: unknown += 1
                case .unlockCancelled: cancelled += 1
                case .lockChanged(let body) where body.event == .unsolicitedUnlock: unsolicited += 1
                default: break
                }
            }
        }
        #expect(unlocks > 200, "\(unlocks)")
        #expect(unknown > 50, "\(unknown)")
        #expect(crashesOpen > 20, "\(crashesOpen)")
        #expect(refused > 200, "\(refused)")
        #expect(cancelled > 50, "\(cancelled)")
        #expect(unsolicited > 10, "\(unsolicited)")
    }
}
