import LockModel
import WireBytes

extension RevocationToken {
    /// Reads the members of an `lb-revoke+jwt`; one that revokes nothing is refused, lest somebody think it did.
    init(_ envelope: TokenEnvelope, _ claims: ClaimReader) throws(Unacceptable) {
        self.init(
            envelope: envelope,
            audience: try claims.required("aud", .text),
            residentSequence: try claims.required("rseq", .sequence),
            grants: try claims.optional("grants", .array(of: .tokenID, 0...Int.max)) ?? [],
            retailers: try claims.optional("retailers", .array(of: .name(), 0...Int.max)) ?? [],
            allBefore: try claims.optional("allBefore", .sequence)
        )
        if grants.isEmpty, retailers.isEmpty, allBefore == nil { throw Unacceptable("grants, retailers and allBefore all revoke nothing") }
    }

    /// The members in the order they are written.
    var claims: [(String, JSONValue?)] {
        [
            ("iss", .string(envelope.issuer.text)), ("aud", .string(audience)), ("jti", .string(envelope.id.description)),
            ("iat", .integer(envelope.issuedAt.seconds)), ("rseq", .integer(residentSequence)),
            ("grants", grants.isEmpty ? nil : .array(grants.map { .string($0.description) })),
            ("retailers", retailers.isEmpty ? nil : .array(retailers.map { .string($0.text) })),
            ("allBefore", allBefore.map(JSONValue.integer)), ("ver", 1),
        ]
    }
}
