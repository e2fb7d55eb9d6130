import LockCrypto
import Testing
import WireBytes

@Suite("Ed25519")
struct Ed25519Tests {
    /// RFC 8032 section 7.1, tests 1 to 3.
    static let vectors: [(seed: String, publicKey: String, message: String, signature: String)] = [
        (
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
        ),
        (
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        ),
        (
            "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
        ),
    ]

    @Test("keys and signatures are those of RFC 8032, and no changed bit verifies", arguments: vectors)
    func signs(seed: String, publicKey: String, message: String, signature: String) throws {
        let key = try SigningKey(ed25519Seed: secret(seed))
        let message = try Hex.decode(message)
        let signature = try Hex.decode(signature)
        #expect(Hex.encode(key.verifyingKey.raw) == publicKey)
        #expect(try key.sign(message) == signature)
        #expect(key.verifyingKey.isValidSignature(signature, for: message))
        for bit in 0..<512 {
            var changed = signature
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(!key.verifyingKey.isValidSignature(changed, for: message))
        }
        #expect(!key.verifyingKey.isValidSignature(signature, for: message + [0]))
        for length in 0..<64 { #expect(!key.verifyingKey.isValidSignature(Array(signature[..<length]), for: message)) }
        #expect(!key.verifyingKey.isValidSignature(signature + [0], for: message))
    }

    /// The order of the group, little-endian.
    private static let order = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010"

    @Test("a signature whose S has the group order added is refused, though the equation holds")
    func refusesLargeS() throws {
        let vector = Self.vectors[2]
        let key = try VerifyingKey(algorithm: .ed25519, raw: Hex.decode(vector.publicKey))
        var signature = try Hex.decode(vector.signature)
        var carry = 0
        for (place, byte) in try Hex.decode(Self.order).enumerated() {
            let sum = Int(signature[32 + place]) + Int(byte) + carry
            signature[32 + place] = UInt8(sum & 255)
            carry = sum >> 8
        }
        #expect(carry == 0)
        #expect(try !key.isValidSignature(signature, for: Hex.decode(vector.message)))
    }

    static let unsoundKeys = [
        "0100000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0200000000000000000000000000000000000000000000000000000000000000",
    ]

    @Test("a key of small order, not canonical or not on the curve is refused", arguments: unsoundKeys)
    func refusesKeys(raw: String) {
        #expect(throws: CryptoFailure.invalidKey) { try VerifyingKey(algorithm: .ed25519, raw: Hex.decode(raw)) }
    }

    @Test("keys of another length are refused")
    func refusesLengths() throws {
        let raw = try Hex.decode(Self.vectors[0].publicKey)
        #expect(throws: CryptoFailure.invalidKey) { try VerifyingKey(algorithm: .ed25519, raw: Array(raw.dropLast())) }
        #expect(throws: CryptoFailure.invalidKey) { try VerifyingKey(algorithm: .ed25519, raw: raw + [0]) }
        #expect(throws: CryptoFailure.invalidKey) { try SigningKey(ed25519Seed: .random(31)) }
    }

    @Test("signing a long message and an empty one round-trips with a fresh key")
    func roundTrips() throws {
        let key = try SigningKey.generate()
        #expect(key.algorithm == .ed25519)
        for message in [[], [UInt8](repeating: 7, count: 8_192)] {
            #expect(key.verifyingKey.isValidSignature(try key.sign(message), for: message))
        }
        #expect(try SigningKey.generate().verifyingKey != key.verifyingKey)
    }
}
