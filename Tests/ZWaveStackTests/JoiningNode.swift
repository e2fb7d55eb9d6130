import LockCrypto

@testable import ZWaveStack

/// A lock on its way into a network, for the including side under test: it asks for keys, repeats what was said, takes each key and shows it.
struct JoiningNode {
    var session: S2Session
    let key: X25519Key
    /// What it asks for.
    var asks: UInt8
    var schemes = KEXReport.scheme1
    var profiles = KEXReport.curve25519
    /// What it claims to have been granted, where that is not what it was.
    var claims: UInt8?
    /// Asked for instead of the keys it was granted.
    var demands: [UInt8]?
    /// Says that it is through after so many keys.
    var stopsAfter = Int.max
    /// Falls silent instead of saying this.
    var silentAt: S2Command?
    var isThrough = false
    var failure: UInt8?
    var got: [UInt8: [UInt8]] = [:]
    private var granted: UInt8 = 0
    private var wanted: [UInt8] = []
    private var theirs: [UInt8] = []

    init(asks: UInt8) throws {
        self.asks = asks
        session = S2Session(own: NodeID(rawValue: 2), peer: NodeID(rawValue: 1), home: [1, 2, 3, 4])
        key = X25519Key()
    }

    var pin: UInt16 { UInt16(key.publicKey[0]) << 8 | UInt16(key.publicKey[1]) }
    private var needsPIN: Bool { granted & 0x06 != 0 }

    /// What it says to a frame.
    mutating func take(_ frame: [UInt8]) -> [[UInt8]] {
        switch S2Command(rawValue: frame[1]) {
        case .kexGet: return silentAt == .kexReport ? [] : [[0x9F, 0x05, 0, schemes, profiles, asks]]
        case .kexSet:
            granted = frame[5]
            wanted = demands ?? [0x01, 0x02, 0x04, 0x80].filter { granted & $0 != 0 }
            return silentAt == .publicKeyReport
                ? [] : [[0x9F, 0x08, 0] + (needsPIN ? [0, 0] + key.publicKey.dropFirst(2) : key.publicKey)]
        case .publicKeyReport:
            theirs = Array(frame[3...])
            guard silentAt != .kexSet, let secret = try? key.sharedSecret(with: theirs),
                let keys = try? S2Keys(agreed: secret, including: theirs, joining: key.publicKey)
            else { return [] }
            session.add(keys, as: .temporary)
            return say([0x9F, 0x06, 1, KEXReport.scheme1, KEXReport.curve25519, claims ?? granted], under: .temporary)
        case .kexFail:
            failure = frame[2]
            return []
        default: return run(session.received(frame, at: 0))
        }
    }

    private mutating func say(_ command: [UInt8], under key: S2KeyClass) -> [[UInt8]] {
        session.ended()
        return run(session.send(command, under: key, at: 0) ?? [])
    }

    private mutating func run(_ effects: [S2Session.Effect]) -> [[UInt8]] {
        effects.flatMap { effect -> [[UInt8]] in
            switch effect {
            case .transmit(let frame): return [frame]
            case .command(let command, .temporary): return obey(command)
            case .command, .sealed, .repeated, .failed, .refused: return []
            }
        }
    }

    private mutating func obey(_ command: [UInt8]) -> [[UInt8]] {
        switch S2Command(rawValue: command[1]) {
        case .kexReport:
            // What it said in the open has to have been heard as it was said.
            guard command[5] == asks else { return say([0x9F, 0x07, KEXFailure.authentication.rawValue], under: .temporary) }
            return askNext()
        case .networkKeyReport:
            got[command[2]] = Array(command[3...])
            guard silentAt != .networkKeyVerify, let kind = S2KeyClass(rawValue: command[2]),
                let keys = try? S2Keys(networkKey: .taking(Array(command[3...])))
            else { return [] }
            session.add(keys, as: kind)
            return say([0x9F, 0x0B], under: kind)
        case .transferEnd: return askNext()
        default: return []
        }
    }

    private mutating func askNext() -> [[UInt8]] {
        guard let next = wanted.first, got.count < stopsAfter else {
            isThrough = true
            return say([0x9F, 0x0C, 1], under: .temporary)
        }
        wanted.removeFirst()
        return silentAt == .networkKeyGet ? [] : say([0x9F, 0x09, next], under: .temporary)
    }
}
