import BLEStack
import LockCrypto
import Testing
import WireBytes

/// A secret written as hexadecimal digits, spaces allowed.
func secret(_ hex: String) throws -> SecretBytes {
    var bytes = try bytes(hex)
    return SecretBytes(wiping: &bytes)
}

func bytes(_ hex: String) throws -> [UInt8] { try Hex.decode(hex.filter { $0 != " " }) }

func hex(_ secret: SecretBytes) -> String { secret.withUnsafeBytes { Hex.encode($0) } }

/// Core 5.4, Vol 3 Part H appendix D.
@Suite("Functions of LE Secure Connections")
struct SMPFunctionTests {
    static let u = "20b003d2f297be2c5e2c83a7e9f9a5b9eff49111acf4fddbcc0301480e359de6"
    static let v = "55188b3d32f6bb9a900afcfbeed4e72a59cb9ac2f19d7cfb6b4fdd49f47fc5fd"
    static let n1 = "d5cb8454d177733effffb2ec712baeab"
    static let n2 = "a6e8e7cc25a75f6e216583f7ff3dc4cf"
    static let a1 = "00561237 37bfce"
    static let a2 = "00a71370 2dcfc1"

    @Test("f4 commits to a nonce as the specification's example does")
    func commits() throws {
        let value = try SMPFunctions.f4(u: bytes(Self.u), v: bytes(Self.v), x: bytes(Self.n1), z: 0)
        #expect(Hex.encode(value) == "f2c916f107a9bd1cf1eda1be a974872d".filter { $0 != " " })
    }

    @Test("f5 makes both keys of the specification's example")
    func makesKeys() throws {
        let w = try secret("ec0234a3 57c8ad05 341010a6 0a397d9b 99796b13 b4f866f1 868d34f3 73bfa698")
        let keys = try SMPFunctions.f5(w: w, n1: bytes(Self.n1), n2: bytes(Self.n2), a1: bytes(Self.a1), a2: bytes(Self.a2))
        #expect(hex(keys.macKey) == "2965f176a1084a02fd3f6a20ce636e20")
        #expect(hex(keys.longTermKey) == "6986791169d7cd23980522b594750a38")
    }

    @Test("f6 makes the check of the specification's example")
    func checks() throws {
        let check = try SMPFunctions.f6(
            w: secret("2965f176a1084a02fd3f6a20ce636e20"), n1: bytes(Self.n1), n2: bytes(Self.n2),
            r: bytes("12a3343bb453bb5408da42d20c2d0fc8"), ioCapability: [1, 1, 2], a1: bytes(Self.a1), a2: bytes(Self.a2))
        #expect(Hex.encode(check) == "e3c473989cd0e8c5d26c0b09da958f61")
    }

    @Test("g2 shows the six digits of the specification's example")
    func shows() throws {
        #expect(try SMPFunctions.g2(u: bytes(Self.u), v: bytes(Self.v), x: bytes(Self.n1), y: bytes(Self.n2)) == 938_554)
    }

    @Test("ah resolves the specification's address with its key, and with no other")
    func resolves() throws {
        let key = try secret("ec0234a357c8ad05341010a60a397d9b")
        let address = try #require(BluetoothAddress("70:81:94:0D:FB:AA", kind: .random))
        #expect(address.isResolvable && address.isPrivateAddress(of: key))
        #expect(!address.isPrivateAddress(of: .random(16)))
        #expect(!BluetoothAddress(bits: address.bits, kind: .public).isPrivateAddress(of: key))
        #expect(!BluetoothAddress(bits: address.bits ^ 1, kind: .random).isPrivateAddress(of: key))
    }

    @Test("inputs of another length are refused")
    func refusesLengths() throws {
        let (nonce, point) = ([UInt8](repeating: 0, count: 16), [UInt8](repeating: 0, count: 32))
        let address = [UInt8](repeating: 0, count: 7)
        #expect(throws: CryptoFailure.wrongLength) { try SMPFunctions.f4(u: point, v: nonce, x: nonce, z: 0) }
        #expect(throws: CryptoFailure.wrongLength) { try SMPFunctions.f4(u: point, v: point, x: point, z: 0) }
        #expect(throws: CryptoFailure.wrongLength) { try SMPFunctions.f5(w: .random(16), n1: nonce, n2: nonce, a1: address, a2: address) }
        #expect(throws: CryptoFailure.wrongLength) {
            try SMPFunctions.f6(w: .random(16), n1: nonce, n2: nonce, r: nonce, ioCapability: [1, 2], a1: address, a2: address)
        }
        #expect(throws: CryptoFailure.wrongLength) { try SMPFunctions.g2(u: point, v: point, x: nonce, y: point) }
    }

    @Test("what f6 takes of the features is AuthReq, OOB flag and IO capability, in this order")
    func ordersFeatures() {
        let features = PairingFeatures(ioCapability: .keyboardOnly, hasOutOfBandData: true, authentication: [.bonding])
        #expect(features.checkedBytes == [1, 1, 2])
    }
}
