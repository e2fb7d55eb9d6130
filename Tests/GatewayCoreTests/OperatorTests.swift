import LockModel
import Simulation
import Testing

@testable import GatewayCore

@Suite("What the operator can do where a door will not lock")
struct OperatorTests {
    /// A door that was opened by a command and stands open.
    private func stuck() -> World {
        let world = World.home()
        world.unlock(world.grant(), openSeconds: 10)
        world.seconds(5)
        world.swing(front, to: .open)
        world.seconds(120)
        return world
    }

    @Test("the operator's word ends an obligation and its alarm, and takes the notice back")
    func release() {
        let world = stuck()
        #expect(world.alarms[front] != nil)
        let before = world.lastRecord
        let ticket = world.admin(.release(front, note: "I locked it by hand"))
        #expect(world.replies(to: ticket).map(\.status) == [.accepted])
        #expect(world.kinds(after: before).prefix(2) == ["lock.released", "lock.alarmCleared"])
        #expect(world.machine.ledger.obligations.isEmpty)
        #expect(world.notices.last?.owed == nil)
        world.crash()
        world.start()
        world.seconds(10)
        #expect(world.alarms[front] == nil)
        #expect(world.violations.isEmpty, "\(world.violations)")
    }

    @Test("a released door is read again, and told if it stands open")
    func readAgain() {
        let world = stuck()
        world.admin(.release(front, note: "somebody is coming"))
        world.seconds(5)
        #expect(world.isClosed())
        #expect(world.machine.locks[front]?.bolt == .unlocked)
        world.swing(front, to: .closed)
        world.seconds(60)
        #expect(world.doors[front]?.bolt == .unlocked, "nothing is owed: nothing moves the motor")
    }

    @Test("there is nothing to release on a door that is in order, or open for a command")
    func nothingToRelease() {
        let world = World.home()
        #expect(world.replies(to: world.admin(.release(front, note: "x"))).map(\.reason) == [.actionNotAllowed])
        world.unlock(world.grant(), openSeconds: 30)
        world.seconds(5)
        #expect(world.replies(to: world.admin(.release(front, note: "x"))).map(\.reason) == [.busy])
        #expect(world.replies(to: world.admin(.release(named("cellar"), note: "x"))).map(\.reason) == [.unknownLock])
    }

    @Test("draining locks what is open and refuses unlocks until it is ended; locking goes on")
    func drain() {
        let world = World.home()
        let grant = world.grant()
        let first = world.unlock(grant, openSeconds: 60)
        world.seconds(5)
        world.admin(.drain)
        world.seconds(10)
        #expect(world.statuses(of: first) == [.accepted, .unlocked, .secured])
        #expect(world.machine.isQuiet)
        let second = world.unlock(grant)
        #expect(world.replies(to: second).map(\.reason) == [.shuttingDown])
        let lock = world.admin(.lock(front, actor: ChangeActor(kind: .installer)))
        world.seconds(5)
        #expect(world.replies(to: lock).map(\.status) == [.accepted, .secured])
        world.admin(.resumeAfterDrain)
        let third = world.unlock(grant)
        world.seconds(5)
        #expect(world.statuses(of: third) == [.accepted, .unlocked])
    }

    @Test("an unlock accepted before draining and not yet sent is never sent")
    func drainBeforeMotor() {
        let world = World.home { $0.acknowledgesNotices = false }
        let command = world.unlock(world.grant())
        world.admin(.drain)
        for held in world.heldNotices { world.give(.noticeAcknowledged(held.lock, held.operation)) }
        world.seconds(5)
        #expect(world.unlocks() == 0)
        #expect(world.replies(to: command).last?.reason == .shuttingDown)
    }

    @Test("the operator of a frozen gateway may still lock, and hears how it went")
    func lockWhileFrozen() {
        let world = World.home()
        world.turn(front, to: .unlocked)
        world.loseDisk()
        let ticket = world.admin(.lock(front, actor: ChangeActor(kind: .installer)))
        world.seconds(5)
        #expect(world.doors[front]?.bolt == .locked)
        #expect(world.replies(to: ticket).map(\.status) == [.accepted, .secured])
        #expect(world.replies(to: world.admin(.handover)).map(\.reason) == [.frozen])
    }

    @Test("settings of a lock change by a record: a waiver written later opens the way, one taken back closes it")
    func settings() {
        let world = World.home()
        let grant = world.grant()
        world.admin(.setLock(LockEntry(lock: front, adapter: named("loopback"))))
        #expect(world.replies(to: world.unlock(grant)).map(\.reason) == [.relockDoubtful])
        let before = world.lastRecord
        world.admin(
            .setLock(LockEntry(lock: front, adapter: named("loopback"), relockWaiver: "the door closes itself", alwaysLocked: true)))
        #expect(world.kinds(after: before) == ["lock.settingsChanged"])
        #expect(world.statuses(of: world.unlock(grant)) == [.accepted])
        #expect(world.machine.locks[front]?.alwaysLocked == true)
        #expect(
            world.replies(to: world.admin(.setLock(LockEntry(lock: named("cellar"), adapter: named("a"))))).map(\.reason) == [.unknownLock])
    }
}

@Suite("A lock that locks itself")
struct AutoRelockTests {
    private func world(seconds: Int = 60) -> World {
        World.home {
            $0.doors[front]?.autoRelock = AutoRelock(armed: true, seconds: seconds, waitsForDoor: false)
            $0.doors[front]?.capabilities.autoRelock = LockCapabilities.AutoRelockRange(min: 10, max: 180, waitsForDoor: false)
        }
    }

    @Test("its auto-relock is read again twice a day, without a moment in which commands are refused")
    func refreshed() {
        let world = world()
        let reads = world.reads
        world.seconds(43_300)
        #expect(world.reads == reads + 1)
        #expect(world.isClosed())
        #expect(world.machine.relockAssurance(of: front, openSeconds: 30) == .lockAuto)
    }

    @Test("a setting changed behind our back is found at the next reading")
    func changed() {
        let world = world()
        world.doors[front]?.autoRelock?.armed = false
        world.seconds(43_300)
        #expect(world.machine.relockAssurance(of: front, openSeconds: 30) == .gatewayOnly)
    }

    @Test("what was not seen for a day is not believed")
    func forgotten() {
        let world = world()
        world.doors[front]?.reading = .never
        world.seconds(86_000)
        #expect(world.machine.relockAssurance(of: front, openSeconds: 30) == .lockAuto)
        world.seconds(4000)
        #expect(world.machine.relockAssurance(of: front, openSeconds: 30) == .gatewayOnly)
        world.doors[front]?.reading = .truly
        world.seconds(3700)
        #expect(world.machine.relockAssurance(of: front, openSeconds: 30) == .lockAuto)
    }

    @Test("its own relock, seen and then read, ends the obligation with source auto")
    func endsObligation() {
        let world = world()
        let command = world.unlock(world.grant(), openSeconds: 50)
        world.seconds(5)
        world.turn(front, to: .locked, .auto)
        world.seconds(3)
        #expect(world.statuses(of: command) == [.accepted, .unlocked, .secured])
        #expect(world.locks() == 0)
        guard case .lockChanged(let change)? = world.shelf.records.last(where: { $0.body.kind == "lock.relocked" })?.body else {
            Issue.record("no relock was recorded")
            return
        }
        #expect(change.source == .auto)
    }
}
