import LockModel

@testable import GatewayCore

/// A lock on a door: what is true of it, and how well its adapter speaks of that.
struct FakeLock {
    /// What comes back for an operation.
    enum Answering: Equatable {
        /// The motor runs and the lock tells how it ended.
        case truly
        /// The motor runs and nothing is heard.
        case silently
        /// The motor runs in time; the answer comes so much later, even if the core gave up.
        case late(Int64)
        /// Nothing runs, and the answer is this.
        case only(OperationAnswer)
        /// A radio holds the command: the motor runs so much later whatever was dropped, and nothing is heard.
        case heldByRadio(Int64)
        /// Nothing runs and nothing is heard.
        case never
    }

    /// What comes back for a read.
    enum Reading: Equatable {
        case truly
        case never
        case failed(Reason)
    }

    struct Move: Equatable {
        let at: Int64
        let action: MotorAction
    }

    var capabilities = LockCapabilities(
        lock: true, unlock: true, doorSensor: true, battery: true, jam: true, connectMilliseconds: 1000, motorMilliseconds: 2000
    )
    var bolt: BoltState = .locked
    var door: DoorState = .closed
    var battery = Battery(percent: 80, level: .ok)
    var isJammed = false
    var autoRelock: AutoRelock?
    var confirmedBy: ConfirmedBy = .bolt
    var unlocking: Answering = .truly
    var locking: Answering = .truly
    var reading: Reading = .truly
    /// Every run of the motor, whoever wanted it.
    var moves: [Move] = []
    /// When an unlock of the gateway opened it, if it was not locked since.
    var openedAt: Int64?

    func answering(_ action: MotorAction) -> Answering { action == .lock ? locking : unlocking }

    /// Runs the motor.
    mutating func move(_ action: MotorAction, at now: Int64) {
        moves.append(Move(at: now, action: action))
        if isJammed {
            if action == .lock { bolt = .notFullyLocked }
            return
        }
        switch action {
        case .lock: bolt = .locked
        case .unlock: bolt = .unlocked
        case .unlatch: bolt = .unlatched
        }
        openedAt = action == .lock ? nil : now
    }

    func answer(to action: MotorAction) -> OperationAnswer {
        let wanted: BoltState =
            switch action {
            case .lock: .locked
            case .unlock: .unlocked
            case .unlatch: .unlatched
            }
        return .result(bolt == wanted ? .done : .failed, bolt: bolt, door: door, reason: bolt == wanted ? nil : .lockJammed)
    }

    /// What its adapter says when asked; one that did not ask the lock itself says locked, as if it had remembered.
    func read(at time: Timestamp) -> LockReading {
        LockReading(
            bolt: confirmedBy == .vendorReport || confirmedBy == .assumed ? .locked : bolt, door: door, battery: battery,
            jammed: isJammed && bolt == .notFullyLocked, autoRelock: autoRelock,
            observedAt: time, confirmedBy: confirmedBy
        )
    }
}
