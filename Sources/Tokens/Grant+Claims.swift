import LockModel
import WireBytes

extension Grant {
    /// The longest time between `iat` and `exp`, in seconds: 400 days.
    package static let longestLife: Int64 = 400 * 86_400

    /// Reads the members of an `lb-grant+jwt` (`bus-reference`, Tokens).
    ///
    /// Options the gateway does not act on yet are read all the same: the machine refuses them when the grant is installed.
    init(_ envelope: TokenEnvelope, _ claims: ClaimReader) throws(Unacceptable) {
        self.init(
            id: envelope.id,
            hash: envelope.hash,
            resident: envelope.issuer,
            retailer: try claims.required("aud", .name()),
            gateway: try claims.required("gateway", .text),
            lock: try claims.required("lock", .name()),
            issuedAt: envelope.issuedAt,
            notBefore: try claims.required("nbf", .time),
            expires: try claims.required("exp", .time),
            actions: try claims.required("actions", .array(of: .word(), 1...Int.max)),
            windows: try GrantWindow.list(claims),
            maxUses: try claims.required("maxUses", .count(from: 1)),
            maxEntries: try claims.optional("maxEntries", .count(from: 0)) ?? 3,
            openSeconds: try claims.required("openSeconds", .count(from: 1)),
            couriers: try claims.optional("couriers", .array(of: .thumbprint, 0...Int.max)),
            minRelock: try claims.optional("minRelock", .word()),
            options: try GrantOptions(claims),
            residentSequence: try claims.required("rseq", .sequence)
        )
        guard notBefore < expires else { throw Unacceptable("nbf is not before exp") }
        guard (1...Self.longestLife).contains(expires.seconds - issuedAt.seconds) else {
            throw Unacceptable("exp is not 1 s to 400 days after iat")
        }
    }

    /// The members in the order they are written.
    var claims: [(String, JSONValue?)] {
        [
            ("iss", .string(resident.text)), ("aud", .string(retailer.text)), ("gateway", .string(gateway)), ("lock", .string(lock.text)),
            ("jti", .string(id.description)), ("iat", .integer(issuedAt.seconds)), ("nbf", .integer(notBefore.seconds)),
            ("exp", .integer(expires.seconds)), ("actions", .array(actions.map { .string($0.rawValue) })),
            ("windows", windows.map { .array($0.map(\.claim)) }), ("maxUses", .integer(Int64(maxUses))),
            ("maxEntries", .integer(Int64(maxEntries))), ("openSeconds", .integer(Int64(openSeconds))),
            ("couriers", couriers.map { .array($0.map(JSONValue.string)) }), ("minRelock", minRelock.map { .string($0.rawValue) }),
            ("options", options.claim), ("rseq", .integer(residentSequence)), ("ver", 1),
        ]
    }
}

extension GrantOptions {
    fileprivate init(_ claims: ClaimReader) throws(Unacceptable) {
        guard let object = try claims.optional("options", ClaimForm(expected: "an object", read: { $0.object })) else {
            self.init()
            return
        }
        let options = try ClaimReader(object, members: ["consent", "camera", "noTime", "freshHours"], prefix: "options.")
        self.init(
            consent: try options.optional("consent", .bool) ?? false,
            camera: try options.optional("camera", .bool) ?? false,
            noTime: try options.optional("noTime", .bool) ?? false,
            freshHours: try options.optional("freshHours", .count(from: 1))
        )
    }

    fileprivate var claim: JSONValue? {
        var object = JSONObject()
        if consent { object["consent"] = true }
        if camera { object["camera"] = true }
        if noTime { object["noTime"] = true }
        if let freshHours { object["freshHours"] = .integer(Int64(freshHours)) }
        return object.isEmpty ? nil : .object(object)
    }
}
