import LockModel
import Testing

@testable import LoopbackLocks

@Suite("A virtual lock")
struct VirtualLockTests {
    private func lock(_ change: (inout LockProfile) -> Void = { _ in }) -> VirtualLock {
        var profile = LockProfile(name: "front")
        profile.motorMilliseconds = 100
        change(&profile)
        return VirtualLock(profile)
    }

    private func changes(_ effects: [VirtualLock.Effect]) -> [VirtualLock.Change] {
        effects.compactMap { effect in
            if case .changed(let change) = effect { change } else { nil }
        }
    }

    @Test("a motor run is written down before it turns and when it ends, and reads moving between")
    func run() throws {
        var lock = lock()
        #expect(try lock.drive(.unlock, operation: "a", openSeconds: nil, driver: 7, at: 0) == [.move(.unlock, .start)])
        #expect(lock.bolt == .moving && lock.isMotorRunning && lock.nextDue == 100)
        #expect(lock.due(at: 99).isEmpty)
        let effects = lock.due(at: 100)
        #expect(effects.first == .move(.unlock, .end) && effects.last == .over(driver: 7, .done, nil))
        #expect(changes(effects).map(\.operation) == ["a"])
        #expect(lock.bolt == .unlocked && !lock.isMotorRunning && lock.nextDue == nil)
    }

    @Test("a second unlock of an open bolt is done, counted as a drive, and moves nothing")
    func alreadyThere() throws {
        var lock = lock { $0.bolt = .unlocked }
        #expect(try lock.drive(.unlock, operation: nil, openSeconds: nil, driver: 1, at: 0) == [.over(driver: 1, .done, nil)])
        #expect(lock.drives == 1 && lock.moves == 0)
    }

    @Test("a motor of no time has moved when the command returns")
    func instant() throws {
        var lock = lock { $0.motorMilliseconds = 0 }
        let effects = try lock.drive(.unlock, operation: nil, openSeconds: nil, driver: 1, at: 5)
        #expect(effects.first == .move(.unlock, .start) && effects.last == .over(driver: 1, .done, nil))
        #expect(lock.bolt == .unlocked)
    }

    @Test("a command while the motor runs is refused, and the run goes on")
    func busy() throws {
        var lock = lock()
        _ = try lock.drive(.unlock, operation: nil, openSeconds: nil, driver: 1, at: 0)
        #expect(throws: VirtualLock.Refusal.busy) { try lock.drive(.lock, operation: nil, openSeconds: nil, driver: 2, at: 50) }
        _ = lock.due(at: 100)
        #expect(lock.bolt == .unlocked && lock.moves == 1)
    }

    @Test("a jam ends in a bolt that is not fully locked, and the next good run clears it")
    func jam() throws {
        var lock = lock { $0.bolt = .unlocked }
        _ = lock.set({ circumstances, _ in circumstances.jam = true }, at: 0)
        _ = try lock.drive(.lock, operation: nil, openSeconds: nil, driver: 1, at: 0)
        let effects = lock.due(at: 100)
        #expect(effects.contains(.move(.lock, .jam)) && effects.last == .over(driver: 1, .failed, .lockJammed))
        #expect(lock.bolt == .notFullyLocked && lock.jammed)
        _ = lock.set({ circumstances, _ in circumstances.jam = false }, at: 200)
        _ = try lock.drive(.lock, operation: nil, openSeconds: nil, driver: 2, at: 200)
        _ = lock.due(at: 300)
        #expect(lock.bolt == .locked && !lock.jammed)
    }

    @Test("a stalled motor runs until it is released, and only then ends")
    func stall() throws {
        var lock = lock()
        _ = lock.set({ circumstances, _ in circumstances.stall = true }, at: 0)
        _ = try lock.drive(.unlock, operation: nil, openSeconds: nil, driver: 1, at: 0)
        #expect(lock.nextDue == nil && lock.due(at: 1_000_000).isEmpty && lock.bolt == .moving)
        _ = lock.set({ circumstances, _ in circumstances.stall = false }, at: 1_000_000)
        #expect(lock.due(at: 1_000_100).last == .over(driver: 1, .done, nil))
    }

