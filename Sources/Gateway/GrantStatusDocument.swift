import GatewayCore
import LockModel
import Tokens
import WireBytes

/// A grant's status as published: the machine's, with the hash in base64url, as commands quote it.
struct GrantStatusDocument: JSONWritable {
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

    func write(to json: inout JSONWriter) throws(JSONEncodingError) {
        json.beginObject()
        json.member("status", status.rawValue)
        json.member("hash", hash)
        json.member("lock", lock.text)
        json.member("nbf", nbf.description)
        json.member("exp", exp.description)
        if let windows { try json.member("windows", elements: windows) }
        try json.member("openSeconds", openSeconds)
        try json.member("usesLeft", usesLeft)
        json.member("at", at.description)
        json.member("grant", grant)
        json.endObject()
    }
}
