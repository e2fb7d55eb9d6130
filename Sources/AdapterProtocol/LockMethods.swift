import LockModel
import WireBytes

/// Names one lock: the parameters of `lock.remove`, `lock.read` and `lock.drop`.
package struct LockParams: Sendable, Codable, Equatable {
    package var lock: LockID

    package init(lock: LockID) { self.lock = lock }
}

/// What an adapter knows of a lock once it was added.
public struct LockAddResult: Sendable, Codable, Equatable {
    /// What the lock can do; the core asks for nothing else.
    public var capabilities: LockCapabilities
    /// The maker's name of the model.
    public var model: String
    /// Its firmware, where it tells.
    public var firmware: String?

    /// A lock as found.
    public init(capabilities: LockCapabilities, model: String, firmware: String? = nil) {
        self.capabilities = capabilities
        self.model = model
        self.firmware = firmware
    }
}

/// One try on a motor.
package struct LockOperateParams: Sendable, Codable, Equatable {
    package var operation: OperationID
    package var lock: LockID
    package var action: MotorAction
    /// Only with the capability `timedUnlock`; counted by the lock from the stop of its motor.
    package var openSeconds: Int?
    /// After so long the motor is not started any more; runs from the reading of the line on the monotonic clock.
    package var ttlMilliseconds: Int

    package init(operation: OperationID, lock: LockID, action: MotorAction, openSeconds: Int? = nil, ttlMilliseconds: Int) {
        self.operation = operation
        self.lock = lock
        self.action = action
        self.openSeconds = openSeconds
        self.ttlMilliseconds = ttlMilliseconds
    }
}

/// What became of a try that reached the lock. An error instead of it means that the lock got nothing.
public struct OperateResult: Sendable, Codable, Equatable {
    /// The id it was asked with.
    public var operation: OperationID
    /// `done` only by the lock's own report after its motor stopped.
    public var outcome: OperationOutcome
    /// The bolt by that report.
    public var bolt: BoltState
    /// The door by that report.
    public var door: DoorState
    /// Why, where it is not `done`.
    public var reason: Reason?

    /// Reads an outcome, refusing one with a member missing or of another kind.
    public init(from decoder: any Decoder) throws { try self.init(readFrom: decoder) }

    /// Writes the outcome.
    public func encode(to encoder: any Encoder) throws { try write(into: encoder) }

    /// An outcome.
    public init(operation: OperationID, outcome: OperationOutcome, bolt: BoltState, door: DoorState, reason: Reason? = nil) {
        self.operation = operation
        self.outcome = outcome
        self.bolt = bolt
        self.door = door
        self.reason = reason
    }
}

/// What an auto-relock is to be set to.
public struct AutoRelockSetting: Sendable, Codable, Equatable {
    /// Whether it acts.
    public var armed: Bool
    /// Its delay.
    public var seconds: Int

    /// A setting.
    public init(armed: Bool, seconds: Int) {
        self.armed = armed
        self.seconds = seconds
    }
}

/// A change of a lock's own settings.
package struct LockConfigureParams: Sendable, Codable, Equatable {
    package var lock: LockID
    package var autoRelock: AutoRelockSetting?

    package init(lock: LockID, autoRelock: AutoRelockSetting?) {
        self.lock = lock
        self.autoRelock = autoRelock
    }
}

/// A lock's settings as read back after a change, with the values the lock really took.
public struct ConfigureResult: Sendable, Codable, Equatable {
    /// How far the change is proven.
    public enum State: String, Sendable, Codable, CaseIterable {
        case set, cleared, unverified, failed, unknown
    }

    /// `set` only where it was read back.
    public var state: State
    /// As read back; `nil` where the lock has none.
    public var autoRelock: AutoRelock?

    /// Settings as read back.
    public init(state: State, autoRelock: AutoRelock?) {
        self.state = state
        self.autoRelock = autoRelock
    }
}

extension RequestMethod where Params == LockAddParams, Result == LockAddResult {
    package static var lockAdd: Self { Self(.lockAdd) }
}
extension RequestMethod where Params == LockParams, Result == Nothing {
    package static var lockRemove: Self { Self(.lockRemove) }
    package static var lockDrop: Self { Self(.lockDrop) }
}
extension RequestMethod where Params == LockOperateParams, Result == OperateResult {
    package static var lockOperate: Self { Self(.lockOperate) }
}
extension RequestMethod where Params == LockParams, Result == LockReading {
    package static var lockRead: Self { Self(.lockRead) }
}
extension RequestMethod where Params == LockConfigureParams, Result == ConfigureResult {
    package static var lockConfigure: Self { Self(.lockConfigure) }
}
extension NotificationMethod where Params == LockObservation {
    package static var lockObserved: Self { Self(.lockObserved) }
}
