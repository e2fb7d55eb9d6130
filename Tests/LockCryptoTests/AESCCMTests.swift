import Testing
import WireBytes

@testable import LockCrypto

@Suite("AES-CCM, the generator both sides draw from, and X25519, by published vectors")
struct AESCCMTests {
    private static func hex(_ text: String) -> [UInt8] { (try? Hex.decode(text.replacing(" ", with: ""))) ?? [] }
    private static func secret(_ text: String) -> SecretBytes {
        var bytes = hex(text)
        return SecretBytes(wiping: &bytes)
    }

    /// RFC 3610, packet vectors 1 to 3 (8 bytes of header) and 4 (12): key, nonce, header, text, and the text sealed.
    static let packets: [[String]] = [
        [
            "00000003020100a0a1a2a3a4a5", "0001020304050607", "08090a0b0c0d0e0f101112131415161718191a1b1c1d1e",
            "588c979a61c663d2f066d0c2c0f989806d5f6b61dac38417e8d12cfdf926e0",
        ],
        [
            "00000004030201a0a1a2a3a4a5", "0001020304050607", "08090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
            "72c91a36e135f8cf291ca894085c87e3cc15c439c9e43a3ba091d56e10400916",
        ],
        [
            "00000005040302a0a1a2a3a4a5", "0001020304050607", "08090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20",
            "51b1e5f44a197d1da46b0f8e2d282ae871e838bb64da8596574adaa76fbd9fb0c5",
        ],
        [
            "00000006050403a0a1a2a3a4a5", "000102030405060708090a0b", "0c0d0e0f101112131415161718191a1b1c1d1e",
            "a28c6865939a9a79faaa5c4c2a9d4a91cdac8c96c861b9c9e61ef1",
        ],
    ]

    @Test("RFC 3610's packets are sealed and opened", arguments: packets)
    func packet(vector: [String]) throws {
        let key = Self.secret("c0c1c2c3c4c5c6c7c8c9cacbcccdcecf")
        let (nonce, header, text, sealed) = (Self.hex(vector[0]), Self.hex(vector[1]), Self.hex(vector[2]), Self.hex(vector[3]))
        #expect(try AESCCM.seal(text, nonce: nonce, associated: header, key: key) == sealed)
        #expect(try AESCCM.open(sealed, nonce: nonce, associated: header, key: key) == text)
        for place in sealed.indices {
            var changed = sealed
            changed[place] ^= 1
            #expect(throws: CryptoFailure.notAuthentic) { try AESCCM.open(changed, nonce: nonce, associated: header, key: key) }
        }
        #expect(throws: CryptoFailure.notAuthentic) { try AESCCM.open(sealed, nonce: nonce, associated: [], key: key) }
        #expect(throws: CryptoFailure.wrongLength) { try AESCCM.open(Array(sealed.prefix(7)), nonce: nonce, associated: header, key: key) }
        #expect(throws: CryptoFailure.wrongLength) { try AESCCM.seal(text, nonce: Array(nonce.dropLast()), associated: header, key: key) }
    }

    @Test("the generator draws what NIST's vectors say, reseeded as they are")
    func generator() throws {
        var generator = try CounterDRBG(seed: Self.hex("ed1e7f21ef66ea5d8e2a85b9337245445b71d6393a4eecb0e63c193d0f72f9a9"))
        try generator.update(Self.hex("303fb519f0a4e17d6df0b6426aa0ecb2a36079bd48be47ad2a8dbfe48da3efad"))
        let first = try generator.generate(64)
        var ahead = generator
        let second = try generator.generate(64)
        #expect(
            second
                == Self.hex(
                    "f80111d08e874672f32f42997133a5210f7a9375e22cea70587f9cfafebe0f6a6aa2eb68e7dd9164536d53fa020fcab20f54caddfab7d6d91e5ffec1dfd8deaa"
                ))
        let again = try ahead.generate(64)
        #expect(first != second && again == second)
        #expect(throws: CryptoFailure.wrongLength) { try CounterDRBG(seed: [1]) }
        #expect("\(generator)" == "generator")
    }

    @Test("X25519 as in RFC 7748, 6.1; a key of small order is refused")
    func agreement() throws {
        let ours = try X25519Key(privateKey: Self.secret("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"))
        #expect(ours.publicKey == Self.hex("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"))
        let shared = try ours.sharedSecret(with: Self.hex("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"))
        #expect(
            shared.withUnsafeBytes { Array($0) } == Self.hex("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"))
        #expect(throws: CryptoFailure.invalidKey) { try ours.sharedSecret(with: [UInt8](repeating: 0, count: 32)) }
        #expect(throws: CryptoFailure.invalidKey) { try ours.sharedSecret(with: [1, 2, 3]) }
    }
}
