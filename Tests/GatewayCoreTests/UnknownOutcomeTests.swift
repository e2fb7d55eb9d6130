import LockModel
import Simulation
import Testing

@testable import GatewayCore

@Suite("An unlock nobody knows the end of")
struct UnknownOutcomeTests {
    @Test("is fenced off, dropped, settled, read, relocked; its command hears unknown and then secured")
    func silence() {
        let world = World.home()
        let grant = world.grant()
        world.doors[front]?.unlocking = .silently
        let start = world.now
        let command = world.unlock(grant)
        let reads = world.reads
        world.advance(5400)
        #expect(world.drops.isEmpty)
        world.advance(200)
        #expect(world.drops.map(\.lock) == [front])
        #expect(world.statuses(of: command) == [.accepted, .unknown])
        #expect(world.replies(to: command).last?.reason == .timeout)
        #expect(world.replies(to: command).last?.final == false)
        world.advance(5800)
        #expect(world.reads == reads, "read before it settled")
        world.advance(200)
        #expect(world.reads == reads + 1)
        world.seconds(10)
        #expect(world.doors[front]?.moves.map(\.action) == [.unlock, .lock])
        #expect(world.statuses(of: command) == [.accepted, .unknown, .secured])
        #expect(world.drives.first { $0.action == .lock }.map { $0.at >= start + 11_500 } == true)
        #expect(world.violations.isEmpty, "\(world.violations)")
    }

    @Test("an answer behind the fence changes nothing")
    func lateAnswer() {
        let world = World.home()
        let grant = world.grant()
        world.doors[front]?.unlocking = .late(milliseconds: 6000)
        let command = world.unlock(grant)
        world.seconds(60)
        #expect(world.statuses(of: command) == [.accepted, .unknown, .secured])
        #expect(world.violations.isEmpty, "\(world.violations)")
        #expect(world.unlocks() == 1)
    }

    @Test("said unknown by the adapter, it is treated just so")
    func saidUnknown() {
        let world = World.home()
        let grant = world.grant()
        world.doors[front]?.unlocking = .only(.result(.unknown, bolt: .unknown, door: .unknown, reason: .timeout))
        let command = world.unlock(grant)
        world.seconds(30)
        #expect(world.drops.map(\.lock) == [front])
        #expect(world.statuses(of: command) == [.accepted, .unknown, .secured])
    }

    @Test("whose motor moves after all is an unsolicited unlock: alarm, and relocked whatever the policy")
    func motorMovesLate() {
        let world = World.home()
        let grant = world.grant()
        world.doors[front]?.unlocking = .heldByRadio(milliseconds: 40_000)
        let command = world.unlock(grant)
        world.seconds(39)
        #expect(world.statuses(of: command) == [.accepted, .unknown, .secured])
        #expect(world.isClosed())
        let before = world.lastRecord
        world.seconds(2)
        #expect(world.kinds(after: before).prefix(2) == ["lock.unsolicitedUnlock", "lock.alarmRaised"])
        #expect(world.alarmsEver == [.unsolicitedUnlock])
        world.seconds(10)
        #expect(world.doors[front]?.bolt == .locked)
        #expect(world.alarms[front] == nil)
    }

    @Test("whose motor moves while the next unlock waits for its notice is relocked before that one goes on")
    func motorMovesWhileAccepted() {
        let world = World.home()
        let grant = world.grant()
        world.doors[front]?.unlocking = .heldByRadio(milliseconds: 40_000)
        world.unlock(grant)
        world.advance(39_500)
        world.doors[front]?.unlocking = .truly
        world.acknowledgesNotices = false
        let next = world.unlock(grant)
        world.seconds(1)
        #expect(world.alarmsEver == [.unsolicitedUnlock])
        world.seconds(15)
        #expect(world.doors[front]?.bolt == .locked)
        #expect(world.alarms[front] == nil)
        #expect(world.statuses(of: next) == [.accepted, .failed])
    }

    @Test("whose motor moves while the link is away is relocked when the lock is read again, however long that takes", arguments: [5, 600])
    func motorMovesWhileAway(away: Int64) {
        let world = World.home()
        let grant = world.grant()
        world.doors[front]?.unlocking = .heldByRadio(milliseconds: 40_000)
        world.unlock(grant)
        world.seconds(39)
        world.linkDown(front)
        world.seconds(away)
        #expect(world.doors[front]?.bolt == .unlocked)
        world.linkUp(front)
        world.drain()
        world.seconds(10)
        #expect(world.alarmsEver.contains(.unsolicitedUnlock))
        #expect(world.doors[front]?.bolt == .locked)
    }

    @Test("because its adapter died is settled, and relocked when the adapter is back")
    func diesWhileUnlocking() {
        let world = World.home()
        let grant = world.grant()
        let command = world.unlock(grant)
        world.seconds(1)
        #expect(world.doors[front]?.bolt == .unlocked)
        world.linkDown(front)
        #expect(world.statuses(of: command) == [.accepted, .unknown])
        #expect(world.drops.map(\.lock) == [front], "what a radio may hold is dropped")
        world.seconds(10)
        #expect(world.alarms[front] == .lockOffline)
        world.linkUp(front)
        world.drain()
        world.seconds(10)
        #expect(world.doors[front]?.bolt == .locked)
        #expect(world.statuses(of: command) == [.accepted, .unknown, .secured])
        #expect(world.alarms[front] == nil)
        #expect(world.unlocks() == 1)
    }

