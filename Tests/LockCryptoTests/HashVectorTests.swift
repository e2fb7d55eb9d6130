import LockCrypto
import Testing
import WireBytes

/// A secret written as hexadecimal digits.
func secret(_ hex: String) throws -> SecretBytes {
    var bytes = try Hex.decode(hex)
    return SecretBytes(wiping: &bytes)
}

@Suite("Hashes")
struct HashVectorTests {
    static let sha256Vectors: [(String, String)] = [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"),
    ]

    @Test("SHA-256 gives the values of FIPS 180-4, whole and piece by piece", arguments: sha256Vectors)
    func hashes(text: String, digest: String) {
        let bytes = Array(text.utf8)
        #expect(Hex.encode(sha256(bytes)) == digest)
        var pieces = IncrementalSHA256()
        for byte in bytes { pieces.update([byte]) }
        #expect(Hex.encode(pieces.finish()) == digest)
    }

    static let hmacVectors: [(key: String, message: String, code: String)] = [
        (
            String(repeating: "0b", count: 20), Hex.encode("Hi There".utf8),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        ),
        ("4a656665", Hex.encode("what do ya want for nothing?".utf8), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
        (
            String(repeating: "aa", count: 20), String(repeating: "dd", count: 50),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
        ),
        (
            Hex.encode(1...25), String(repeating: "cd", count: 50),
            "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"
        ),
        (
            String(repeating: "aa", count: 131), Hex.encode("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        ),
        (
            String(repeating: "aa", count: 131),
            Hex.encode(
                ("This is a test using a larger than block-size key and a larger than block-size data. "
                    + "The key needs to be hashed before being used by the HMAC algorithm.").utf8
            ),
            "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"
        ),
    ]

    @Test("HMAC-SHA-256 gives the values of RFC 4231", arguments: hmacVectors)
    func authenticates(key: String, message: String, code: String) throws {
        #expect(Hex.encode(try HMACSHA256.authenticate(Hex.decode(message), key: secret(key))) == code)
    }

    static let hkdfVectors: [(secret: String, salt: String, info: String, output: String)] = [
        (
            String(repeating: "0b", count: 22), Hex.encode(0...12), Hex.encode(0xF0...0xF9),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
        ),
        (
            Hex.encode(0...0x4F), Hex.encode(0x60...0xAF), Hex.encode(0xB0...0xFF),
            "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09"
                + "da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87"
        ),
        (
            String(repeating: "0b", count: 22), "", "",
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"
        ),
    ]

    @Test("HKDF-SHA-256 gives the values of RFC 5869", arguments: hkdfVectors)
    func derives(input: String, salt: String, info: String, output: String) throws {
        let derived = try HKDFSHA256.derive(
            from: secret(input),
            salt: Hex.decode(salt),
            info: Hex.decode(info),
            count: output.utf8.count / 2
        )
        #expect(derived.withUnsafeBytes { Hex.encode($0) } == output)
    }

    @Test("HKDF refuses a length it cannot give")
    func refusesLengths() throws {
        let input = try secret("0b")
        for count in [-1, 0, HKDFSHA256.longestOutput + 1] {
            #expect(throws: CryptoFailure.wrongLength) { try HKDFSHA256.derive(from: input, salt: [], info: [], count: count) }
        }
        #expect(try HKDFSHA256.derive(from: input, salt: [], info: [], count: HKDFSHA256.longestOutput).count == 8_160)
    }
}
