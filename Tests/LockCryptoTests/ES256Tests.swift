import LockCrypto
import Testing
import WireBytes

@Suite("ES256")
struct ES256Tests {
    /// RFC 6979 appendix A.2.5: the P-256 key, and its signatures with SHA-256.
    static let x = "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
    static let y = "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"
    static let vectors: [(message: String, r: String, s: String)] = [
        (
            "sample", "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716",
            "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"
        ),
        (
            "test", "f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367",
            "019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083"
        ),
    ]
    /// The order of the group, big-endian.
    private static let order = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"

    private func key() throws -> VerifyingKey { try VerifyingKey(algorithm: .es256, raw: Hex.decode("04" + Self.x + Self.y)) }

    /// n − s, the other s that verifies.
    private func twin(_ s: [UInt8]) throws -> [UInt8] {
        var result = try Hex.decode(Self.order)
        var borrow = 0
        for place in result.indices.reversed() {
            let difference = Int(result[place]) - Int(s[place]) - borrow
            result[place] = UInt8(difference & 255)
            borrow = difference < 0 ? 1 : 0
        }
        return result
    }

    @Test("the signatures of RFC 6979 verify, their twins too, and no changed bit", arguments: vectors)
    func verifies(message: String, r: String, s: String) throws {
        let message = Array(message.utf8)
        let signature = try Hex.decode(r + s)
        #expect(try key().isValidSignature(signature, for: message))
        #expect(try key().isValidSignature(Hex.decode(r) + twin(Hex.decode(s)), for: message))
        #expect(try !key().isValidSignature(signature, for: message + [0]))
        for bit in 0..<512 {
            var changed = signature
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(try !key().isValidSignature(changed, for: message))
        }
    }

    @Test("r and s outside 1 … n−1, other lengths and DER are refused")
    func refusesForms() throws {
        let message = Array("sample".utf8)
        let (r, s) = (try Hex.decode(Self.vectors[0].r), try Hex.decode(Self.vectors[0].s))
        let zero = [UInt8](repeating: 0, count: 32)
        let order = try Hex.decode(Self.order)
        for signature in [r + zero, zero + s, zero + zero, r + order, order + s, order + order] {
            #expect(try !key().isValidSignature(signature, for: message))
        }
        for length in 0..<64 { #expect(try !key().isValidSignature(Array((r + s)[..<length]), for: message)) }
        #expect(try !key().isValidSignature(r + s + [0], for: message))
        #expect(try !key().isValidSignature([0x30, 0x46, 0x02, 0x21, 0] + r + [0x02, 0x21, 0] + s, for: message))
    }

    @Test("a fresh key signs 64 bytes that its public half verifies")
    func roundTrips() throws {
        let key = try SigningKey.generate(.es256)
        let signature = try key.sign([1, 2, 3])
        #expect(key.algorithm == .es256 && signature.count == 64)
        #expect(key.verifyingKey.isValidSignature(signature, for: [1, 2, 3]))
        #expect(!key.verifyingKey.isValidSignature(signature, for: [1, 2]))
    }

    @Test("a point off the curve, compressed or cut is refused")
    func refusesPoints() throws {
        let bad = ["04" + Self.x + Self.x, "04" + Self.x, "03" + Self.x, "06" + Self.x + Self.y, "00", ""]
        for raw in bad { #expect(throws: CryptoFailure.invalidKey) { try VerifyingKey(algorithm: .es256, raw: Hex.decode(raw)) } }
    }

    @Test("a key is for one algorithm: a signature of the other kind never verifies")
    func keepsAlgorithmsApart() throws {
        let (edwards, weierstrass) = (try SigningKey.generate(.ed25519), try SigningKey.generate(.es256))
        #expect(try !edwards.verifyingKey.isValidSignature(weierstrass.sign([1]), for: [1]))
        #expect(try !weierstrass.verifyingKey.isValidSignature(edwards.sign([1]), for: [1]))
    }
}
