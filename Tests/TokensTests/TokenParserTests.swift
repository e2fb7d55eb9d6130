import LockCrypto
import LockModel
import Testing
import WireBytes

@testable import Tokens

@Suite("Reading tokens")
struct TokenParserTests {
    @Test("a token of each type is taken on its own topic and refused on every other", arguments: TokenType.allCases)
    func keepsTypesToTopics(type: TokenType) throws {
        let payload = try Sample.token(type)
        for topic in TokenTopic.allCases {
            if topic == type.topic {
                #expect(try TokenParser.parse(payload, as: topic).type == type)
            } else {
                let refusal = refusal(payload, as: topic)
                #expect(refusal?.reason == .malformed && refusal?.detail.contains("which this topic takes") == true)
                #expect(refusal?.id == TokenID(Sample.id))
            }
        }
    }

    @Test("a command is read as what it says")
    func readsCommand() throws {
        let claims = Sample.command.with("courier", "\"\(Sample.thumbprint)\"").with("delivery", #""d-7""#).with("nonce", #""n""#)
            .with("dryRun", "true")
        let payload = try Sample.token(.command, claims)
        guard case .command(let command) = try TokenParser.parse(payload, as: .command) else {
            Issue.record("not a command")
            return
        }
        let input = Array(payload[..<(try #require(payload.lastIndex(of: UInt8(ascii: "."))))])
        #expect(command.envelope.issuer == PrincipalID("acme") && command.envelope.id == TokenID(Sample.id))
        #expect(command.envelope.issuedAt == Timestamp(seconds: 1_800_000_000) && command.expires == Timestamp(seconds: 1_800_000_060))
        #expect(command.envelope.keyID == Sample.edwards.verifyingKey.thumbprint && command.envelope.algorithm == .ed25519)
        #expect(command.envelope.signingInput == input && command.envelope.hash == Digest(sha256(input)))
        #expect(command.envelope.signature.count == 64)
        #expect(command.audience == Sample.gateway && command.lock == LockID("front") && command.action == .unlock)
        #expect(command.grant == TokenID(Sample.grantID) && command.grantHash?.base64URL == Sample.hash && command.openSeconds == 30)
        #expect(command.courier == Sample.thumbprint && command.delivery == "d-7" && command.nonce == "n" && command.dryRun)
    }

    @Test("a grant is read as what it says")
    func readsGrant() throws {
        let claims = Sample.grant.with(
            "windows",
            #"[{"days":["mon","sun"],"from":"08:30","to":"00:00"},{"from":1800000000,"to":1800003600}]"#
        ).with("couriers", "[\"\(Sample.thumbprint)\"]").with("minRelock", #""lockAuto""#).with("maxEntries", "0")
            .with("options", #"{"consent":true,"camera":false,"noTime":true,"freshHours":24}"#)
        guard case .grant(let token) = try TokenParser.parse(Sample.token(.grant, claims), as: .grant) else {
            Issue.record("not a grant")
            return
        }
        let grant = token.grant
        #expect(grant.id == token.envelope.id && grant.hash == token.envelope.hash && grant.resident == PrincipalID("anna"))
        #expect(grant.retailer == PrincipalID("acme") && grant.gateway == Sample.gateway && grant.lock == LockID("front"))
        #expect(grant.notBefore == Timestamp(seconds: 1_800_000_000) && grant.expires == Timestamp(seconds: 1_802_592_000))
        #expect(grant.actions == [.unlock, .unlatch] && grant.maxUses == 1 && grant.maxEntries == 0 && grant.openSeconds == 60)
        #expect(
            grant.windows == [
                .weekly(days: [.mon, .sun], fromMinute: 510, toMinute: 0),
                .interval(from: Timestamp(seconds: 1_800_000_000), to: Timestamp(seconds: 1_800_003_600)),
            ]
        )
        #expect(grant.couriers == [Sample.thumbprint] && grant.minRelock == .lockAuto && grant.residentSequence == 7)
        #expect(grant.options == GrantOptions(consent: true, camera: false, noTime: true, freshHours: 24))
        #expect(Token.grant(token).gateway == Sample.gateway)
    }

    @Test("what a grant leaves out has its default: 3 re-entries, any courier, nbf to exp")
    func readsDefaults() throws {
        guard case .grant(let token) = try TokenParser.parse(Sample.token(.grant), as: .grant) else {
            Issue.record("not a grant")
            return
        }
        #expect(token.grant.maxEntries == 3 && token.grant.couriers == nil && token.grant.windows == nil)
        #expect(token.grant.minRelock == nil && token.grant.options == GrantOptions())
    }

    @Test("revocations, says and trust lists are read as what they say")
    func readsOthers() throws {
        let revoke = Sample.revocation.with("retailers", #"["acme","bolt"]"#).with("allBefore", "6")
        guard case .revocation(let revocation) = try TokenParser.parse(Sample.token(.revocation, revoke), as: .grant),
            case .say(let say) = try TokenParser.parse(
                Sample.token(.say, Sample.say.with("consent", #""no""#).with("lockNow", "true")),
                as: .say
            ),
            case .trust(let trust) = try TokenParser.parse(Sample.token(.trust), as: .trust)
        else {
            Issue.record("not of their types")
            return
        }
        #expect(revocation.audience == Sample.gateway && revocation.residentSequence == 8 && revocation.allBefore == 6)
        #expect(revocation.grants.map(\.description) == [Sample.grantID] && revocation.retailers.map(\.text) == ["acme", "bolt"])
        #expect(say.audience == Sample.gateway && say.delivery == "d-1" && say.consent == false && !say.veto && say.lockNow)
        #expect(trust.sequence == 3 && trust.suspensions == ["acme", Sample.thumbprint])
        #expect(trust.principals.map(\.id.text) == ["acme"] && trust.principals.map(\.role) == [.retailer])
        #expect(trust.principals.first?.keys.map(\.id) == [Sample.thumbprint])
    }

    @Test("blanks in the JSON of a token are allowed")
    func allowsBlanks() throws {
        let payload = try Sample.jws(
            " \(Sample.header("lb-cmd+jwt").json)\n",
            Sample.command.json.replacing(",", with: " ,\r\n\t").replacing(":", with: " : ")
        )
        #expect(try TokenParser.parse(payload, as: .command).type == .command)
    }

    @Test("both names of the Ed25519 algorithm are accepted, and one token signed twice by ES256 has one hash")
    func acceptsAlgorithms() throws {
        let payload = try Sample.jws(Sample.header("lb-cmd+jwt").with("alg", #""EdDSA""#).json, Sample.command.json)
        let edwards = try TokenParser.parse(payload, as: .command)
        #expect(edwards.envelope.algorithm == .ed25519)
        try TokenVerifier.verify(edwards.envelope, with: Sample.edwards.verifyingKey)
        let (first, second) = (try Sample.token(.command, nil, Sample.weierstrass), try Sample.token(.command, nil, Sample.weierstrass))
        let (one, two) = (try TokenParser.parse(first, as: .command).envelope, try TokenParser.parse(second, as: .command).envelope)
        #expect(one.algorithm == .es256 && one.signature != two.signature && one.hash == two.hash)
        try TokenVerifier.verify(one, with: Sample.weierstrass.verifyingKey)
        try TokenVerifier.verify(two, with: Sample.weierstrass.verifyingKey)
    }

    @Test("a command may have 4 KiB and the others 8 KiB; one byte more is too large and gives no id", arguments: TokenType.allCases)
    func limitsSize(type: TokenType) throws {
        func padded(_ count: Int) throws -> [UInt8] {
            let key = Sample.edwards
            let header = Sample.header(type.rawValue).json
            let bare = try Sample.jws(header, Sample.claims(type).json).count
            for blanks in (count - bare) * 3 / 4 - 3...(count - bare) * 3 / 4 + 3 {
                let payload = try Sample.jws(header, Sample.claims(type).json + String(repeating: " ", count: blanks), key)
                if payload.count == count { return payload }
                let other = try Sample.jws(header + " ", Sample.claims(type).json + String(repeating: " ", count: blanks), key)
                if other.count == count { return other }
            }
            Issue.record("no token of \(count) bytes")
            return []
        }
        let limit = type.topic.maximumBytes
        #expect(limit == (type == .command ? 4_096 : 8_192))
        #expect(try TokenParser.parse(padded(limit), as: type.topic).type == type)
        let refusal = refusal(try padded(limit + 1), as: type.topic)
        #expect(refusal?.reason == .tooLarge && refusal?.id == nil)
        #expect(TokenParser.readableID(try padded(limit + 1), as: type.topic) == nil)
        #expect(TokenParser.readableID(try padded(limit), as: type.topic) == TokenID(Sample.id))
    }

    @Test("a token cut short anywhere is refused or does not verify", arguments: TokenType.allCases)
    func refusesTruncation(type: TokenType) throws {
        for key in [Sample.edwards, Sample.weierstrass] {
            let payload = try Sample.token(type, nil, key)
            for length in payload.indices {
                #expect(throws: TokenRefusal.self, "cut to \(length) bytes") {
                    try TokenVerifier.verify(TokenParser.parse(Array(payload[..<length]), as: type.topic).envelope, with: key.verifyingKey)
                }
            }
        }
    }

    @Test("a token with any one byte changed is refused or does not verify")
    func refusesChanges() throws {
        let payload = try Sample.token(.command)
        for place in payload.indices {
            for replacement in [0x00, 0x2E, 0x41, 0x5F, 0x7A, 0x80, 0xFF] as [UInt8] where replacement != payload[place] {
                var changed = payload
                changed[place] = replacement
                #expect(throws: TokenRefusal.self, "byte \(place) as \(replacement)") {
                    try TokenVerifier.verify(TokenParser.parse(changed, as: .command).envelope, with: Sample.edwards.verifyingKey)
                }
            }
        }
    }
}
