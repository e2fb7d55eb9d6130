import AdapterProtocol
import LockModel

/// What became of a try on a motor, as far as the core may believe it.
package enum OperateAnswer: Sendable, Equatable {
    /// The adapter's result; something was sent.
    case result(OperateResult)
    /// The lock got nothing, so a new try is safe.
    case notSent(Reason)
    /// The adapter did not answer in time, or is gone: whether the motor moved is not known.
    case unknown(Reason)
}

/// Whether a lock can be asked for anything.
package enum LockLinkState: Sendable, Equatable {
    /// Its adapter took it on.
    case up(LockAddResult)
    /// Its adapter is gone, or cannot take it on; tried again by itself.
    case down(Reason)
}

extension CallFailure {
    /// The bus's word for it.
    package var reason: Reason {
        switch self {
        case .notSent, .gone: .adapterFailed
        case .refused(let error): error.reason ?? error.adapterCode?.reason ?? (error.code == -32602 ? .unsupported : .adapterFailed)
        case .noAnswer: .timeout
        }
    }
}
