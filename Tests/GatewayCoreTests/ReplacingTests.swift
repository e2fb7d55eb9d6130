import LockModel
import Simulation
import Testing

@testable import GatewayCore

@Suite("Another device under a lock's name, and what is proved of it")
struct ReplacingTests {
    private let entry = LockEntry(lock: front, adapter: named("august"), title: "Yard", relockWaiver: "a test's")
    private let held = ProvenCase(case: .shut, result: .held, at: Timestamp(milliseconds: 1_800_000_000_000), relockMilliseconds: 4000)

    @Test("a lock that is not held is not replaced")
    func notHeld() {
        let world = World.home()
        let before = world.lastRecord
        #expect(world.replies(to: world.admin(.replaceLock(entry))).map(\.reason) == [.busy])
        #expect(world.lastRecord == before)
    }

    @Test("its grants live on, and open nothing before the new device was reached and read")
    func grants() {
        let world = World.home()
        let grant = world.grant()
        world.admin(.holdLock(front))
        #expect(world.replies(to: world.unlock(grant)).map(\.reason) == [.busy])
        let before = world.lastRecord
        world.admin(.replaceLock(entry))
        #expect(world.kinds(after: before).first == "lock.replaced")
        #expect(world.machine.ledger.locks[front] == entry && !world.machine.held.contains(front))
        #expect(world.replies(to: world.unlock(grant)).map(\.status) == [.refused])
        #expect(world.unlocks() == 0)
        world.crash()
        world.start()
        world.seconds(5)
        #expect(world.machine.ledger.locks[front] == entry)
        #expect(world.statuses(of: world.unlock(grant)) == [.accepted])
        #expect(world.unlocks() == 1)
        #expect(world.violations.isEmpty, "\(world.violations)")
    }

    @Test("a lock that is open is not replaced")
    func open() {
        let world = World.home()
        let command = world.unlock(world.grant(), openSeconds: 30)
        world.seconds(5)
        #expect(world.statuses(of: command).last == .unlocked)
        world.admin(.holdLock(front))
        #expect(!world.machine.held.contains(front))
        #expect(world.replies(to: world.admin(.replaceLock(entry))).map(\.reason) == [.busy])
    }

    @Test("the last result of each case is kept in the cases' order over restarts and settings, and goes with the device")
    func proof() {
        let world = World.home()
        var jammed = held
        (jammed.case, jammed.result, jammed.cause) = (.blocked, .notShown, .skipped)
        var failed = held
        (failed.result, failed.cause) = (.failed, .notLocked)
        for each in [jammed, failed, held] { world.admin(.prove(LockProof(lock: front, proven: each, by: "karl"))) }
        #expect(world.machine.ledger.locks[front]?.proof == [held, jammed])
        world.crash()
        world.start()
        world.seconds(5)
        #expect(world.machine.ledger.locks[front]?.proof == [held, jammed])
        world.admin(.holdLock(front))
        world.admin(.replaceLock(entry))
        #expect(world.machine.ledger.locks[front]?.proof == nil)
        #expect(
            world.replies(to: world.admin(.prove(LockProof(lock: named("cellar"), proven: held, by: "karl")))).map(\.reason) == [
                .unknownLock
            ])
        #expect(world.violations.isEmpty, "\(world.violations)")
    }
}