    @Test("an adapter that dies while the door is unlocked is waited for, and the door relocked in time when it is back")
    func diesWhileUnlocked() {
        let world = World.home()
        let grant = world.grant()
        let command = world.unlock(grant, openSeconds: 30)
        world.seconds(5)
        world.linkDown(front)
        world.seconds(5)
        world.linkUp(front)
        world.drain()
        world.seconds(15)
        #expect(world.doors[front]?.bolt == .unlocked)
        world.seconds(20)
        #expect(world.doors[front]?.bolt == .locked)
        #expect(world.statuses(of: command) == [.accepted, .unlocked, .secured])
    }

    @Test("an adapter that dies while it relocks is settled and the relock goes on")
    func diesWhileRelocking() {
        let world = World.home()
        let grant = world.grant()
        let command = world.unlock(grant, openSeconds: 5)
        world.doors[front]?.locking = .never
        world.seconds(9)
        #expect(world.locks() == 1)
        world.linkDown(front)
        world.doors[front]?.locking = .truly
        world.seconds(1)
        world.linkUp(front)
        world.drain()
        world.seconds(20)
        #expect(world.doors[front]?.bolt == .locked)
        #expect(world.statuses(of: command).last == .secured)
    }

    @Test("a relock whose outcome is unknown is dropped, settled and tried again")
    func relockUnknown() {
        let world = World.home()
        let grant = world.grant()
        world.doors[front]?.locking = .never
        let command = world.unlock(grant, openSeconds: 5)
        world.seconds(14)
        #expect(world.drops.map(\.lock) == [front])
        world.doors[front]?.locking = .truly
        world.seconds(15)
        #expect(world.doors[front]?.bolt == .locked)
        #expect(world.statuses(of: command).last == .secured)
    }

    @Test("a bolt seen to move while the lock is being read is not believed by that reading")
    func movedWhileRead() {
        let world = World.home()
        let grant = world.grant()
        world.doors[front]?.unlocking = .heldByRadio(milliseconds: 13_000)
        world.doors[front]?.reading = .late(milliseconds: 3000)
        world.unlock(grant, openSeconds: 5)
        world.seconds(60)
        #expect(world.doors[front]?.moves.map(\.action) == [.unlock, .lock])
        #expect(world.doors[front]?.bolt == .locked)
        #expect(world.machine.ledger.obligations.isEmpty)
    }

    @Test("a bolt seen to move while a lock is read for the first time is not believed by that reading either")
    func movedWhileFirstRead() {
        let world = World.home()
        world.doors[front]?.reading = .late(milliseconds: 3000)
        world.linkDown(front)
        world.linkUp(front)
        world.seconds(1)
        world.turn(front, to: .unlocked, .remote)
        world.seconds(10)
        #expect(world.machine.locks[front]?.bolt == .unlocked)
        #expect(world.alarms[front] == .unsolicitedUnlock)
    }

    @Test("a bolt seen open again while the relock is read back is not believed to be locked, though it was known to be open before")
    func movedAgainWhileRead() {
        let world = World.home()
        world.doors[front]?.reading = .late(milliseconds: 4000)
        world.doors[front]?.unlocking = .heldByRadio(milliseconds: 22_000)
        let grant = world.grant()
        world.unlock(grant, openSeconds: 5)
        world.seconds(10)
        world.turn(front, to: .unlocked, .remote)
        world.seconds(60)
        #expect(world.doors[front]?.bolt == .locked)
        #expect(world.machine.ledger.obligations.isEmpty)
        #expect(world.violations.isEmpty, "\(world.violations)")
    }

    @Test("a motor said to run longer than any operation may take is never started to unlock")
    func absurdMotor() {
        let world = World.home { $0.doors[front]?.capabilities.motorMilliseconds = 40_001 }
        let grant = world.grant()
        #expect(world.replies(to: world.unlock(grant)).map(\.reason) == [.unsupported])
        #expect(RelockPolicy().settle(motorMilliseconds: 36_000_000) == 40_000)
        #expect(RelockPolicy().settle(motorMilliseconds: 9000) == 9000)
        #expect(RelockPolicy().settle(motorMilliseconds: 0) == 6000)
    }

    @Test("an adapter that says nothing was sent is not believed where the lock was seen to open meanwhile")
    func notSentAndSeenOpening() {
        let world = World.home()
        world.doors[front]?.unlocking = .only(.notSent(.busy))
        let command = world.unlock(world.grant())
        world.advance(500)
        world.turn(front, to: .unlocked, .remote)
        world.seconds(60)
        #expect(world.statuses(of: command) == [.accepted, .unknown, .secured])
        #expect(world.doors[front]?.bolt == .locked)
        #expect(world.unlocks() == 1)
    }
}
