import LockModel
import Simulation
import Testing

@testable import GatewayCore

@Suite("The way back to a locked door")
struct RelockTests {
    /// A door just opened for five seconds.
    private func opened(_ adjust: (World) -> Void = { _ in }) -> (World, CommandToken) {
        let world = World.home(adjust)
        let grant = world.grant()
        let command = world.unlock(grant, openSeconds: 5)
        world.seconds(3)
        return (world, command)
    }

    @Test("while the contact says open no motor runs and an alarm stands; it locks when the door closes")
    func doorOpen() {
        let (world, command) = opened()
        world.swing(front, to: .open)
        world.seconds(60)
        #expect(world.locks() == 0)
        #expect(world.alarmsEver.first == .doorOpen)
        #expect(world.statuses(of: command).last == .unlocked)
        world.swing(front, to: .closed)
        world.seconds(5)
        #expect(world.doors[front]?.bolt == .locked)
        #expect(world.statuses(of: command).last == .secured)
        #expect(world.alarms[front] == nil)
    }

    @Test("an open door that closes without a word is found by asking")
    func doorClosesSilently() {
        let (world, command) = opened()
        world.doors[front]?.door = .open
        world.seconds(12)
        #expect(world.alarms[front] == .doorOpen)
        world.doors[front]?.door = .closed
        world.seconds(20)
        #expect(world.statuses(of: command).last == .secured)
    }

    @Test("a bolt thrown into the open air does not count as locked")
    func boltOutDoorOpen() {
        let (world, command) = opened()
        world.swing(front, to: .open)
        world.turn(front, to: .locked, .auto)
        world.seconds(30)
        #expect(world.statuses(of: command).last == .unlocked)
        #expect(world.alarms[front] == .doorOpen || world.alarms[front] == .relockOverdue)
        world.swing(front, to: .closed)
        world.seconds(5)
        #expect(world.statuses(of: command).last == .secured)
    }

    @Test("a stuck bolt is tried ten times with growing pauses, then every five minutes with readings between, under an alarm")
    func jam() {
        let (world, command) = opened()
        world.doors[front]?.isJammed = true
        world.seconds(400)
        #expect(world.alarmsEver.contains(.lockJammed))
        #expect(world.alarms[front] != nil)
        #expect(world.locks() == 10)
        let gaps = zip(lockDrives(world), lockDrives(world).dropFirst()).map { $1 - $0 }
        #expect(gaps == gaps.sorted())
        let (tried, reads) = (world.locks(), world.reads)
        world.seconds(600)
        #expect((1...3).contains(world.locks() - tried))
        #expect(world.reads - reads > 2 * (world.locks() - tried))
        world.doors[front]?.isJammed = false
        world.seconds(310)
        #expect(world.statuses(of: command).last == .secured)
        #expect(world.alarms[front] == nil)
    }

    private func lockDrives(_ world: World) -> [Int64] { world.drives.filter { $0.action == .lock }.map(\.at) }

    @Test("a stuck bolt freed and thrown by hand is noticed long before the next try")
    func jamFreedByHand() {
        let (world, command) = opened()
        world.doors[front]?.isJammed = true
        world.seconds(400)
        let tried = world.locks()
        world.doors[front]?.isJammed = false
        world.doors[front]?.bolt = .locked
        world.seconds(61)
        #expect(world.statuses(of: command).last == .secured)
        #expect(world.locks() == tried)
    }

    @Test("a relock that was given up with its link leaves no pause to the next one")
    func pauseOfAnother() {
        let world = World.home()
        world.turn(front, to: .unlocked)
        world.doors[front]?.locking = .only(.result(.done, bolt: .locked, door: .closed, reason: nil))
        world.admin(.lock(front, actor: ChangeActor(kind: .installer)))
        world.seconds(300)
        world.linkDown(front)
        world.doors[front]?.locking = .truly
        world.doors[front]?.bolt = .locked
        world.linkUp(front)
        world.seconds(1)
        let command = world.unlock(world.grant(), openSeconds: 5)
        world.seconds(12)
        #expect(world.statuses(of: command) == [.accepted, .unlocked, .secured])
    }

    @Test("a door that opened by a late echo is relocked when its link is back, also where somebody wished it locked meanwhile")
    func echoAndWish() {
        let world = World.home()
        let grant = world.grant()
        world.doors[front]?.unlocking = .heldByRadio(milliseconds: 30_000)
        world.doors[front]?.locking = .only(.result(.done, bolt: .locked, door: .closed, reason: nil))
        world.unlock(grant, openSeconds: 5)
        world.seconds(40)
        #expect(world.alarms[front] == .unsolicitedUnlock)
        world.admin(.lock(front, actor: ChangeActor(kind: .installer)))
        world.seconds(60)
        world.linkDown(front)
        world.doors[front]?.locking = .truly
        world.linkUp(front)
        world.seconds(300)
        #expect(world.doors[front]?.bolt == .locked)
        #expect(world.alarms[front] == nil)
    }

