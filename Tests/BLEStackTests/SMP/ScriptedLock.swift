import BLEStack
import LockCrypto

/// The peripheral's half of a pairing, from our own functions; honest unless told otherwise.
struct ScriptedLock {
    static let address = BluetoothAddress(bits: 0xC0FF_EE00_0001, kind: .random)
    static let own = BluetoothAddress(bits: 0xF0F1_F2F3_F4F5, kind: .random)

    var features = PairingFeatures(ioCapability: .displayYesNo, authentication: [.bonding, .manInTheMiddle, .secureConnections])
    var passkey: Passkey?
    var identity = ScriptedLock.address
    var identityResolvingKey = SecretBytes.random(16)
    /// Changes what is sent: gets each message and gives the payloads that go instead.
    var mischief: (SMPPDU, ScriptedLock) -> [[UInt8]] = { message, _ in [message.wireBytes] }

    let key = AgreementKey()
    private(set) var request: PairingFeatures?
    private(set) var centralX: [UInt8] = []
    private(set) var centralY: [UInt8] = []
    private var shared: SecretBytes?
    private var nonce = randomBytes(16)
    private var round = 0
    private var keys: (macKey: SecretBytes, longTermKey: SecretBytes)?
    private var centralNonce: [UInt8] = []
    /// What its display shows when numbers are compared.
    private(set) var number: UInt32?

    var longTermKey: SecretBytes? { keys?.longTermKey }

    /// Answers one payload of the central's.
    mutating func answer(_ payload: [UInt8]) throws -> [[UInt8]] {
        try reply(to: payload).flatMap { mischief($0, self) }
    }

    /// What it gives once the link is encrypted.
    func distributed() -> [[UInt8]] {
        guard features.peripheralKeys.contains(.identity) else { return [] }
        return [SMPPDU.identityInformation(identityResolvingKey), .identityAddress(identity)].flatMap { mischief($0, self) }
    }

    private mutating func reply(to payload: [UInt8]) throws -> [SMPPDU] {
        switch try SMPPDU.decode(payload) {
        case .pairingRequest(let request):
            self.request = request
            return [.pairingResponse(features)]
        case .publicKey(let x, let y):
            (centralX, centralY) = (x, y)
            shared = try key.sharedSecret(peerX: x, peerY: y)
            return [.publicKey(x: key.publicX, y: key.publicY)] + (passkey == nil ? [try commitment()] : [])
        case .confirm: return [try commitment()]
        case .random(let theirs):
            defer { nonce = randomBytes(16) }
            let sent = SMPPDU.random(nonce)
            if passkey != nil, round < 19 {
                round += 1
                return [sent]
            }
            try makeKeys(theirs)
            return [sent]
        case .dhKeyCheck: return [try check()]
        default: return []
        }
    }

    private func commitment() throws -> SMPPDU {
        let z = passkey.map { 0x80 | $0.bit(round) } ?? 0
        return .confirm(try SMPFunctions.f4(u: key.publicX, v: centralX, x: nonce, z: z))
    }

    private var lastNonce: [UInt8] = []

    private mutating func makeKeys(_ theirs: [UInt8]) throws {
        guard let shared else { return }
        (centralNonce, lastNonce) = (theirs, nonce)
        keys = try SMPFunctions.f5(w: shared, n1: theirs, n2: nonce, a1: Self.own.smpBytes, a2: Self.address.smpBytes)
        number = try SMPFunctions.g2(u: centralX, v: key.publicX, x: theirs, y: nonce)
    }

    private func check() throws -> SMPPDU {
        guard let keys else { return .failed(8) }
        let r = passkey?.r ?? [UInt8](repeating: 0, count: 16)
        return .dhKeyCheck(
            try SMPFunctions.f6(
                w: keys.macKey, n1: lastNonce, n2: centralNonce, r: r, ioCapability: features.checkedBytes, a1: Self.address.smpBytes,
                a2: Self.own.smpBytes))
    }

    /// A passkey as the lock knows it.
    struct Passkey {
        var number: UInt32

        func bit(_ round: Int) -> UInt8 { UInt8(number >> UInt32(round) & 1) }
        var r: [UInt8] { [UInt8](repeating: 0, count: 12) + withUnsafeBytes(of: number.bigEndian) { Array($0) } }
    }
}
