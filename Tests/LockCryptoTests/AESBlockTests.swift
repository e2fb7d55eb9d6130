import LockCrypto
import Testing
import WireBytes

@Suite("AES blocks and CMAC")
struct AESBlockTests {
    @Test("a block is enciphered as FIPS 197 says, and deciphered again")
    func enciphers() throws {
        let key = try secret("000102030405060708090a0b0c0d0e0f")
        let block = try Hex.decode("00112233445566778899aabbccddeeff")
        let enciphered = try AESBlock.encrypt(block, key: key)
        #expect(Hex.encode(enciphered) == "69c4e0d86a7b0430d8cdb78070b4c55a")
        #expect(try AESBlock.decrypt(enciphered, key: key) == block)
    }

    @Test("keys and blocks of other lengths are refused", arguments: [0, 15, 17, 24, 32])
    func refusesLengths(length: Int) {
        let odd = SecretBytes.random(length)
        #expect(throws: CryptoFailure.wrongLength) { try AESBlock.encrypt([UInt8](repeating: 0, count: 16), key: odd) }
        #expect(throws: CryptoFailure.wrongLength) { try AESBlock.encrypt([UInt8](repeating: 0, count: length), key: .random(16)) }
        #expect(throws: CryptoFailure.wrongLength) { try AESBlock.decrypt([UInt8](repeating: 0, count: 16), key: odd) }
        #expect(throws: CryptoFailure.wrongLength) { try AESBlock.decrypt([UInt8](repeating: 0, count: length), key: .random(16)) }
        #expect(throws: CryptoFailure.wrongLength) { try AESCMAC.authenticate([1], key: odd) }
        #expect(throws: CryptoFailure.wrongLength) { try AESCMAC.derive(from: odd, key: odd) }
    }

    static let message =
        "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
        + "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"
    static let vectors: [(length: Int, code: String)] = [
        (0, "bb1d6929e95937287fa37d129b756746"), (16, "070a16b46b4d4144f79bdd9dd04a287c"),
        (40, "dfa66747de9ae63030ca32611497c827"), (64, "51f0bebf7e3b9d92fc49741779363cfe"),
    ]

    @Test("CMAC gives the values of RFC 4493, for open and for secret messages", arguments: vectors)
    func authenticates(length: Int, code: String) throws {
        let key = try secret("2b7e151628aed2a6abf7158809cf4f3c")
        var message = Array(try Hex.decode(Self.message)[..<length])
        #expect(Hex.encode(try AESCMAC.authenticate(message, key: key)) == code)
        #expect(try AESCMAC.derive(from: SecretBytes(wiping: &message), key: key).withUnsafeBytes { Hex.encode($0) } == code)
    }

    @Test("sameness is told whatever differs")
    func compares() {
        let bytes = randomBytes(16)
        #expect(isSame(bytes, bytes) && isSame([], []))
        for place in bytes.indices {
            var other = bytes
            other[place] ^= 0x80
            #expect(!isSame(bytes, other))
        }
        #expect(!isSame(bytes, Array(bytes.dropLast())) && !isSame(bytes, []))
    }
}
