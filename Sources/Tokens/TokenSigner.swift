import LockCrypto
import LockModel
import WireBytes

/// Writes tokens: the command line's grants, commands, revocations and lists.
///
/// The members stand in a fixed order, so that the same token signed by the same Ed25519 key gives the same bytes.
package struct TokenSigner: Sendable {
    private let key: SigningKey
    private let keyID: String

    /// Signs with a key; its thumbprint becomes `kid`.
    package init(key: SigningKey) {
        self.key = key
        keyID = key.verifyingKey.thumbprint
    }

    /// Signs a token and gives it in compact form, as it is published.
    ///
    /// The envelope's issuer, id and time are written (a grant's own instead of its envelope's); its other members say what
    /// the token will be signed with, and are not looked at: see ``TokenEnvelope/draft(issuer:id:issuedAt:)``.
    ///
    /// - Throws: ``TokenRefusal`` when the result would be refused by ``TokenParser``, with the same reason and detail;
    ///   ``JSONEncodingError`` or ``CryptoFailure`` when it cannot be written or signed.
    package func sign(_ token: Token) throws -> [UInt8] {
        let header: JSONValue = [
            "alg": .string(key.algorithm.rawValue), "typ": .string(token.type.rawValue), "kid": .string(keyID),
        ]
        let claims = JSONObject(token.claims.compactMap { name, value in value.map { (name, $0) } })
        var bytes = Base64URL.encodedBytes(try StrictJSON.encode(header))
        bytes.append(UInt8(ascii: "."))
        bytes += Base64URL.encodedBytes(try StrictJSON.encode(JSONValue.object(claims)))
        let signature = try key.sign(bytes)
        bytes.append(UInt8(ascii: "."))
        bytes += Base64URL.encodedBytes(signature)
        _ = try TokenParser.parse(bytes, as: token.type.topic)
        return bytes
    }
}

extension Token {
    /// The members in the order they are written; `nil` ones are left out.
    fileprivate var claims: [(String, JSONValue?)] {
        switch self {
        case .command(let token): token.claims
        case .grant(let token): token.grant.claims
        case .revocation(let token): token.claims
        case .say(let token): token.claims
        case .trust(let token): token.claims
        }
    }
}

extension TokenEnvelope {
    /// The envelope of a token that is yet to be signed.
    package static func draft(issuer: PrincipalID, id: TokenID, issuedAt: Timestamp) -> TokenEnvelope {
        TokenEnvelope(
            issuer: issuer,
            id: id,
            issuedAt: issuedAt,
            keyID: "",
            algorithm: .ed25519,
            hash: .zero,
            signingInput: [],
            signature: []
        )
    }
}

extension TokenID {
    /// A fresh random id.
    package static func random() -> TokenID {
        // Sixteen bytes are what an id takes; other counts do not occur.
        while true {
            if let id = TokenID(bytes: randomBytes(16)) { return id }
        }
    }
}
