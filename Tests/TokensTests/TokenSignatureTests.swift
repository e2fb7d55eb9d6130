import LockCrypto
import LockModel
import Testing
import WireBytes

@testable import Tokens

@Suite("Signing and verifying tokens")
struct TokenSignatureTests {
    private func name<Kind>(_ text: String) throws -> Name<Kind> { try #require(Name(text)) }

    private func draft(_ issuer: String) throws -> TokenEnvelope {
        .draft(issuer: try name(issuer), id: .random(), issuedAt: Timestamp(seconds: 1_800_000_000))
    }

    private func tokens() throws -> [Token] {
        let grant = Grant(
            id: .random(),
            hash: .zero,
            resident: try name("anna"),
            retailer: try name("acme"),
            gateway: Sample.gateway,
            lock: try name("front"),
            issuedAt: Timestamp(seconds: 1_800_000_000),
            notBefore: Timestamp(seconds: 1_800_000_000),
            expires: Timestamp(seconds: 1_802_592_000),
            actions: [.unlock, .code],
            windows: [
                .weekly(days: [.mon, .fri], fromMinute: 485, toMinute: 1_439),
                .interval(from: Timestamp(seconds: 5), to: Timestamp(seconds: 6)),
            ],
            maxUses: 2,
            maxEntries: 1,
            openSeconds: 45,
            couriers: [],
            minRelock: .lockTimed,
            options: GrantOptions(consent: true, camera: true, noTime: true, freshHours: 1),
            residentSequence: 9
        )
        var plain = grant
        (plain.windows, plain.couriers, plain.minRelock, plain.options) = (nil, [Sample.thumbprint], nil, GrantOptions())
        let partner = TrustToken.Entry(
            id: try name("acme"),
            role: .partner,
            keys: [PrincipalKey(Sample.edwards.verifyingKey), PrincipalKey(Sample.weierstrass.verifyingKey)]
        )
        return [
            .command(
                CommandToken(
                    envelope: try draft("acme"),
                    audience: Sample.gateway,
                    lock: try name("front"),
                    expires: Timestamp(seconds: 1_800_000_060),
                    action: .unlatch,
                    grant: grant.id,
                    grantHash: Digest(hashing: []),
                    openSeconds: 20,
                    courier: Sample.thumbprint,
                    delivery: "d-9",
                    nonce: "n",
                    dryRun: true
                )
            ),
            .command(
                CommandToken(
                    envelope: try draft("acme"),
                    audience: Sample.gateway,
                    lock: try name("front"),
                    expires: Timestamp(seconds: 1_800_000_001),
                    action: .lock
                )
            ),
            .grant(GrantToken(envelope: try draft("anna"), grant: grant)), .grant(GrantToken(envelope: try draft("anna"), grant: plain)),
            .revocation(
                RevocationToken(
                    envelope: try draft("anna"),
                    audience: Sample.gateway,
                    residentSequence: 10,
                    grants: [grant.id],
                    retailers: [try name("acme")],
                    allBefore: 9
                )
            ),
            .say(
                SayToken(envelope: try draft("anna"), audience: Sample.gateway, delivery: "d-9", consent: false, veto: true, lockNow: true)
            ),
            .trust(
                TrustToken(
                    envelope: try draft("ops"),
                    audience: Sample.gateway,
                    sequence: 4,
                    principals: [partner],
                    suspensions: [Sample.thumbprint]
                )
            ),
        ]
    }

    /// The token as it would be read: with the envelope of the signed one.
    private func expected(_ token: Token, _ envelope: TokenEnvelope) -> Token {
        switch token {
        case .command(var token):
            token.envelope = envelope
            return .command(token)
        case .grant(var token):
            token.envelope = envelope
            token.grant.hash = envelope.hash
            return .grant(token)
        case .revocation(var token):
            token.envelope = envelope
            return .revocation(token)
        case .say(var token):
            token.envelope = envelope
            return .say(token)
        case .trust(var token):
            token.envelope = envelope
            return .trust(token)
        }
    }

    @Test("what is signed is read back the same, and verifies with that key only", arguments: [Sample.edwards, Sample.weierstrass])
    func roundTrips(key: SigningKey) throws {
        let stranger = try SigningKey.generate(key.algorithm)
        for token in try tokens() {
            let read = try TokenParser.parse(TokenSigner(key: key).sign(token), as: token.type.topic)
            #expect(read == expected(token, read.envelope))
            #expect(read.envelope.keyID == key.verifyingKey.thumbprint)
            try TokenVerifier.verify(read.envelope, with: key.verifyingKey)
            let refusal = #expect(throws: TokenRefusal.self) { try TokenVerifier.verify(read.envelope, with: stranger.verifyingKey) }
            #expect(refusal?.reason == .badSignature && refusal?.id == read.envelope.id)
        }
    }

    @Test("members are written in one order, so the same Ed25519 token is the same bytes")
    func isDeterministic() throws {
        let id = try #require(TokenID(Sample.id))
        let command = CommandToken(
            envelope: .draft(issuer: try name("acme"), id: id, issuedAt: Timestamp(seconds: 1_800_000_000)),
            audience: Sample.gateway,
            lock: try name("front"),
            expires: Timestamp(seconds: 1_800_000_060),
            action: .unlock,
            grant: TokenID(Sample.grantID),
            grantHash: Digest(try Base64URL.decode(Sample.hash)),
            openSeconds: 30
        )
        #expect(try TokenSigner(key: Sample.edwards).sign(.command(command)) == Sample.token(.command))
    }

    @Test("an alg that is not the key's kind is malformed, in both directions")
    func refusesAlgorithmConfusion() throws {
        for (key, other) in [(Sample.edwards, Sample.weierstrass), (Sample.weierstrass, Sample.edwards)] {
            let lying = Sample.header("lb-cmd+jwt", key).with("alg", "\"\(other.algorithm.rawValue)\"")
            let envelope = try TokenParser.parse(Sample.jws(lying.json, Sample.command.json, key), as: .command).envelope
            let refusal = #expect(throws: TokenRefusal.self) { try TokenVerifier.verify(envelope, with: key.verifyingKey) }
            #expect(refusal?.reason == .malformed && refusal?.id == envelope.id)
        }
    }

    @Test("a signature of another length is a bad signature")
    func refusesLengths() throws {
        for key in [Sample.edwards, Sample.weierstrass] {
            var envelope = try TokenParser.parse(Sample.token(.command, nil, key), as: .command).envelope
            for signature in [[], Array(envelope.signature.dropLast()), envelope.signature + [0], [0x30, 0x44] + envelope.signature] {
                envelope.signature = signature
                let refusal = #expect(throws: TokenRefusal.self) { try TokenVerifier.verify(envelope, with: key.verifyingKey) }
                #expect(refusal?.reason == .badSignature)
            }
        }
    }

    @Test("the twin of an ES256 signature verifies and has the same hash, so it is the same token")
    func acceptsTwins() throws {
        let envelope = try TokenParser.parse(Sample.token(.command, nil, Sample.weierstrass), as: .command).envelope
        let order = try Hex.decode("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551")
        var twin = envelope.signature
        var borrow = 0
        for place in (0..<32).reversed() {
            let difference = Int(order[place]) - Int(envelope.signature[32 + place]) - borrow
            twin[32 + place] = UInt8(difference & 255)
            borrow = difference < 0 ? 1 : 0
        }
        let payload = envelope.signingInput + [UInt8(ascii: ".")] + Base64URL.encodedBytes(twin)
        let again = try TokenParser.parse(payload, as: .command).envelope
        try TokenVerifier.verify(again, with: Sample.weierstrass.verifyingKey)
        #expect(again.signature != envelope.signature && again.hash == envelope.hash)
    }

    @Test("a token that would be refused is not signed")
    func refusesToSign() throws {
        let command = CommandToken(
            envelope: try draft("acme"),
            audience: Sample.gateway,
            lock: try name("front"),
            expires: Timestamp(seconds: 1_800_000_500),
            action: .lock
        )
        let refusal = #expect(throws: TokenRefusal.self) { try TokenSigner(key: Sample.edwards).sign(.command(command)) }
        #expect(refusal?.reason == .malformed && refusal?.detail.contains("exp") == true)
    }

    @Test("a key goes into the journal and comes back; one that is not what its id says does not")
    func storesKeys() throws {
        for key in [Sample.edwards.verifyingKey, Sample.weierstrass.verifyingKey] {
            var stored = PrincipalKey(key, notBefore: Timestamp(seconds: 1), expires: Timestamp(seconds: 2))
            #expect(stored.id == key.thumbprint && stored.algorithm.rawValue == key.algorithm.rawValue)
            #expect(try stored.verifyingKey() == key)
            stored.id = Sample.thumbprint
            #expect(throws: CryptoFailure.invalidKey) { try stored.verifyingKey() }
            stored.publicKey = "="
            #expect(throws: CryptoFailure.invalidKey) { try stored.verifyingKey() }
        }
    }

    @Test("random ids differ")
    func drawsIDs() {
        #expect(Set((0..<1_000).map { _ in TokenID.random() }).count == 1_000)
    }
}
