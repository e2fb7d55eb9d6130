import AdapterProtocol
import LockModel

/// Why an adapter could not do what was asked. It becomes an error of the protocol with the code's number.
///
/// From `operate` it means that the lock got nothing. Thrown after ``MotorOrder/commit()`` it is answered as outcome `unknown` instead,
/// because then something was sent.
public struct AdapterFailure: Error, Sendable, Equatable {
    /// What kind of failure; the core acts on it.
    public var code: AdapterErrorCode
    /// One line for the operator's log. No secrets, no codes.
    public var message: String
    /// The bus's word for it, where it is another than the code's own.
    public var reason: Reason?

    /// The peer's ATT error, where the radio failed with one.
    package var att: Int?
    /// What the code leaves open, such as `bondLost`.
    package var detail: String?

    /// A failure in words for the operator.
    public init(_ code: AdapterErrorCode, _ message: String, reason: Reason? = nil) {
        self.code = code
        self.message = message
        self.reason = reason
    }
}

extension AdapterFailure: CustomStringConvertible {
    /// The message.
    public var description: String { message }
}

extension AdapterFailure {
    /// As the core told it; one of JSON-RPC's own codes counts as `unsupported`.
    init(_ error: RPCError) {
        self.init(error.adapterCode ?? .unsupported, error.message, reason: error.reason)
        att = error.att
        detail = error.detail
    }
}

extension RPCError {
    /// What any error an adapter throws is answered with: ours by its code, a cancellation by 1007, all others by −32603.
    init(thrown error: any Error) {
        switch error {
        case let failure as AdapterFailure: self.init(failure.code, failure.message, reason: failure.reason)
        case let error as RPCError: self = error
        case is CancellationError: self.init(.cancelled, "stopped before anything was sent")
        default: self = .internalError(String(describing: error))
        }
    }
}
