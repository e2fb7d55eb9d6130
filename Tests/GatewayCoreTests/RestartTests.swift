import LockModel
import Simulation
import Testing

@testable import GatewayCore

@Suite("After a restart")
struct RestartTests {
    @Test("a door that was open is locked under an alarm, and nothing is ever unlocked")
    func unlockedDoor() {
        let world = World.home()
        let grant = world.grant()
        let command = world.unlock(grant, openSeconds: 60)
        world.seconds(5)
        let before = world.lastRecord
        world.crash()
        world.start()
        #expect(world.alarms[front] == .abortedByRestart)
        world.seconds(10)
        #expect(world.doors[front]?.bolt == .locked)
        #expect(world.alarms[front] == nil)
        #expect(world.unlocks() == 1)
        #expect(world.statuses(of: command) == [.accepted, .unlocked, .secured])
        #expect(world.kinds(after: before).filter { $0.hasPrefix("lock.") } == ["lock.alarmRaised", "lock.alarmCleared", "lock.relocked"])
    }

    @Test("an unlock that was under way is answered unknown as abortedByRestart, relocked, and then secured")
    func underWay() {
        let world = World.home()
        let grant = world.grant()
        let command = world.unlock(grant)
        world.seconds(1)
        world.crash()
        world.start()
        #expect(world.statuses(of: command) == [.accepted, .unknown])
        #expect(world.replies(to: command).last?.reason == .abortedByRestart)
        #expect(world.replies(to: command).last?.final == false)
        world.seconds(20)
        #expect(world.statuses(of: command) == [.accepted, .unknown, .secured])
        #expect(world.doors[front]?.bolt == .locked)
        #expect(world.unlocks() == 1)
        #expect(world.machine.ledger.uses[grant.id]?.spent == 1)
        #expect(world.violations.isEmpty, "\(world.violations)")
    }

    @Test("an unlock that was only accepted is never sent")
    func acceptedOnly() {
        let world = World.home { $0.acknowledgesNotices = false }
        let grant = world.grant()
        let command = world.unlock(grant)
        let held = world.heldNotices
        world.crash()
        world.start()
        for held in held { world.give(.noticeAcknowledged(held.lock, held.operation)) }
        world.seconds(60)
        #expect(world.unlocks() == 0)
        #expect(world.statuses(of: command) == [.accepted, .unknown, .secured])
        #expect(world.machine.ledger.obligations.isEmpty)
    }

    @Test("what was not committed never happened: the same command is a new one")
    func notCommitted() {
        let world = World.home()
        let grant = world.grant()
        world.commitsAtOnce = false
        let command = world.unlock(grant)
        world.crash()
        world.commitsAtOnce = true
        world.start()
        world.seconds(1)
        #expect(world.statuses(of: command).isEmpty)
        world.send(command)
        world.seconds(60)
        #expect(world.statuses(of: command) == [.accepted, .unlocked, .secured])
        #expect(world.unlocks() == 1)
        #expect(world.violations.isEmpty, "\(world.violations)")
    }

    @Test("an unlock a radio still holds is waited for before the lock is believed, and relocked when it comes even later")
    func heldByRadio() {
        let world = World.home()
        let grant = world.grant()
        world.doors[front]?.unlocking = .heldByRadio(milliseconds: 4000)
        world.doors[back]?.unlocking = .heldByRadio(milliseconds: 30_000)
        world.unlock(grant)
        world.unlock(world.grant(on: back))
        world.seconds(1)
        world.crash()
        world.start()
        world.seconds(20)
        #expect(world.doors[front]?.moves.map(\.action) == [.unlock, .lock])
        #expect(world.machine.ledger.obligations.isEmpty)
        #expect(!world.alarmsEver.contains(.unsolicitedUnlock))
        world.seconds(30)
        #expect(world.alarmsEver.contains(.unsolicitedUnlock))
        #expect(world.doors[back]?.moves.map(\.action) == [.unlock, .lock])
    }

    @Test("an unlock that had been answered failed hears nothing more, and its relock is finished")
    func answeredFailed() {
        let world = World.home()
        let grant = world.grant()
        world.doors[front]?.unlocking = .only(.result(.failed, bolt: .notFullyLocked, door: .closed, reason: .lockJammed))
        world.doors[front]?.bolt = .notFullyLocked
        world.doors[front]?.locking = .never
        let command = world.unlock(grant)
        world.seconds(2)
        world.crash()
        world.doors[front]?.locking = .truly
        world.start()
        world.seconds(20)
        #expect(world.statuses(of: command) == [.accepted, .failed])
        #expect(world.doors[front]?.bolt == .locked)
        #expect(world.machine.ledger.obligations.isEmpty)
    }

    @Test("a second restart goes on relocking")
    func twice() {
        let world = World.home()
        let grant = world.grant()
        world.unlock(grant)
        world.seconds(5)
        for _ in 0..<3 {
            world.crash()
            world.start()
            world.advance(100)
        }
        world.seconds(10)
        #expect(world.doors[front]?.bolt == .locked)
        #expect(world.machine.ledger.obligations.isEmpty)
        #expect(world.unlocks() == 1)
        #expect(world.violations.isEmpty, "\(world.violations)")
    }

    @Test("without the lock's adapter the alarm stands until it is back and the lock is confirmed")
    func noAdapter() {
        let world = World.home()
        let grant = world.grant()
        world.unlock(grant)
        world.seconds(5)
        world.crash()
        world.attachesLocks = false
        world.start()
        world.seconds(3600)
        #expect(world.alarms[front] == .abortedByRestart)
        #expect(world.machine.ledger.obligations.count == 1)
        world.linkUp(front)
        world.drain()
        world.seconds(10)
        #expect(world.alarms[front] == nil)
        #expect(world.doors[front]?.bolt == .locked)
    }

    @Test("notices, snapshots and grant status are published again when the bus is back, clearings included")
    func republished() {
        let world = World.home()
        let grant = world.grant()
        world.unlock(grant)
        world.seconds(5)
        world.notices = []
        world.snapshots = []
        world.statuses = []
        world.give(.busConnected(bus))
        #expect(world.notices.contains { $0.lock == front && $0.principal == shop && $0.owed != nil })
        #expect(world.notices.contains { $0.lock == back && $0.principal == anna && $0.owed == nil })
        #expect(world.snapshots.contains { $0.lock == front && $0.to == anna && $0.snapshot?.bolt == .unlocked })
        #expect(world.statuses.contains { $0.id == grant.id })
    }

    @Test("acknowledged events count on only as far as they were assigned")
    func acknowledged() {
        let world = World.home()
        world.grant()
        let assigned = world.machine.ledger.cursors[shop]?.assigned ?? 0
        world.give(.eventAcknowledged(shop, assigned + 5))
        #expect(world.machine.ledger.cursors[shop]?.acknowledged == 0)
        world.give(.eventAcknowledged(shop, assigned))
        #expect(world.machine.ledger.cursors[shop]?.acknowledged == assigned)
    }
}
