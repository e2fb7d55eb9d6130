import LockCrypto
import Testing
import WireBytes

@Suite("AES-256-GCM")
struct AESGCM256Tests {
    /// Test cases 13 to 16 of "The Galois/Counter Mode of Operation" (McGrew and Viega), which NIST adopted.
    static let vectors: [(key: String, nonce: String, plaintext: String, associatedData: String, ciphertext: String, tag: String)] = {
        let key = String(repeating: "feffe9928665731c6d6a8f9467308308", count: 2)
        let text =
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
            + "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255"
        let sealed =
            "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
            + "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad"
        let zeros = String(repeating: "0", count: 64)
        return [
            (zeros, String(zeros.prefix(24)), "", "", "", "530f8afbc74536b9a963b4f1c4cb738b"),
            (
                zeros, String(zeros.prefix(24)), String(zeros.prefix(32)), "", "cea7403d4d606b6e074ec5d3baf39d18",
                "d0d1c8a799996bf0265b98b5d48ab919"
            ),
            (key, "cafebabefacedbaddecaf888", text, "", sealed, "b094dac5d93471bdec1a502270e3cc6c"),
            (
                key, "cafebabefacedbaddecaf888", String(text.prefix(120)), "feedfacedeadbeeffeedfacedeadbeefabaddad2",
                String(sealed.prefix(120)), "76fc6ece0f4e1768cddf8853bb2d551b"
            ),
        ]
    }()

    @Test("published sealed texts open, and no changed bit of them does", arguments: vectors)
    func opens(key: String, nonce: String, plaintext: String, associatedData: String, ciphertext: String, tag: String) throws {
        let key = try secret(key)
        let sealed = try Hex.decode(nonce + ciphertext + tag)
        let extra = try Hex.decode(associatedData)
        #expect(Hex.encode(try AESGCM256.open(sealed, key: key, associatedData: extra)) == plaintext)
        for bit in 0..<sealed.count * 8 {
            var changed = sealed
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(throws: CryptoFailure.notAuthentic) { try AESGCM256.open(changed, key: key, associatedData: extra) }
        }
        for length in sealed.indices {
            #expect(throws: CryptoFailure.notAuthentic) { try AESGCM256.open(Array(sealed[..<length]), key: key, associatedData: extra) }
        }
        #expect(throws: CryptoFailure.notAuthentic) { try AESGCM256.open(sealed, key: key, associatedData: extra + [0]) }
    }

    @Test("what is sealed opens with the same key and associated data only, and never looks the same twice")
    func roundTrips() throws {
        let key = SecretBytes.random(32)
        let sealed = try AESGCM256.seal(Array("a courier came".utf8), key: key, associatedData: [7])
        #expect(sealed.count == 12 + 14 + 16)
        #expect(try AESGCM256.open(sealed, key: key, associatedData: [7]) == Array("a courier came".utf8))
        #expect(try AESGCM256.seal(Array("a courier came".utf8), key: key, associatedData: [7]) != sealed)
        #expect(throws: CryptoFailure.notAuthentic) { try AESGCM256.open(sealed, key: key, associatedData: [8]) }
        #expect(throws: CryptoFailure.notAuthentic) { try AESGCM256.open(sealed, key: .random(32), associatedData: [7]) }
    }

    @Test("a key that is not 32 bytes is refused", arguments: [0, 16, 31, 33])
    func refusesKeys(length: Int) {
        let key = SecretBytes.random(length)
        #expect(throws: CryptoFailure.wrongLength) { try AESGCM256.seal([], key: key, associatedData: []) }
        #expect(throws: CryptoFailure.wrongLength) {
            try AESGCM256.open([UInt8](repeating: 0, count: 28), key: key, associatedData: [])
        }
    }
}