    @Test("a lock that refuses does not touch its motor")
    func refuse() {
        var lock = lock()
        _ = lock.set({ circumstances, _ in circumstances.refuse = true }, at: 0)
        #expect(throws: VirtualLock.Refusal.refused) { try lock.drive(.unlock, operation: nil, openSeconds: nil, driver: 1, at: 0) }
        #expect(lock.moves == 0 && lock.drives == 1)
    }

    @Test("an armed auto-relock locks after its seconds and says that it was itself")
    func autoRelock() {
        var lock = lock { $0.autoRelock = AutoRelock(armed: true, seconds: 30, waitsForDoor: false) }
        _ = lock.turn(to: .unlock, source: .manual, slot: nil, at: 0)
        #expect(lock.nextDue == 30_000)
        #expect(lock.due(at: 30_000) == [.move(.lock, .start)])
        #expect(changes(lock.due(at: 30_100)).map(\.source) == [.auto])
        #expect(lock.bolt == .locked && lock.nextDue == nil)
    }

    @Test("an auto-relock that waits for the door counts from the closing of the door")
    func waitsForDoor() {
        var lock = lock {
            $0.autoRelock = AutoRelock(armed: true, seconds: 30, waitsForDoor: true)
            $0.door = .open
        }
        _ = lock.turn(to: .unlock, source: .manual, slot: nil, at: 0)
        #expect(lock.nextDue == nil)
        let effects = lock.set({ _, profile in profile.door = .closed }, at: 50_000)
        #expect(changes(effects).map(\.door) == [.closed] && lock.nextDue == 80_000)
    }

    @Test("an auto-relock that lies reads armed and does nothing")
    func lying() {
        var lock = lock { $0.autoRelock = AutoRelock(armed: true, seconds: 1, waitsForDoor: false) }
        _ = lock.set({ circumstances, _ in circumstances.ignoreRelock = true }, at: 0)
        _ = lock.turn(to: .unlock, source: .manual, slot: nil, at: 0)
        #expect(lock.due(at: 10_000).isEmpty && lock.bolt == .unlocked && lock.profile.autoRelock?.armed == true)
    }

    @Test("a timed unlock locks itself that many seconds after the motor stopped, once")
    func timedUnlock() throws {
        var lock = lock { $0.timedUnlock = true }
        _ = try lock.drive(.unlock, operation: nil, openSeconds: 10, driver: 1, at: 0)
        _ = lock.due(at: 100)
        #expect(lock.nextDue == 10_100)
        _ = lock.due(at: 10_100)
        _ = lock.due(at: 10_200)
        #expect(lock.bolt == .locked && lock.moves == 2)
        _ = lock.turn(to: .unlock, source: .manual, slot: nil, at: 20_000)
        #expect(lock.nextDue == nil)
    }

    @Test("a pulled latch springs back to unlocked")
    func latch() throws {
        var lock = lock { $0.unlatch = true }
        _ = try lock.drive(.unlatch, operation: nil, openSeconds: nil, driver: 1, at: 0)
        _ = lock.due(at: 100)
        #expect(lock.bolt == .unlatched)
        _ = lock.due(at: 1100)
        #expect(lock.bolt == .unlocked)
    }

    @Test("a hand at the knob moves the bolt without the motor, a keypad with it")
    func hands() {
        var lock = lock()
        #expect(changes(lock.turn(to: .unlock, source: .manual, slot: nil, at: 0)).map(\.source) == [.manual])
        #expect(lock.moves == 0 && lock.bolt == .unlocked)
        #expect(lock.turn(to: .lock, source: .keypad, slot: 3, at: 0) == [.move(.lock, .start)])
        #expect(changes(lock.due(at: 100)).map(\.slot) == [3])
        #expect(lock.moves == 1)
    }

    @Test("an operation and the knob share one log with rising numbers")
    func log() throws {
        var lock = lock { $0.motorMilliseconds = 0 }
        let effects =
            try lock.drive(.unlock, operation: "a", openSeconds: nil, driver: 1, at: 0)
            + lock.turn(to: .lock, source: .manual, slot: nil, at: 1)
        #expect(changes(effects).map(\.logIndex) == [1, 2] && lock.logHead == 2)
    }
}
