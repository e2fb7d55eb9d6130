import LockModel
import WireBytes

/// An entry of a lock's log: 0032 (V2.1, "Log Entry"). What follows its members is padding, and differs between generations.
package struct NukiLogEntry: Sendable, Equatable {
    /// What happened.
    package enum Event: Sendable, Equatable {
        /// The motor or a hand: what was done, who or what had it done, and how it ended.
        case action(UInt8, trigger: NukiState.Trigger?, completion: UInt8)
        /// The same by the keypad, by one of its codes, or by its arrow where the code is 0.
        case keypad(UInt8, isFingerprint: Bool, completion: UInt8, code: UInt16)
        case door(DoorState)
        /// Something that tells of no bolt and no door.
        case other(UInt8)
    }

    private static let fingerprint: UInt8 = 2

    package var index: UInt32
    /// By the lock's clock, where that is one.
    package var at: Timestamp?
    /// Whose authorization it was; 0 for nobody's.
    package var authorization: UInt32
    package var event: Event

    /// Reads the payload of 0032.
    package init(_ payload: [UInt8]) throws(ByteFault) {
        var reader = ByteReader(payload)
        index = try reader.uint32()
        at = try NukiTime.read(&reader)
        authorization = try reader.uint32()
        _ = try reader.take(32)  // the user's name, which is nobody's business here
        let type = try reader.byte()
        switch type {
        case 2, 3, 4:
            let action = try reader.byte()
            let trigger = NukiState.Trigger(rawValue: try reader.byte())
            _ = try reader.byte()  // flags
            event = type == 2 ? .action(action, trigger: trigger, completion: try reader.byte()) : .other(type)
        case 5:
            let (action, source, completion) = (try reader.byte(), try reader.byte(), try reader.byte())
            event = .keypad(action, isFingerprint: source == Self.fingerprint, completion: completion, code: try reader.uint16())
        case 6:
            switch try reader.byte() {
            case 0: event = .door(.open)
            case 1: event = .door(.closed)
            default: event = .door(.unknown)
            }
        default: event = .other(type)
        }
    }

    /// What 0031 carries before challenge and PIN: newest first, from an entry on or from the newest where that is 0.
    package static func question(from start: UInt32, count: UInt16) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(littleEndian: UInt64(start), bytes: 4)
        bytes.append(littleEndian: count)
        return bytes + [1, 0]
    }

    /// The motor or a hand, and not the keypad.
    package var isAction: Bool { if case .action = event { true } else { false } }

    /// Where the bolt is after it; `nil` where it did not move.
    package var bolt: BoltState? {
        let (action, completion): (UInt8, UInt8)
        switch event {
        case .action(let told, _, let end): (action, completion) = (told, end)
        case .keypad(let told, _, let end, _): (action, completion) = (told, end)
        case .door, .other: return nil
        }
        switch completion {
        case 0: break
        case 1: return .notFullyLocked
        default: return nil
        }
        switch action {
        case 1, 3, 4, 5: return .unlocked
        case 2, 6: return .locked
        default: return nil
        }
    }

    /// Where the door is after it, where it tells.
    package var door: DoorState? { if case .door(let door) = event { door } else { nil } }

    /// Who had it done, in the gateway's words.
    package var source: ChangeSource {
        switch event {
        case .action(_, let trigger, _): trigger?.source ?? .unspecified
        case .keypad(_, let isFingerprint, _, _): isFingerprint ? .biometric : .keypad
        case .door, .other: .unspecified
        }
    }
}

extension NukiState.Trigger {
    /// In the gateway's words.
    package var source: ChangeSource {
        switch self {
        case .manual: .manual
        case .button: .button
        case .automatic, .autoLock: .auto
        case .system, .homeKit, .mqtt: .remote
        }
    }
}
