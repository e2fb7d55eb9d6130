import LockModel

/// A record of the lock's activity: what happened, and by whom. Reading one takes it out of the lock.
package enum AugustActivity: Sendable, Equatable {
    /// The bolt moved.
    case bolt(AugustState, source: ChangeSource, at: UInt32)
    /// By a keypad's code.
    case code(AugustState, slot: Int, at: UInt32)
    case door(AugustDoor, at: UInt32)
    /// There are no more.
    case end
    /// A kind that nobody knows.
    case other(UInt8)

    /// The slot that stands for the keypad's master code, which is set at the keypad and can't be read.
    package static let masterSlot = 0xFFEE

    /// Reads the answer to ``AugustOpcode/popActivity``.
    init(_ frame: AugustFrame) {
        let bytes = frame.bytes
        switch frame.sub {
        case 0x80: self = .end
        case 0x00: self = .bolt(AugustState(code: bytes[6]), source: Self.source(bytes[5]), at: Self.time(bytes[8..<12]))
        case 0x07: self = .code(.unlocked, slot: frame.number(at: 14), at: Self.time(bytes[5..<9]))
        case 0x0E: self = .code(AugustState(code: bytes[12] & 0x0F), slot: Int(bytes[10]), at: Self.time(bytes[5..<9]))
        case 0x20: self = .door(AugustDoor(code: bytes[9]), at: Self.time(bytes[5..<9]))
        default: self = .other(frame.sub)
        }
    }

    private static func source(_ code: UInt8) -> ChangeSource {
        switch code {
        case 0x00: .remote
        case 0x01: .manual
        case 0x05: .auto
        case 0x0B: .keypad
        default: .unspecified
        }
    }

    private static func time(_ bytes: ArraySlice<UInt8>) -> UInt32 { bytes.reversed().reduce(0) { $0 << 8 | UInt32($1) } }
}
