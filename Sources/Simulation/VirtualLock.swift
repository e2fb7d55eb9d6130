import GatewayCore
import LockModel

/// A lock on a door: what is true of it, and how well its adapter and radio speak of that.
package struct VirtualLock {
    /// What becomes of an operation.
    package enum Answering: Sendable, Codable, Equatable {
        /// The motor runs and the lock tells how it ended.
        case truly
        /// The motor runs and nothing is heard.
        case silently
        /// The motor runs in time; the answer comes so much later, even if the core gave up.
        case late(milliseconds: Int64)
        /// Nothing was sent, for this reason.
        case refused(reason: Reason)
        /// Nothing runs, and this is said of it.
        case claimed(outcome: OperationOutcome, bolt: BoltState, door: DoorState, reason: Reason?)
        /// A radio has sent the command: the motor runs so much later whatever was dropped, and nothing is heard.
        case heldByRadio(milliseconds: Int64)
        /// Nothing runs and nothing is heard.
        case never

        /// Nothing runs, and the answer is this.
        package static func only(_ answer: OperationAnswer) -> Answering {
            switch answer {
            case .notSent(let reason): .refused(reason: reason)
            case .result(let outcome, let bolt, let door, let reason): .claimed(outcome: outcome, bolt: bolt, door: door, reason: reason)
            }
        }
    }

    /// What becomes of a read.
    package enum Reading: Sendable, Codable, Equatable {
        case truly
        case never
        case failed(reason: Reason)
        /// The answer is true of the moment it was asked, and comes so much later.
        case late(milliseconds: Int64)
        /// The adapter says locked, read from the bolt, whatever is true. No gateway can see through that alone.
        case lying
    }

    package struct Move: Equatable {
        package let at: Int64
        package let action: MotorAction
    }

    package var adapter: AdapterName = Home.loopback
    package var capabilities = LockCapabilities(
        lock: true, unlock: true, doorSensor: true, battery: true, jam: true, connectMilliseconds: 1000, motorMilliseconds: 2000
    )
    package var bolt: BoltState = .locked
    package var door: DoorState = .closed
    package var battery = Battery(percent: 80, level: .ok)
    package var isJammed = false
    package var autoRelock: AutoRelock?
    package var confirmedBy: ConfirmedBy = .bolt
    package var unlocking: Answering = .truly
    package var locking: Answering = .truly
    package var reading: Reading = .truly
    /// Every run of the motor, whoever wanted it.
    package private(set) var moves: [Move] = []
    /// When an unlock of the gateway opened it, if it was not locked since.
    package var openedAt: Int64?

    package init() {}

    func answering(_ action: MotorAction) -> Answering { action == .lock ? locking : unlocking }

    /// Runs the motor; false when it could not get anywhere.
    @discardableResult
    mutating func move(_ action: MotorAction, at now: Int64) -> Bool {
        moves.append(Move(at: now, action: action))
        if isJammed {
            if action == .lock { bolt = .notFullyLocked }
            return false
        }
        switch action {
        case .lock: bolt = .locked
        case .unlock: bolt = .unlocked
        case .unlatch: bolt = .unlatched
        }
        openedAt = action == .lock ? nil : now
        return true
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
        let remembers = confirmedBy == .vendorReport || confirmedBy == .assumed || reading == .lying
        return LockReading(
            bolt: remembers ? .locked : bolt, door: door, battery: battery, jammed: !remembers && isJammed && bolt == .notFullyLocked,
            autoRelock: autoRelock, observedAt: time, confirmedBy: reading == .lying ? .bolt : confirmedBy
        )
    }

    /// True while nothing about it or its adapter stands between an order and the bolt.
    var isWell: Bool {
        !isJammed && !door.isOpen && battery.level != .critical && unlocking == .truly && locking == .truly && reading == .truly
            && confirmedBy.endsObligation && bolt != .notFullyLocked
    }
}
