import LockModel
import WireBytes

extension CommandToken {
    /// The longest time between `iat` and `exp`, in seconds.
    package static let longestLife: Int64 = 120

    /// Reads the members of an `lb-cmd+jwt` (`bus-reference`, Tokens).
    ///
    /// A missing `grant` is no fault of form: the machine answers `noGrant`, or finds that a `lock` needs none.
    init(_ envelope: TokenEnvelope, _ claims: ClaimReader) throws(Unacceptable) {
        let action: CommandAction = try claims.required("action", .word())
        self.init(
            envelope: envelope,
            audience: try claims.required("aud", .text),
            lock: try claims.required("lock", .name()),
            expires: try claims.required("exp", .time),
            action: action,
            grant: try claims.optional("grant", .tokenID),
            grantHash: try claims.optional("grantHash", .hash),
            openSeconds: try claims.optional("openSeconds", .count(from: 1)),
            courier: try claims.optional("courier", .thumbprint),
            delivery: try claims.optional("delivery", .label),
            nonce: try claims.optional("nonce", .text),
            dryRun: try claims.optional("dryRun", .bool) ?? false
        )
        guard (1...Self.longestLife).contains(expires.seconds - envelope.issuedAt.seconds) else {
            throw Unacceptable("exp is not 1 to \(Self.longestLife) s after iat")
        }
        if grant != nil, grantHash == nil { throw Unacceptable("grantHash is missing") }
        if action == .unlock || action == .unlatch, openSeconds == nil { throw Unacceptable("openSeconds is missing") }
    }

    /// The members in the order they are written.
    var claims: [(String, JSONValue?)] {
        [
            ("iss", .string(envelope.issuer.text)), ("aud", .string(audience)), ("lock", .string(lock.text)),
            ("jti", .string(envelope.id.description)), ("iat", .integer(envelope.issuedAt.seconds)), ("exp", .integer(expires.seconds)),
            ("action", .string(action.rawValue)), ("grant", grant.map { .string($0.description) }),
            ("grantHash", grantHash.map { .string($0.base64URL) }), ("openSeconds", openSeconds.map { .integer(Int64($0)) }),
            ("courier", courier.map(JSONValue.string)), ("delivery", delivery.map(JSONValue.string)),
            ("nonce", nonce.map(JSONValue.string)), ("dryRun", dryRun ? true : nil), ("ver", 1),
        ]
    }
}
