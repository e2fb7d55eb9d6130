import LockCrypto
import Testing
import WireBytes

/// Core 5.4, Vol 3 Part H 2.3.5.6.1: both pairs of data set 1.
@Suite("Key agreement on P-256")
struct AgreementKeyTests {
    static let privateA = "3f49f6d4a3c55f3874c9b3e3d2103f504aff607beb40b7995899b8a6cd3c1abd"
    static let privateB = "55188b3d32f6bb9a900afcfbeed4e72a59cb9ac2f19d7cfb6b4fdd49f47fc5fd"
    static let xA = "20b003d2f297be2c5e2c83a7e9f9a5b9eff49111acf4fddbcc0301480e359de6"
    static let yA = "dc809c49652aeb6d63329abf5a52155c766345c28fed3024741c8ed01589d28b"
    static let xB = "1ea1f0f01faf1d9609592284f19e4c0047b58afd8615a69f559077b22faaa190"
    static let yB = "4c55f33e429dad377356703a9ab85160472d1130e28e36765f89aff915b1214a"
    static let shared = "ec0234a357c8ad05341010a60a397d9b99796b13b4f866f1868d34f373bfa698"
    /// p − yA: the mirror image, which is on the curve as well.
    static let mirroredYA = "237f63b59ad514939ccd6540a5adeaa3899cba3e7012cfdb8be3712fea762d74"

    @Test("both sides of the specification's example come to its secret")
    func agrees() throws {
        let a = try AgreementKey(privateKey: secret(Self.privateA))
        let b = try AgreementKey(privateKey: secret(Self.privateB))
        #expect(Hex.encode(a.publicX) == Self.xA && Hex.encode(a.publicY) == Self.yA)
        #expect(Hex.encode(b.publicX) == Self.xB && Hex.encode(b.publicY) == Self.yB)
        #expect(try a.sharedSecret(peerX: b.publicX, peerY: b.publicY).withUnsafeBytes { Hex.encode($0) } == Self.shared)
        #expect(try b.sharedSecret(peerX: a.publicX, peerY: a.publicY).withUnsafeBytes { Hex.encode($0) } == Self.shared)
    }

    static let zero = String(repeating: "0", count: 64)
    static let prime = "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff"
    static let wrongPoints: [(String, String)] = [
        (xA, zero), (zero, zero), (prime, yA), (String(repeating: "f", count: 64), yA), (xA, yB), (xA, String(yA.dropLast(2))), ("", ""),
    ]

    @Test("what is no point of the curve is refused", arguments: wrongPoints)
    func refusesPoints(x: String, y: String) throws {
        #expect(throws: CryptoFailure.invalidKey) {
            try AgreementKey().sharedSecret(peerX: Hex.decode(x), peerY: Hex.decode(y))
        }
    }

    @Test("the mirror image of a point is a point, and leads to the same secret: only x tells a reflected key")
    func takesMirrorImages() throws {
        let b = try AgreementKey(privateKey: secret(Self.privateB))
        let mirrored = try b.sharedSecret(peerX: Hex.decode(Self.xA), peerY: Hex.decode(Self.mirroredYA))
        #expect(mirrored.withUnsafeBytes { Hex.encode($0) } == Self.shared)
    }

    @Test("private keys out of range are refused, and none is ever printed")
    func guardsPrivateKeys() throws {
        for hex in [Self.zero, String(repeating: "f", count: 64), "01"] {
            #expect(throws: CryptoFailure.invalidKey) { try AgreementKey(privateKey: secret(hex)) }
        }
        let key = try AgreementKey(privateKey: secret(Self.privateA))
        var dumped = ""
        dump(key, to: &dumped)
        #expect("\(key)" == "agreement key" && !dumped.contains("key:"))
        #expect(AgreementKey().publicX != AgreementKey().publicX)
    }
}
