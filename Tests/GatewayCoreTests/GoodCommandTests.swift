import LockModel
import Simulation
import Testing

@testable import GatewayCore

@Suite("A good command")
struct GoodCommandTests {
    @Test("is answered accepted, unlocked, secured; the motor opens once and locks again after openSeconds")
    func wholeStory() {
        let world = World.home()
        let grant = world.grant()
        let before = world.lastRecord
        let start = world.now
        let command = world.unlock(grant, openSeconds: 30)
        #expect(world.statuses(of: command) == [.accepted])
        world.seconds(3)
        #expect(world.statuses(of: command) == [.accepted, .unlocked])
        #expect(world.doors[front]?.bolt == .unlocked)
        world.seconds(60)
        #expect(world.statuses(of: command) == [.accepted, .unlocked, .secured])
        #expect(world.replies(to: command).map(\.final) == [false, false, true])
        #expect(world.doors[front]?.moves.map(\.action) == [.unlock, .lock])
        #expect(world.kinds(after: before) == ["lock.unlockAccepted", "lock.unlocked", "lock.relocked"])
        let lockedAt = world.drives.last?.at ?? 0
        #expect((start + 30_000...start + 35_000).contains(lockedAt))
        #expect(world.isClosed())
        #expect(world.machine.isQuiet)
        #expect(world.violations.isEmpty, "\(world.violations)")
    }

    @Test("makes one event of each kind, numbered without a gap, for the resident and for the retailer behind it")
    func events() {
        let world = World.home()
        let grant = world.grant()
        let seen = world.events(of: shop).count
        world.unlock(grant)
        world.seconds(60)
        #expect(Array(world.events(of: shop)[seen...]) == ["lock.unlockAccepted", "lock.unlocked", "lock.relocked"])
        #expect(world.violations.isEmpty, "\(world.violations)")
    }

    @Test("is not answered accepted, nor announced, before its record is durable")
    func waitsForDisk() {
        let world = World.home()
        let grant = world.grant()
        world.commitsAtOnce = false
        let notices = world.notices.count
        let command = world.unlock(grant)
        #expect(world.statuses(of: command).isEmpty)
        #expect(world.notices.count == notices)
        #expect(world.unlocks() == 0)
        world.commit()
        #expect(world.statuses(of: command) == [.accepted])
        #expect(world.notices.count > notices)
        #expect(world.unlocks() == 1)
    }

    @Test("opens nothing until the broker has the notice")
    func waitsForNotice() {
        let world = World.home { $0.acknowledgesNotices = false }
        let grant = world.grant()
        let command = world.unlock(grant)
        #expect(world.statuses(of: command) == [.accepted])
        #expect(world.unlocks() == 0)
        world.seconds(1)
        for held in world.heldNotices { world.give(.noticeAcknowledged(held.lock, held.operation)) }
        #expect(world.unlocks() == 1)
    }

    @Test("whose notice is not acknowledged within two seconds fails as noticeUndelivered, with its use given back and its id spent")
    func noticeUndelivered() {
        let world = World.home { $0.acknowledgesNotices = false }
        let grant = world.grant(maxUses: 1)
        let command = world.unlock(grant)
        #expect(world.machine.ledger.uses[grant.id]?.spent == 1)
        world.seconds(3)
        #expect(world.statuses(of: command) == [.accepted, .failed])
        #expect(world.replies(to: command).last?.reason == .noticeUndelivered)
        #expect(world.replies(to: command).last?.final == true)
        #expect(world.machine.ledger.uses[grant.id]?.spent == 0)
        #expect(world.machine.ledger.obligations.isEmpty)
        for held in world.heldNotices { world.give(.noticeAcknowledged(held.lock, held.operation)) }
        #expect(world.drives.isEmpty)
        world.send(command)
        #expect(world.storedReplies.last?.id == command.envelope.id)
        #expect(world.drives.isEmpty)
        #expect(world.notices.last?.owed == nil)
    }

    @Test("is announced to its retailer and the resident with the time it is due, and cleared when the lock is confirmed")
    func notices() {
        let world = World.home()
        let grant = world.grant()
        let command = world.unlock(grant)
        let told = world.notices.filter { $0.owed != nil }
        #expect(Set(told.map(\.principal)) == [shop, anna])
        #expect(told.filter { $0.acknowledges != nil }.map(\.principal) == [shop])
        #expect(told.first?.owed?.relockBy == world.replies(to: command).first?.relockBy)
        world.seconds(60)
        for principal in [shop, anna] {
            #expect(world.notices.last { $0.principal == principal }?.owed == nil)
        }
    }

    @Test("answered failed by the lock is failed for good, and the door is locked all the same")
    func failedOutcome() {
        let world = World.home()
        let grant = world.grant()
        world.doors[front]?.unlocking = .only(.result(.failed, bolt: .notFullyLocked, door: .closed, reason: .lockJammed))
        world.doors[front]?.bolt = .notFullyLocked
        let command = world.unlock(grant)
        world.seconds(30)
        #expect(world.statuses(of: command) == [.accepted, .failed])
        #expect(world.replies(to: command).last?.final == true)
        #expect(world.replies(to: command).last?.reason == .lockJammed)
        #expect(world.doors[front]?.bolt == .locked)
        #expect(world.machine.ledger.obligations.isEmpty)
        #expect(world.unlocks() == 1)
    }

    @Test("nothing was sent for gives its use back and owes nothing")
    func notSent() {
        let world = World.home()
        let grant = world.grant(maxUses: 1)
        world.doors[front]?.unlocking = .only(.notSent(.busy))
        let command = world.unlock(grant)
        world.seconds(5)
        #expect(world.statuses(of: command) == [.accepted, .failed])
        #expect(world.replies(to: command).last?.reason == .busy)
        #expect(world.machine.ledger.uses[grant.id]?.spent == 0)
        #expect(world.machine.ledger.obligations.isEmpty)
        #expect(world.isClosed())
        world.seconds(600)
        #expect(world.alarmsEver.isEmpty)
    }

    @Test("passes openSeconds to a lock that times its own unlock")
    func timedUnlock() {
        let world = World.home { $0.doors[front]?.capabilities.timedUnlock = .init(min: 1, max: 60) }
        let grant = world.grant { $0.minRelock = .lockTimed }
        world.unlock(grant, openSeconds: 20)
        #expect(world.drives.first?.timedSeconds == 20)
    }

    @Test("to unlatch pulls the latch, and tells unlatched")
    func unlatch() {
        let world = World.home { $0.doors[front]?.capabilities.unlatch = true }
        let grant = world.grant()
        let before = world.lastRecord
        let command = world.send(world.command(.unlatch, grant: grant))
        world.seconds(60)
        #expect(world.doors[front]?.moves.map(\.action) == [.unlatch, .lock])
        #expect(world.statuses(of: command) == [.accepted, .unlocked, .secured])
        #expect(world.kinds(after: before).contains("lock.unlatched"))
    }
}
