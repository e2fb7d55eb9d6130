import LockModel
import Testing
import WireBytes

@testable import Tokens

@Suite("Refusing bad tokens")
struct BadTokenTests {
    /// What is wrong with a token's outside: header text, payload text, or the whole payload.
    static let badHeaders: [(String, RawClaims)] = {
        let good = Sample.header("lb-cmd+jwt")
        let thumbprint = Sample.edwards.verifyingKey.thumbprint
        return [
            ("alg unknown", good.with("alg", #""RS256""#)), ("alg symmetric", good.with("alg", #""HS256""#)),
            ("alg in another case", good.with("alg", #""ed25519""#)), ("alg None", good.with("alg", #""None""#)),
            ("alg a number", good.with("alg", "1")), ("alg missing", good.without("alg")), ("typ missing", good.without("typ")),
            ("typ another", good.with("typ", #""JWT""#)), ("typ in another case", good.with("typ", #""LB-CMD+JWT""#)),
            ("typ with a prefix", good.with("typ", #""application/lb-cmd+jwt""#)), ("typ null", good.with("typ", "null")),
            ("kid missing", good.without("kid")), ("kid empty", good.with("kid", #""""#)), ("kid a name", good.with("kid", #""key-1""#)),
            ("kid padded", good.with("kid", "\"\(thumbprint)=\"")),
            ("kid not canonical", good.with("kid", "\"\(thumbprint.dropLast())_\"")),
            ("crit", good.with("crit", #"["exp"]"#)), ("empty crit", good.with("crit", "[]")), ("b64", good.with("b64", "false")),
            ("zip", good.with("zip", #""DEF""#)), ("jwk", good.with("jwk", #"{"kty":"OKP"}"#)),
            ("jku", good.with("jku", #""https://example.org""#)), ("x5u", good.with("x5u", #""https://example.org""#)),
            ("x5c", good.with("x5c", "[]")), ("cty", good.with("cty", #""JWT""#)), ("unknown", good.with("new", "1")),
            ("alg twice", RawClaims([("alg", #""Ed25519""#)] + good.members.map { ($0.name, $0.text) })),
            ("alg twice, once escaped", RawClaims([("\\u0061lg", #""Ed25519""#)] + good.members.map { ($0.name, $0.text) })),
        ]
    }()

    @Test("a header that is not exactly alg, typ and kid is malformed, whoever signed it, and the id is still read", arguments: badHeaders)
    func refusesHeaders(name: String, header: RawClaims) throws {
        let refusal = refusal(try Sample.jws(header.json, Sample.command.json), as: .command)
        #expect(refusal?.reason == .malformed && refusal?.id == TokenID(Sample.id), "\(name)")
    }

    @Test("what carries no signature is called unsigned")
    func callsUnsigned() throws {
        let none = Sample.header("lb-cmd+jwt").with("alg", #""none""#)
        let signed = try Sample.token(.command)
        let bare = Array(Sample.command.json.utf8)
        let empty = Array(signed[...(try #require(signed.lastIndex(of: UInt8(ascii: "."))))])
        for payload in [
            try Sample.jws(none.json, Sample.command.json), try Sample.jws(#"{"alg":"none"}"#, Sample.command.json), empty, bare,
        ] {
            let refusal = refusal(payload, as: .command)
            #expect(refusal?.reason == .unsigned && refusal?.id == TokenID(Sample.id))
        }
        for text in ["{", "{}", #"{"jti":"short"}"#, #"{"payload":"","signatures":[]}"#] {
            let refusal = refusal(Array(text.utf8), as: .command)
            #expect(refusal?.reason == .unsigned && refusal?.id == nil)
        }
    }

    @Test("what is not three parts of canonical base64url with JSON objects inside is malformed")
    func refusesForms() throws {
        let good = String(decoding: try Sample.token(.command), as: UTF8.self)
        let parts = good.split(separator: ".").map(String.init)
        let array = Base64URL.encode(Array("[]".utf8))
        let doubled = Base64URL.encode(Array(Sample.command.json.replacing("{", with: #"{"iss":"acme","#).utf8))
        let bad = [
            "", " ", ".", "..", "a.b", "\(parts[0]).\(parts[1])", "\(good).", "\(good).\(parts[2])", ".\(good)", " \(good)", "\(good)\n",
            "\(good)=", "\(parts[0])=.\(parts[1]).\(parts[2])", "é\(good)", "[]", "\"\(good)\"", "\u{feff}\(good)",
            "\(array).\(parts[1]).\(parts[2])", "\(parts[0]).\(array).\(parts[2])", "\(parts[0])..\(parts[2])", ".\(parts[1]).\(parts[2])",
            "\(parts[0]).\(doubled).\(parts[2])", "\(parts[0]).\(parts[1]).+\(parts[2].dropFirst())",
        ]
        for text in bad { #expect(refusal(Array(text.utf8), as: .command)?.reason == .malformed, "\(text)") }
        #expect(refusal([UInt8](repeating: 0xFF, count: 100), as: .command)?.reason == .malformed)
    }

    static let numbers = ["1800000000.0", "18e8", "\"1800000000\"", "true", "[]", "01", "9007199254740992", "null"]

    /// Members of the wrong form, for each type, with the word that the detail must have.
    static let badClaims: [(TokenType, RawClaims, String)] = {
        var rows: [(TokenType, RawClaims, String)] = []
        for type in TokenType.allCases {
            let good = Sample.claims(type)
            for name in ["iss", "aud", "jti", "iat", "ver"] {
                rows.append((type, good.without(name), "\(name) is missing"))
                rows.append((type, good.with(name, "null"), "\(name) is null"))
                rows.append((type, good.with(name, "{}"), "\(name) is not"))
            }
            rows += [
                (type, good.with("new", "1"), "new is not a member here"), (type, good.with("a b", "1"), "a key of other characters"),
                (type, good.with("sub", #""x""#), "sub is not"), (type, good.with("ver", "2"), "ver is not 1"),
                (type, good.with("ver", "1.0"), "notAnInteger"), (type, good.with("iss", #""Acme""#), "iss is not a name"),
                (type, good.with("iss", #""a/b""#), "iss is not a name"), (type, good.with("iss", #""""#), "iss is not a name"),
                (type, good.with("jti", #""AAECAwQFBgcICQoLDA0OD""#), "jti is not"),
                (type, good.with("jti", "\"\(Sample.id)A\""), "jti is not"),
                (type, good.with("jti", #""AAECAwQFBgcICQoLDA0ODx""#), "jti is not"),
                (type, good.with("jti", #""AAECAwQFBgcICQoLDA0O+w""#), "jti is not"),
                (type, good.with("iat", "-0"), "notAnInteger"), (type, good.with("iat", "[[[[1]]]]"), "tooDeep"),
            ]
        }
        rows += commandRows + grantRows + otherRows
        return rows
    }()

    static let commandRows: [(TokenType, RawClaims, String)] = {
        let good = Sample.command
        var rows: [(TokenType, RawClaims, String)] = [
            (.command, good.with("nbf", "1800000000"), "nbf is not a member here"),
            (.command, good.with("exp", "1800000000"), "exp is not 1 to 120"),
            (.command, good.with("exp", "1800000121"), "exp is not 1 to 120"),
            (.command, good.with("exp", "1799999999"), "exp is not 1 to 120"),
            (.command, good.with("iat", "-9007199254740991").with("exp", "9007199254740991"), "exp is not 1 to 120"),
            (.command, good.without("grantHash"), "grantHash is missing"),
            (.command, good.without("openSeconds"), "openSeconds is missing"),
            (.command, good.with("action", #""unlatch""#).without("openSeconds"), "openSeconds is missing"),
            (.command, good.with("action", #""open""#), "action is not one of"),
            (.command, good.with("action", #""Unlock""#), "action is not one of"),
            (.command, good.with("openSeconds", "0"), "openSeconds is not"),
            (.command, good.with("openSeconds", "-1"), "openSeconds is not"),
            (.command, good.with("action", #""lock""#).with("openSeconds", "0"), "openSeconds is not"),
            (.command, good.with("grant", #""short""#), "grant is not"),
            (.command, good.with("grantHash", "\"\(Sample.hash)A\""), "grantHash is not"),
            (.command, good.with("grantHash", #""e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855""#), "grantHash is not"),
            (.command, good.with("courier", #""bob""#), "courier is not"), (.command, good.with("delivery", #""a/b""#), "delivery is not"),
            (.command, good.with("delivery", #""""#), "delivery is not"), (.command, good.with("nonce", #""""#), "nonce is not"),
            (.command, good.with("dryRun", "1"), "dryRun is not"), (.command, good.with("dryRun", #""true""#), "dryRun is not"),
        ]
        for name in ["lock", "exp", "action"] { rows.append((.command, good.without(name), "\(name) is missing")) }
        for name in ["grant", "grantHash", "openSeconds", "courier", "delivery", "nonce", "dryRun"] {
            rows.append((.command, good.with(name, "null"), "\(name) is null"))
        }
        return rows
    }()

    static let grantRows: [(TokenType, RawClaims, String)] = {
        let good = Sample.grant
        var rows: [(TokenType, RawClaims, String)] = [
            (.grant, good.with("exp", "1834560001"), "400 days"), (.grant, good.with("exp", "1800000000"), "nbf is not before exp"),
            (.grant, good.with("nbf", "1").with("exp", "2"), "400 days"),
            (.grant, good.with("actions", "[]"), "actions is not an array"), (.grant, good.with("actions", #"["lock"]"#), "actions is not"),
            (.grant, good.with("actions", #""unlock""#), "actions is not"), (.grant, good.with("actions", "[null]"), "actions is not"),
            (.grant, good.with("maxUses", "0"), "maxUses is not"), (.grant, good.with("maxEntries", "-1"), "maxEntries is not"),
            (.grant, good.with("openSeconds", "0"), "openSeconds is not"), (.grant, good.with("rseq", "-1"), "rseq is not"),
            (.grant, good.with("couriers", #"["bob"]"#), "couriers is not"),
            (.grant, good.with("minRelock", #""best""#), "minRelock is not"),
            (.grant, good.with("options", #"{"new":true}"#), "options.new is not a member here"),
            (.grant, good.with("options", #"{"consent":1}"#), "options.consent is not"),
            (.grant, good.with("options", "[]"), "options is not"),
            (.grant, good.with("options", #"{"camera":null}"#), "options.camera is null"),
            (.grant, good.with("options", #"{"freshHours":0}"#), "options.freshHours is not"),
            (.grant, good.with("consent", "true"), "consent is not a member here"),
        ]
        let windows: [(String, String)] = [
            ("[]", "windows is not an array of 1 to 32"), ("{}", "windows is not"), ("[1]", "windows is not"),
            ("[\(Array(repeating: #"{"from":1,"to":2}"#, count: 33).joined(separator: ","))]", "windows is not an array of 1 to 32"),
            ("[{}]", "windows[0].from is missing"), (#"[{"from":1}]"#, "windows[0].to is missing"),
            (#"[{"from":2,"to":2}]"#, "windows[0].from is not before to"),
            (#"[{"from":1,"to":2},{"from":1,"to":2,"x":3}]"#, "windows[1].x is not a member here"),
            (#"[{"from":"08:00","to":"09:00"}]"#, "windows[0].from is not a time in"),
            (#"[{"days":[],"from":"08:00","to":"09:00"}]"#, "windows[0].days is not"),
            (#"[{"days":["monday"],"from":"08:00","to":"09:00"}]"#, "windows[0].days is not"),
            (#"[{"days":["mon"],"from":1,"to":2}]"#, "windows[0].from is not a time of day"),
            (#"[{"days":["mon"],"from":"8:00","to":"09:00"}]"#, "windows[0].from is not a time of day"),
            (#"[{"days":["mon"],"from":"24:00","to":"09:00"}]"#, "windows[0].from is not a time of day"),
            (#"[{"days":["mon"],"from":"08:60","to":"09:00"}]"#, "windows[0].from is not a time of day"),
            (#"[{"days":["mon"],"from":"08:00","to":"0a:00"}]"#, "windows[0].to is not a time of day"),
            (#"[{"days":["mon"],"from":"08-00","to":"09:00"}]"#, "windows[0].from is not a time of day"),
            (#"[{"days":null,"from":"08:00","to":"09:00"}]"#, "windows[0].days is null"),
            (#"[{"days":[["mon"]],"from":"08:00","to":"09:00"}]"#, "tooDeep"),
        ]
        rows += windows.map { (.grant, good.with("windows", $0.0), $0.1) }
        for name in ["gateway", "lock", "nbf", "exp", "actions", "maxUses", "openSeconds", "rseq"] {
            rows.append((.grant, good.without(name), "\(name) is missing"))
        }
        return rows
    }()

    static let otherRows: [(TokenType, RawClaims, String)] = [
        (.revocation, Sample.revocation.without("rseq"), "rseq is missing"),
        (.revocation, Sample.revocation.without("grants"), "revoke nothing"),
        (.revocation, Sample.revocation.with("grants", "[]"), "revoke nothing"),
        (.revocation, Sample.revocation.with("grants", #"["x"]"#), "grants is not"),
        (.revocation, Sample.revocation.with("retailers", #"["A"]"#), "retailers is not"),
        (.revocation, Sample.revocation.with("allBefore", "-1"), "allBefore is not"),
        (.revocation, Sample.revocation.with("exp", "1800000060"), "exp is not a member here"),
        (.say, Sample.say.without("delivery"), "delivery is missing"),
        (.say, Sample.say.with("consent", "true"), "consent is not one of yes, no"),
        (.say, Sample.say.without("consent"), "say nothing"), (.say, Sample.say.with("veto", "true"), "contradict"),
        (.say, Sample.say.with("delivery", #""+/#""#), "delivery is not"),
        (.say, Sample.say.with("exp", "1800000060"), "exp is not a member here"),
        (.trust, Sample.trust.without("tseq"), "tseq is missing"),
        (.trust, Sample.trust.with("suspensions", #"["A B"]"#), "suspensions is not"),
        (.trust, Sample.trust.with("principals", #"[{"id":"a","role":"retailer"}]"#), "principals[0].keys is missing"),
        (.trust, Sample.trust.with("principals", #"[{"id":"a","role":"operator","keys":["x"]}]"#), "principals[0].role is not"),
        (.trust, Sample.trust.with("principals", #"[{"id":"a","role":"retailer","keys":[]}]"#), "principals[0].keys is not"),
        (.trust, Sample.trust.with("principals", #"[{"id":"a","role":"retailer","keys":["Ed25519.AQ"]}]"#), "principals[0].keys is not"),
        (
            .trust,
            Sample.trust.with(
                "principals",
                #"[{"id":"a","role":"retailer","keys":["ES256.11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"]}]"#
            ),
            "principals[0].keys is not"
        ),
    ]

    @Test("a member that is missing, unknown, null or of another form is malformed, and the detail names it", arguments: badClaims)
    func refusesClaims(type: TokenType, claims: RawClaims, detail: String) throws {
        let refusal = refusal(try Sample.token(type, claims), as: type.topic)
        #expect(refusal?.reason == .malformed)
        #expect(refusal?.detail.contains(detail) == true, "\(refusal?.detail ?? "none") instead of \(detail)")
    }

    @Test("numbers that are not plain integers are malformed wherever they stand", arguments: numbers)
    func refusesNumbers(number: String) throws {
        for name in ["iat", "exp", "openSeconds"] {
            #expect(refusal(try Sample.token(.command, Sample.command.with(name, number)), as: .command)?.reason == .malformed)
        }
        for name in ["nbf", "exp", "maxUses", "rseq", "maxEntries"] {
            #expect(refusal(try Sample.token(.grant, Sample.grant.with(name, number)), as: .grant)?.reason == .malformed)
        }
    }

    @Test("a trust list with limits is unsupported, not silently half obeyed")
    func refusesLimits() throws {
        let refusal = refusal(try Sample.token(.trust, Sample.trust.with("limits", "{}")), as: .trust)
        #expect(refusal?.reason == .unsupported && refusal?.id == TokenID(Sample.id))
    }

    @Test("forms at the edge of the rules are taken")
    func takesEdges() throws {
        let thirtyTwo = "[\(Array(repeating: #"{"from":1,"to":2}"#, count: 32).joined(separator: ","))]"
        let good: [(TokenType, RawClaims)] = [
            (.command, Sample.command.with("exp", "1800000001")), (.command, Sample.command.with("exp", "1800000120")),
            (.command, Sample.command.without("grant", "grantHash")), (.command, Sample.command.without("grant")),
            (.command, Sample.command.with("action", #""lock""#).without("grant", "grantHash", "openSeconds")),
            (.command, Sample.command.with("action", #""check""#).without("openSeconds")),
            (.command, Sample.command.with("iat", "9007199254740931").with("exp", "9007199254740991")),
            (.command, Sample.command.with("openSeconds", "9007199254740991")), (.grant, Sample.grant.with("exp", "1834560000")),
            (.grant, Sample.grant.with("couriers", "[]")), (.grant, Sample.grant.with("windows", thirtyTwo)),
            (.grant, Sample.grant.with("windows", #"[{"days":["tue"],"from":"00:00","to":"00:00"}]"#)),
            (.grant, Sample.grant.with("options", "{}")), (.grant, Sample.grant.with("rseq", "0")),
            (.revocation, Sample.revocation.without("grants").with("allBefore", "0")),
            (.say, Sample.say.without("consent").with("veto", "true")),
            (.trust, Sample.trust.with("principals", "[]").without("suspensions")),
        ]
        for (type, claims) in good {
            #expect(throws: Never.self, "\(claims.json)") { try TokenParser.parse(Sample.token(type, claims), as: type.topic) }
        }
    }

    @Test("the id of a refused payload is read wherever a well-formed one stands, and nowhere else")
    func readsIDs() throws {
        let id = TokenID(Sample.id)
        let json = Sample.command.json
        let body = Base64URL.encode(Array(json.utf8))
        for text in ["x.\(body)", "x.\(body).y", "..x.\(body)", ".\(body).", "\(body).x.y", json, "\(json) x", "x.\(body)=.y"] {
            let isReadable = ["x.\(body)", "x.\(body).y", ".\(body).", json].contains(text)
            #expect(TokenParser.readableID(Array(text.utf8), as: .command) == (isReadable ? id : nil), "\(text)")
        }
        let broken = Sample.command.with("jti", "7").json
        #expect(TokenParser.readableID(Array(broken.utf8), as: .command) == nil)
    }

    @Test("the digest of a payload is its SHA-256 in lower-case hexadecimal")
    func digests() {
        #expect(Digest(hashing: Array("abc".utf8)).description == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }
}
