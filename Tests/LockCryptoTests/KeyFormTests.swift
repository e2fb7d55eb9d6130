import LockCrypto
import Testing
import WireBytes

/// A private key's PEM as the secret it is.
private func sealed(_ pem: String) -> SecretBytes {
    var bytes = Array(pem.utf8)
    return SecretBytes(wiping: &bytes)
}

@Suite("Keys in files and tokens")
struct KeyFormTests {
    /// RFC 8410 section 10.
    static let edwardsPublic = """
        -----BEGIN PUBLIC KEY-----
        MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
        -----END PUBLIC KEY-----

        """
    static let edwardsPrivate = """
        -----BEGIN PRIVATE KEY-----
        MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
        -----END PRIVATE KEY-----

        """
    /// Written by OpenSSL 3.0.
    static let weierstrassPublic = """
        -----BEGIN PUBLIC KEY-----
        MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEPDcvUkQnf4dpnu0kRE4WK5xjXqG4
        0YkvgxqhWYlzBLl7Gldo47/o3SDb2Z+ZfFLzRlcQ1/5d53dnY6X10RQOLA==
        -----END PUBLIC KEY-----

        """
    static let weierstrassPrivate = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgEdeHqdQO8r0XlvOF
        w7LEtrKABJBKYrOdrP3jRWNzDFahRANCAAQ8Ny9SRCd/h2me7SREThYrnGNeobjR
        iS+DGqFZiXMEuXsaV2jjv+jdINvZn5l8UvNGVxDX/l3nd2djpfXRFA4s
        -----END PRIVATE KEY-----

        """

    @Test(
        "PEM of both kinds is read, belongs together, and is written back byte for byte",
        arguments: [(edwardsPublic, edwardsPrivate, SignatureAlgorithm.ed25519), (weierstrassPublic, weierstrassPrivate, .es256)]
    )
    func readsPEM(publicPEM: String, privatePEM: String, algorithm: SignatureAlgorithm) throws {
        let publicKey = try VerifyingKey(pem: publicPEM)
        let privateKey = try SigningKey(pem: sealed(privatePEM))
        #expect(publicKey.algorithm == algorithm)
        #expect(privateKey.verifyingKey == publicKey)
        #expect(publicKey.pem == publicPEM)
        #expect(privateKey.pem.withUnsafeBytes { Array($0) } == Array(privatePEM.utf8))
        #expect(publicKey.isValidSignature(try privateKey.sign([1]), for: [1]))
        #expect(try VerifyingKey(pem: publicPEM.split(separator: "\n").map { " \($0)\t" }.joined(separator: "\r\n")) == publicKey)
    }

    static let badPEM: [(String, CryptoFailure)] = [
        ("", .notPEM), ("MCow", .notPEM), (edwardsPrivate, .unsupportedKey), (edwardsPublic + edwardsPublic, .notPEM),
        (edwardsPublic.replacing("MCow", with: "MCo"), .notPEM), (edwardsPublic.replacing("ZuE=", with: "ZuF="), .notPEM),
        (edwardsPublic.replacing("ZuE=", with: "ZuE-"), .notPEM), (edwardsPublic.replacing("END PUBLIC", with: "END PRIVATE"), .notPEM),
        ("note\n" + edwardsPublic, .notPEM), (edwardsPublic.replacing("K2Vw", with: "K2Vu"), .unsupportedKey),
        (
            """
            -----BEGIN PUBLIC KEY-----
            MDkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDIgACPDcvUkQnf4dpnu0kRE4WK5xjXqG4
            0YkvgxqhWYlzBLk=
            -----END PUBLIC KEY-----
            """, .unsupportedKey
        ),
    ]

    @Test("text that is not one PEM public key of a known kind is refused", arguments: badPEM)
    func refusesPEM(pem: String, failure: CryptoFailure) {
        #expect(throws: failure) { try VerifyingKey(pem: pem) }
    }

    @Test("a PEM cut short anywhere is refused")
    func refusesTruncation() {
        for pem in [Self.edwardsPrivate, Self.weierstrassPrivate] {
            for length in 0..<pem.utf8.count - 1 {
                #expect(throws: CryptoFailure.self) { try SigningKey(pem: sealed(String(pem.prefix(length)))) }
            }
        }
        #expect(throws: CryptoFailure.unsupportedKey) { try SigningKey(pem: sealed(Self.edwardsPublic)) }
    }

    @Test("fresh keys survive a file")
    func roundTrips() throws {
        for algorithm in SignatureAlgorithm.allCases {
            let key = try SigningKey.generate(algorithm)
            #expect(try SigningKey(pem: key.pem).verifyingKey == key.verifyingKey)
            #expect(try VerifyingKey(pem: key.verifyingKey.pem) == key.verifyingKey)
            #expect(try VerifyingKey(jwk: key.verifyingKey.jwk) == key.verifyingKey)
            #expect(try VerifyingKey(algorithm: algorithm, raw: key.verifyingKey.raw) == key.verifyingKey)
        }
    }

    @Test("the thumbprint of RFC 8037 appendix A.3 holds, and that of the P-256 key of RFC 7517 appendix A.1")
    func hasThumbprint() throws {
        let edwards = try VerifyingKey(jwk: ["kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"])
        #expect(edwards.thumbprint == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")
        let weierstrass = try VerifyingKey(jwk: [
            "kid": "1", "use": "enc", "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM", "kty": "EC", "crv": "P-256",
            "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
        ])
        #expect(weierstrass.thumbprint == "cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s")
    }

    @Test("the hash input of RFC 7638 section 3.1 gives its thumbprint")
    func hashesMembers() throws {
        let modulus =
            "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W"
            + "-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08q"
            + "NLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
        let input = try StrictJSON.encode(JSONValue.object(["e": "AQAB", "kty": "RSA", "n": .string(modulus)]))
        #expect(Base64URL.encode(sha256(input)) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs")
    }

    static let badJWK: [(JSONObject, CryptoFailure)] = [
        ([:], .unsupportedKey), (["kty": "RSA", "n": "AQAB", "e": "AQAB"], .unsupportedKey),
        (["kty": "OKP", "crv": "X25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"], .unsupportedKey),
        (["kty": "OKP", "crv": "Ed25519"], .invalidKey), (["kty": "OKP", "crv": "Ed25519", "x": 1], .invalidKey),
        (["kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURp"], .invalidKey),
        (["kty": "OKP", "crv": "Ed25519", "x": "AQ"], .invalidKey),
        (
            [
                "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
                "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
            ], .unsupportedKey
        ),
        (["kty": "EC", "crv": "P-256", "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4"], .invalidKey),
        (["kty": "EC", "crv": "P-384", "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4"], .unsupportedKey),
    ]

    @Test("a JWK of another kind, incomplete, or with its private half is refused", arguments: badJWK)
    func refusesJWK(jwk: JSONObject, failure: CryptoFailure) {
        #expect(throws: failure) { try VerifyingKey(jwk: jwk) }
    }
}
