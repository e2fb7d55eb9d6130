import GatewayCore
import LockModel
import Tokens
import WireBytes

/// A grant's status as published: the machine's, with the hash in base64url, as commands quote it.
struct GrantStatusDocument: Encodable {
    var status: GrantStatus.State
    var hash: String
    var lock: LockID
    var nbf: Timestamp
    var exp: Timestamp
    /// As in the token.
    var windows: [JSONValue]?
    var openSeconds: Int
    var usesLeft: Int
    var at: Timestamp
    var grant: String

    init(_ status: GrantStatus) {
        self.status = status.status
        hash = status.hash.base64URL
        lock = status.lock
        nbf = status.nbf
        exp = status.exp
        windows = status.windows?.map(\.claim)
        openSeconds = status.openSeconds
        usesLeft = status.usesLeft
        at = status.at
        grant = status.grant
    }
}
