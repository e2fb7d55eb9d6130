import LockCrypto
import LockModel
import WireBytes

/// Reads the payload of a message below `from/{principal}/` as a token: the cheap, complete check of form that comes before
/// anything is looked up (`bus-reference`, Order of checks, from size to members).
///
/// What it gives has exactly the members its type allows, each of its form; nothing in it is proven until
/// ``TokenVerifier`` has checked the signature with a key of the issuer.
package enum TokenParser {
    /// Reads a payload.
    ///
    /// - Parameter topic: the last level of the topic the message came by; a command topic takes commands only, and so on.
    /// - Throws: ``TokenRefusal`` with `tooLarge`, `unsigned`, `malformed`, or `unsupported` for a member this version does
    ///   not act on; the caller answers with it.
    package static func parse(_ payload: [UInt8], as topic: TokenTopic) throws(TokenRefusal) -> Token {
        guard payload.count <= topic.maximumBytes else {
            let detail = "\(payload.count) bytes, and \(topic.maximumBytes) are allowed"
            throw TokenRefusal(reason: .tooLarge, detail: detail, id: nil)
        }
        do {
            return try token(CompactJWS(payload), topic)
        } catch {
            throw TokenRefusal(reason: error.reason, detail: error.detail, id: CompactJWS.readableID(payload))
        }
    }

    /// The `jti` of a payload that is refused without being parsed (`retained`, `rateLimited`), where one can be read.
    package static func readableID(_ payload: [UInt8], as topic: TokenTopic) -> TokenID? {
        payload.count <= topic.maximumBytes ? CompactJWS.readableID(payload) : nil
    }

    private static func token(_ jws: CompactJWS, _ topic: TokenTopic) throws(Unacceptable) -> Token {
        let header = try TokenHeader(jws.header)
        guard let type = TokenType(rawValue: header.type), type.topic == topic else {
            let types = topic.types.map(\.rawValue).joined(separator: " or ")
            throw Unacceptable("typ is not \(types), which this topic takes")
        }
        let claims = try ClaimReader(jws.payload, members: type.members)
        guard try claims.required("ver", .count(from: 1)) == 1 else { throw Unacceptable("ver is not 1") }
        let envelope = TokenEnvelope(
            issuer: try claims.required("iss", .name()),
            id: try claims.required("jti", .tokenID),
            issuedAt: try claims.required("iat", .time),
            keyID: header.keyID,
            algorithm: header.algorithm,
            hash: Digest(hashing: jws.signingInput),
            signingInput: jws.signingInput,
            signature: jws.signature
        )
        switch type {
        case .command: return .command(try CommandToken(envelope, claims))
        case .grant: return .grant(GrantToken(envelope: envelope, grant: try Grant(envelope, claims)))
        case .revocation: return .revocation(try RevocationToken(envelope, claims))
        case .say: return .say(try SayToken(envelope, claims))
        case .trust: return .trust(try TrustToken(envelope, claims))
        }
    }
}

/// The header of a token: exactly `alg`, `typ` and `kid`, so that no header can carry a key, a critical extension or a detour.
struct TokenHeader {
    let algorithm: KeyAlgorithm
    let type: String
    let keyID: String

    init(_ object: JSONObject) throws(Unacceptable) {
        let members = try ClaimReader(object, members: ["alg", "typ", "kid"], prefix: "header ")
        switch try members.required("alg", .text) {
        case "Ed25519", "EdDSA": algorithm = .ed25519
        case "ES256": algorithm = .es256
        default: throw Unacceptable("header alg is not Ed25519, EdDSA or ES256")
        }
        type = try members.required("typ", .text)
        keyID = try members.required("kid", .thumbprint)
    }
}

extension TokenType {
    /// Every member a payload of this type may have (`trust`, Tokens).
    var members: [String] {
        let common = ["iss", "aud", "jti", "iat", "ver"]
        switch self {
        case .command:
            return common + ["lock", "exp", "action", "grant", "grantHash", "openSeconds", "courier", "delivery", "nonce", "dryRun"]
        case .grant:
            return common + [
                "gateway", "lock", "nbf", "exp", "actions", "windows", "maxUses", "maxEntries", "openSeconds", "couriers", "minRelock",
                "options", "rseq",
            ]
        case .revocation: return common + ["rseq", "grants", "retailers", "allBefore"]
        case .say: return common + ["delivery", "consent", "veto", "lockNow"]
        case .trust: return common + ["tseq", "principals", "suspensions", "limits"]
        }
    }
}
