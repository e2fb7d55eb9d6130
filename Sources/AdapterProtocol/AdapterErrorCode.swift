import LockModel

/// The errors of the protocol's own, besides JSON-RPC's (`adapters-reference`, Errors).
///
/// For `lock.operate` any of them means that the lock got nothing, so a new try is safe.
public enum AdapterErrorCode: Int, Sendable, CaseIterable, Codable {
    /// The lock is out of reach; asked again with back-off.
    case deviceUnreachable = 1000
    /// The adapter does not know the lock, or the lock does not know the adapter.
    case notPaired = 1001
    /// Another operation runs on the lock.
    case busy = 1002
    /// The lock cannot do that.
    case unsupported = 1003
    /// The configuration does not make sense; the operator has to change it.
    case badConfig = 1004
    /// The vendor or the lock refused the credential.
    case credentialRejected = 1005
    /// There is no radio to reach the lock with.
    case radioUnavailable = 1006
    /// Asked to stop by `$/cancel` or `lock.drop` before anything was sent.
    case cancelled = 1007
    /// The time to live was over before anything was sent.
    case expired = 1008

    /// The word of the bus's vocabulary that a reply carries for it.
    public var reason: Reason {
        switch self {
        case .deviceUnreachable: .lockOffline
        case .notPaired: .unknownLock
        case .busy: .busy
        case .unsupported: .unsupported
        case .badConfig, .credentialRejected, .radioUnavailable: .adapterFailed
        case .cancelled, .expired: .timeout
        }
    }
}
