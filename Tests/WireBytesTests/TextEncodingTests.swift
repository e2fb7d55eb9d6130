import Testing
import WireBytes

@Suite("Bytes as text")
struct TextEncodingTests {
    static let vectors: [(String, String, String, String)] = [
        ("", "", "", ""), ("f", "Zg", "my", "66"), ("fo", "Zm8", "mzxq", "666f"), ("foo", "Zm9v", "mzxw6", "666f6f"),
        ("foob", "Zm9vYg", "mzxw6yq", "666f6f62"), ("fooba", "Zm9vYmE", "mzxw6ytb", "666f6f6261"),
        ("foobar", "Zm9vYmFy", "mzxw6ytboi", "666f6f626172"),
    ]

    @Test("the vectors of RFC 4648 section 10 hold, in our spelling", arguments: vectors)
    func followsRFC4648(text: String, base64: String, base32: String, hex: String) throws {
        let bytes = Array(text.utf8)
        #expect(Base64URL.encode(bytes) == base64)
        #expect(try Base64URL.decode(base64) == bytes)
        #expect(Base32.encode(bytes) == base32)
        #expect(Hex.encode(bytes) == hex)
        #expect(try Hex.decode(hex) == bytes)
    }

    @Test("the URL alphabet is used, and every byte survives")
    func roundTrips() throws {
        #expect(Base64URL.encode([0xFB, 0xFF, 0xBF]) == "-_-_")
        for length in 0..<70 {
            let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 * 89 + length) }
            #expect(try Base64URL.decode(Base64URL.encode(bytes)) == bytes)
            #expect(try Hex.decode(Hex.encode(bytes)) == bytes)
        }
    }

    static let bad: [(String, Base64URL.Failure)] = [
        ("A", .invalidLength), ("AAAAA", .invalidLength), ("Zg==", .invalidCharacter(offset: 2)), ("Zm8=", .invalidCharacter(offset: 3)),
        ("Zm+v", .invalidCharacter(offset: 2)), ("Zm/v", .invalidCharacter(offset: 2)), ("Zm 9", .invalidCharacter(offset: 2)),
        ("Zm9\n", .invalidCharacter(offset: 3)), ("Zh", .notCanonical), ("Zm9vYh", .notCanonical), ("Zm9", .notCanonical),
        ("_x", .notCanonical),
        ("Zé", .invalidCharacter(offset: 1)),
    ]

    @Test("base64url that is padded, of the other alphabet or not canonical is refused", arguments: bad)
    func refusesBase64(text: String, failure: Base64URL.Failure) {
        #expect(throws: failure) { try Base64URL.decode(text) }
    }

    @Test("capital or odd hexadecimal is refused")
    func refusesHex() {
        #expect(throws: Hex.Failure.oddLength) { try Hex.decode("abc") }
        #expect(throws: Hex.Failure.invalidCharacter(offset: 1)) { try Hex.decode("aB") }
        #expect(throws: Hex.Failure.invalidCharacter(offset: 2)) { try Hex.decode("00g0") }
    }
}
