import AdapterProtocol
import LockModel
import Synchronization

/// One order to move a motor, and the gate before it.
///
/// Until ``commit()`` the order can be taken back: by its deadline, `$/cancel`, `lock.drop` or the end of the process. After it, never.
/// Exactly one of the two happens, so the core always knows whether the lock may have got something.
public final class MotorOrder: Sendable {
    private enum Stage {
        case waiting, committed
        case takenBack(AdapterErrorCode)
    }

    /// The try's id; to be written to the lock only if its protocol has room for one.
    public let operation: OperationID
    /// The lock.
    public let lock: LockID
    /// What to do.
    public let action: MotorAction
    /// The lock shall lock itself again so many seconds after its motor stopped; only where `timedUnlock` was declared.
    public let openSeconds: Int?
    /// After it the motor must not be started, and the core stops waiting.
    public let deadline: ContinuousClock.Instant
    private let stage = Mutex(Stage.waiting)

    init(_ params: LockOperateParams, readAt now: ContinuousClock.Instant) {
        operation = params.operation
        lock = params.lock
        action = params.action
        openSeconds = params.openSeconds
        deadline = now + .milliseconds(params.ttlMilliseconds)
    }

    /// Passes the gate: from now on the motor may be moved, once.
    ///
    /// - Throws: ``AdapterFailure`` `expired` past the deadline, `cancelled` where the order was taken back. Send nothing then and let
    ///   the error go through.
    public func commit() throws(AdapterFailure) {
        let refused = stage.withLock { stage -> AdapterErrorCode? in
            switch stage {
            case .takenBack(let code): return code
            case .committed: return nil
            case .waiting where ContinuousClock.now >= deadline:
                stage = .takenBack(.expired)
                return .expired
            case .waiting:
                stage = .committed
                return nil
            }
        }
        if let refused { throw AdapterFailure(refused, "the order was taken back before anything was sent") }
    }

    /// Whether ``commit()`` was passed.
    var isCommitted: Bool {
        stage.withLock { stage in
            if case .committed = stage { true } else { false }
        }
    }

    /// Takes the order back.
    /// - Returns: whether that came before the gate; `false` means that something may have been sent.
    func takeBack(_ code: AdapterErrorCode) -> Bool {
        stage.withLock { stage in
            switch stage {
            case .committed: return false
            case .takenBack: return true
            case .waiting:
                stage = .takenBack(code)
                return true
            }
        }
    }
}
