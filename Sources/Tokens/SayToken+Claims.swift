import LockModel
import WireBytes

extension SayToken {
    private enum Answer: String, CaseIterable { case yes, no }

    /// Reads the members of an `lb-say+jwt`: a delivery, and `consent` (`yes` or `no`), `veto` or `lockNow` about it.
    init(_ envelope: TokenEnvelope, _ claims: ClaimReader) throws(Unacceptable) {
        let consent: Answer? = try claims.optional("consent", .word())
        self.init(
            envelope: envelope,
            audience: try claims.required("aud", .text),
            delivery: try claims.required("delivery", .label),
            consent: consent.map { $0 == .yes },
            veto: try claims.optional("veto", .bool) ?? false,
            lockNow: try claims.optional("lockNow", .bool) ?? false
        )
        if self.consent == nil, !veto, !lockNow { throw Unacceptable("consent, veto and lockNow all say nothing") }
        if self.consent == true, veto { throw Unacceptable("consent yes and veto contradict each other") }
    }

    /// The members in the order they are written.
    var claims: [(String, JSONValue?)] {
        [
            ("iss", .string(envelope.issuer.text)), ("aud", .string(audience)), ("jti", .string(envelope.id.description)),
            ("iat", .integer(envelope.issuedAt.seconds)), ("delivery", .string(delivery)),
            ("consent", consent.map { .string(($0 ? Answer.yes : .no).rawValue) }), ("veto", veto ? true : nil),
            ("lockNow", lockNow ? true : nil), ("ver", 1),
        ]
    }
}
