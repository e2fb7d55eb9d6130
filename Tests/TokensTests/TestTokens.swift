import LockCrypto
import LockModel
import Testing
import WireBytes

@testable import Tokens

/// Members of a token as JSON text, so that a test can write what no encoder would.
struct RawClaims: Sendable {
    var members: [(name: String, text: String)]

    init(_ members: [(String, String)]) { self.members = members.map { ($0.0, $0.1) } }

    /// The same with one member changed, or added at the end.
    func with(_ name: String, _ text: String) -> RawClaims {
        var changed = self
        if let place = members.firstIndex(where: { $0.name == name }) {
            changed.members[place].text = text
        } else {
            changed.members.append((name, text))
        }
        return changed
    }

    /// The same with members left out.
    func without(_ names: String...) -> RawClaims {
        var changed = self
        changed.members.removeAll { names.contains($0.name) }
        return changed
    }

    var json: String { "{\(members.map { "\"\($0.name)\":\($0.text)" }.joined(separator: ","))}" }
}

/// Keys, ids and good tokens that the tests start from.
enum Sample {
    static let edwards: SigningKey = key(.ed25519)
    static let weierstrass: SigningKey = key(.es256)
    static let id = "AAECAwQFBgcICQoLDA0ODw"
    static let grantID = "EBESExQVFhcYGRobHB0eHw"
    static let hash = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"
    static let thumbprint = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
    static let gateway = "gw-abcdefghijklmnop"

    /// A generated key; the message of a failure is the test's own.
    private static func key(_ algorithm: SignatureAlgorithm) -> SigningKey {
        do { return try SigningKey.generate(algorithm) } catch { fatalError("no key: \(error)") }
    }

    static let command = RawClaims([
        ("iss", #""acme""#), ("aud", "\"\(gateway)\""), ("lock", #""front""#), ("jti", "\"\(id)\""), ("iat", "1800000000"),
        ("exp", "1800000060"), ("action", #""unlock""#), ("grant", "\"\(grantID)\""), ("grantHash", "\"\(hash)\""),
        ("openSeconds", "30"), ("ver", "1"),
    ])

    static let grant = RawClaims([
        ("iss", #""anna""#), ("aud", #""acme""#), ("gateway", "\"\(gateway)\""), ("lock", #""front""#), ("jti", "\"\(id)\""),
        ("iat", "1800000000"), ("nbf", "1800000000"), ("exp", "1802592000"), ("actions", #"["unlock","unlatch"]"#), ("maxUses", "1"),
        ("openSeconds", "60"), ("rseq", "7"), ("ver", "1"),
    ])

    static let revocation = RawClaims([
        ("iss", #""anna""#), ("aud", "\"\(gateway)\""), ("jti", "\"\(id)\""), ("iat", "1800000000"), ("rseq", "8"),
        ("grants", "[\"\(grantID)\"]"), ("ver", "1"),
    ])

    static let say = RawClaims([
        ("iss", #""anna""#), ("aud", "\"\(gateway)\""), ("jti", "\"\(id)\""), ("iat", "1800000000"), ("delivery", #""d-1""#),
        ("consent", #""yes""#), ("ver", "1"),
    ])

    static let trust = RawClaims([
        ("iss", #""ops""#), ("aud", "\"\(gateway)\""), ("jti", "\"\(id)\""), ("iat", "1800000000"), ("tseq", "3"),
        (
            "principals",
            #"[{"id":"acme","role":"retailer","keys":["Ed25519.11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"]}]"#
        ),
        ("suspensions", "[\"acme\",\"\(thumbprint)\"]"), ("ver", "1"),
    ])

    static func claims(_ type: TokenType) -> RawClaims {
        switch type {
        case .command: command
        case .grant: grant
        case .revocation: revocation
        case .say: say
        case .trust: trust
        }
    }

    static func header(_ type: String, _ key: SigningKey = edwards) -> RawClaims {
        RawClaims([
            ("alg", "\"\(key.algorithm.rawValue)\""), ("typ", "\"\(type)\""), ("kid", "\"\(key.verifyingKey.thumbprint)\""),
        ])
    }

    /// A token of these very texts, signed.
    static func jws(_ header: String, _ payload: String, _ key: SigningKey = edwards) throws -> [UInt8] {
        let input = Base64URL.encodedBytes(Array(header.utf8)) + [UInt8(ascii: ".")] + Base64URL.encodedBytes(Array(payload.utf8))
        return input + [UInt8(ascii: ".")] + Base64URL.encodedBytes(try key.sign(input))
    }

    static func token(_ type: TokenType, _ claims: RawClaims? = nil, _ key: SigningKey = edwards) throws -> [UInt8] {
        try jws(header(type.rawValue, key).json, (claims ?? self.claims(type)).json, key)
    }
}

/// The refusal of a payload, recorded as an issue when there is none.
func refusal(_ payload: [UInt8], as topic: TokenTopic) -> TokenRefusal? {
    #expect(throws: TokenRefusal.self) { try TokenParser.parse(payload, as: topic) }
}
