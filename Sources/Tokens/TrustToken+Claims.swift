import LockCrypto
import LockModel
import WireBytes

extension TrustToken {
    /// Reads the members of an `lb-trust+jwt`: the whole list of retailers and partners, and who of them is suspended.
    ///
    /// Each principal is `{id, role, keys}`: role `retailer` or `partner`, and keys as texts `Ed25519.…` or `ES256.…` with
    /// the raw public key in base64url behind the dot, because depth ends at 4. `limits` are `unsupported`.
    init(_ envelope: TokenEnvelope, _ claims: ClaimReader) throws(Unacceptable) {
        if claims.has("limits") { throw Unacceptable("limits are not supported by this version", reason: .unsupported) }
        var entries: [Entry] = []
        for element in try claims.objects("principals", 0...Int.max) ?? [] {
            entries.append(try Entry(ClaimReader(element.object, members: ["id", "role", "keys"], prefix: element.prefix)))
        }
        guard Set(entries.map(\.id)).count == entries.count else { throw Unacceptable("principals has the same id twice") }
        self.init(
            envelope: envelope,
            audience: try claims.required("aud", .text),
            sequence: try claims.required("tseq", .sequence),
            principals: entries,
            suspensions: try claims.optional("suspensions", .array(of: .suspension, 0...Int.max)) ?? []
        )
    }

    /// The members in the order they are written.
    var claims: [(String, JSONValue?)] {
        [
            ("iss", .string(envelope.issuer.text)), ("aud", .string(audience)), ("jti", .string(envelope.id.description)),
            ("iat", .integer(envelope.issuedAt.seconds)), ("tseq", .integer(sequence)), ("principals", .array(principals.map(\.claim))),
            ("suspensions", .array(suspensions.map(JSONValue.string))), ("ver", 1),
        ]
    }
}

extension TrustToken.Entry {
    private enum Role: String, CaseIterable { case retailer, partner }

    fileprivate init(_ members: ClaimReader) throws(Unacceptable) {
        let role: Role = try members.required("role", .word())
        self.init(
            id: try members.required("id", .name()),
            role: role == .retailer ? .retailer : .partner,
            keys: try members.required("keys", .array(of: .publicKey, 1...2))
        )
    }

    fileprivate var claim: JSONValue {
        [
            "id": .string(id.text), "role": .string(role.rawValue),
            "keys": .array(keys.map { .string("\($0.algorithm.rawValue).\($0.publicKey)") }),
        ]
    }
}

extension ClaimForm where Value == PrincipalKey {
    fileprivate static var publicKey: Self {
        Self(expected: "a public key like Ed25519.11qYAYKx…") { claim in
            guard let parts = claim.string?.split(separator: ".", omittingEmptySubsequences: false), parts.count == 2,
                let algorithm = SignatureAlgorithm(rawValue: String(parts[0])), let raw = try? Base64URL.decode(String(parts[1])),
                let key = try? VerifyingKey(algorithm: algorithm, raw: raw)
            else { return nil }
            return PrincipalKey(key)
        }
    }
}

extension ClaimForm where Value == String {
    fileprivate static var suspension: Self {
        Self(expected: "a principal's name or a key's thumbprint") { claim in
            claim.string.flatMap { PrincipalID($0) != nil || ClaimForm.thumbprint.read(claim) != nil ? $0 : nil }
        }
    }
}