    @Test("a critical battery is only read, under an alarm, until it is better")
    func battery() {
        let (world, command) = opened()
        world.doors[front]?.battery = Battery(percent: 1, level: .critical)
        world.seconds(700)
        #expect(world.locks() == 0)
        #expect(world.alarmsEver.contains(.batteryCritical))
        world.doors[front]?.battery = Battery(percent: 90, level: .ok)
        world.seconds(310)
        #expect(world.statuses(of: command).last == .secured)
    }

    @Test("the lock's own relock ends it once it is read back, with the source auto")
    func ownRelock() {
        let world = World.home { $0.doors[front]?.autoRelock = AutoRelock(armed: true, seconds: 90, waitsForDoor: true) }
        let grant = world.grant()
        let command = world.unlock(grant, openSeconds: 60)
        world.seconds(10)
        world.turn(front, to: .locked, .auto)
        #expect(world.statuses(of: command).last == .unlocked, "believed without a reading")
        world.seconds(2)
        #expect(world.statuses(of: command).last == .secured)
        guard case .lockChanged(let change)? = world.shelf.records.last?.body else {
            Issue.record("no lock event")
            return
        }
        #expect(change.event == .relocked)
        #expect(change.source == .auto)
        #expect(change.confirmedBy == .bolt)
        #expect(world.locks() == 0)
    }

    @Test("a vendor's word, or an assumption, never ends it", arguments: [ConfirmedBy.vendorReport, .assumed])
    func hearsay(confirmedBy: ConfirmedBy) {
        let (world, command) = opened { $0.doors[front]?.confirmedBy = confirmedBy }
        world.seconds(300)
        #expect(world.statuses(of: command).last == .unlocked)
        #expect(world.machine.ledger.obligations.count == 1)
        #expect(world.alarms[front] == .relockOverdue)
        world.doors[front]?.confirmedBy = .lockReport
        world.seconds(310)
        #expect(world.statuses(of: command).last == .secured)
    }

    @Test("an adapter's done is not believed: the bolt is read, and driven again")
    func lyingDone() {
        let (world, command) = opened()
        world.doors[front]?.locking = .only(.result(.done, bolt: .locked, door: .closed, reason: nil))
        world.seconds(20)
        #expect(world.statuses(of: command).last == .unlocked)
        #expect(world.locks() > 1)
        world.doors[front]?.locking = .truly
        world.seconds(20)
        #expect(world.statuses(of: command).last == .secured)
    }

    @Test("past its time an alarm stands as relockOverdue until the lock is confirmed")
    func overdue() {
        let (world, command) = opened()
        let due = world.replies(to: command).first?.relockBy
        world.doors[front]?.reading = .never
        world.seconds(120)
        #expect(world.alarms[front] == .relockOverdue)
        let raised = world.shelf.records.first { $0.body == .alarmRaised(LockAlarm(lock: front, reason: .relockOverdue)) }
        #expect(raised?.at == due)
        world.doors[front]?.reading = .truly
        world.seconds(30)
        #expect(world.alarms[front] == nil)
        #expect(world.statuses(of: command).last == .secured)
    }

    @Test("readings that fail are tried again with growing pauses, not as fast as they fail")
    func failingReads() {
        let (world, command) = opened()
        world.doors[front]?.reading = .failed(reason: .lockOffline)
        world.seconds(5)
        let reads = world.reads
        world.seconds(300)
        #expect((25...60).contains(world.reads - reads))
        #expect(world.alarmsEver.contains(.lockOffline))
        world.doors[front]?.reading = .truly
        world.seconds(20)
        #expect(world.statuses(of: command).last == .secured)
    }

    @Test("an alarm is cleared before the lock that cleared it is told, so that whoever saw it raised sees it cleared")
    func alarmCleared() {
        let (world, _) = opened()
        world.swing(front, to: .open)
        world.seconds(10)
        world.swing(front, to: .closed)
        world.seconds(5)
        #expect(world.events(of: shop).suffix(2) == ["lock.alarmCleared", "lock.relocked"])
    }

    @Test("a bolt that is still moving is asked again before the motor is run")
    func moving() {
        let (world, command) = opened()
        world.doors[front]?.bolt = .moving
        world.seconds(10)
        #expect(world.locks() == 0)
        world.doors[front]?.bolt = .locked
        world.seconds(2)
        #expect(world.statuses(of: command).last == .secured)
    }
}
