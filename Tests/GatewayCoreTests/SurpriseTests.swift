import LockModel
import Simulation
import Testing

@testable import GatewayCore

@Suite("What nobody ordered")
struct SurpriseTests {
    private func found(open bolt: BoltState, alwaysLocked: Bool) -> World {
        let world = World.home()
        world.admin(.addLock(LockEntry(lock: named("shed"), adapter: named("loopback"), alwaysLocked: alwaysLocked)))
        world.doors[named("shed")] = VirtualLock()
        world.doors[named("shed")]?.bolt = bolt
        world.linkUp(named("shed"))
        world.drain()
        world.seconds(20)
        return world
    }

    @Test("a lock found open is told, and relocked only where it is to be always locked", arguments: [true, false])
    func foundOpen(alwaysLocked: Bool) {
        let world = found(open: .unlocked, alwaysLocked: alwaysLocked)
        #expect(world.events(of: anna).contains("lock.foundOpen"))
        #expect(world.doors[named("shed")]?.bolt == (alwaysLocked ? .locked : .unlocked))
        #expect(world.machine.ledger.obligations.isEmpty)
    }

    @Test("a remote unlock that is not ours raises an alarm; without a policy the door stays as it is")
    func unsolicited() {
        let world = World.home()
        let before = world.lastRecord
        world.turn(front, to: .unlocked, .remote)
        #expect(world.kinds(after: before) == ["lock.unsolicitedUnlock", "lock.alarmRaised"])
        #expect(world.alarms[front] == .unsolicitedUnlock)
        world.seconds(60)
        #expect(world.drives.isEmpty)
    }

    @Test("a remote unlock that is not ours is relocked where the lock is to be always locked")
    func unsolicitedAlwaysLocked() {
        let world = found(open: .locked, alwaysLocked: true)
        world.turn(named("shed"), to: .unlocked, .remote)
        world.seconds(10)
        #expect(world.doors[named("shed")]?.bolt == .locked)
        #expect(world.alarms[named("shed")] == nil)
    }

    @Test("its alarm stands after a restart too, is not recorded twice, and ends with a reading that says locked")
    func unsolicitedOverRestart() {
        let world = World.home()
        world.turn(front, to: .unlocked, .remote)
        world.crash()
        world.alarms = [:]
        let before = world.lastRecord
        world.start()
        #expect(world.alarms[front] == .unsolicitedUnlock)
        world.seconds(5)
        #expect(!world.kinds(after: before).contains("lock.alarmRaised"))
        world.turn(front, to: .locked, .manual)
        world.seconds(5)
        #expect(world.alarms[front] == nil)
        world.crash()
        world.start()
        world.seconds(5)
        #expect(world.alarms[front] == nil)
    }

    @Test("its alarm is cleared by a reading that says locked, not by word of it")
    func alarmNeedsReading() {
        let world = World.home()
        world.turn(front, to: .unlocked, .remote)
        world.doors[front]?.reading = .never
        world.turn(front, to: .locked, .manual)
        #expect(world.alarms[front] == .unsolicitedUnlock)
        world.doors[front]?.reading = .truly
        world.seconds(20)
        #expect(world.alarms[front] == nil)
        #expect(world.events(of: anna).suffix(2) == ["lock.locked", "lock.alarmCleared"])
        #expect(world.drives.isEmpty)
    }

    @Test("an alarm that stood when the link broke is cleared by the first reading that says locked")
    func alarmOverLinkLoss() {
        let world = World.home()
        let grant = world.grant()
        world.turn(front, to: .unlocked, .remote)
        world.linkDown(front)
        world.doors[front]?.bolt = .locked
        world.linkUp(front)
        world.drain()
        world.seconds(1)
        #expect(world.alarms[front] == nil)
        #expect(world.statuses(of: world.unlock(grant)) == [.accepted])
    }

    @Test("a knob turned inside is told and nothing more")
    func knob() {
        let world = World.home()
        let before = world.lastRecord
        world.turn(front, to: .unlocked, .manual)
        world.turn(front, to: .locked, .manual)
        world.seconds(60)
        #expect(world.kinds(after: before) == ["lock.unlocked", "lock.locked"])
        #expect(world.drives.isEmpty)
        #expect(world.alarmsEver.isEmpty)
    }

    @Test("the door's comings and goings are told to the resident only while no delivery is under way")
    func doorEvents() {
        let world = World.home()
        world.grant()
        let seen = world.events(of: shop).count
        world.swing(front, to: .open)
        world.swing(front, to: .closed)
        #expect(world.events(of: anna).suffix(2) == ["door.opened", "door.closed"])
        #expect(world.events(of: shop).count == seen)
    }
}
