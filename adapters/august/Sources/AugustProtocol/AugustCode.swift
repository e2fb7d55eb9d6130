/// A keypad's code: up to 14 digits, two in a byte, filled up with F.
package enum AugustCode {
    package static let bytes = 7
    private static let empty = [UInt8](repeating: 0xFF, count: bytes)
    private static let always: UInt8 = 0x80

    /// The digits of a slot; `nil` for an empty one.
    /// - Throws: ``AugustResult`` 3A for what is neither.
    package static func digits(_ field: [UInt8]) throws(AugustResult) -> String? {
        let nibbles = field.flatMap { [$0 >> 4, $0 & 0x0F] }
        let digits = nibbles.prefix { $0 < 10 }
        guard field.count == bytes, nibbles.dropFirst(digits.count).allSatisfy({ $0 == 0x0F }) else { throw AugustResult(code: 0x3A) }
        return digits.isEmpty ? nil : digits.map { String($0) }.joined()
    }

    /// The bytes of a code; `nil` for what is none.
    package static func packed(_ digits: String) -> [UInt8]? {
        let values = digits.utf8.map { $0 &- 0x30 }
        guard (1...2 * bytes).contains(values.count), values.allSatisfy({ $0 < 10 }) else { return nil }
        let nibbles = values + [UInt8](repeating: 0x0F, count: 2 * bytes - values.count)
        return stride(from: 0, to: nibbles.count, by: 2).map { nibbles[$0] << 4 | nibbles[$0 + 1] }
    }

    /// Asks what is in a slot.
    package static func read(_ slot: UInt16) -> AugustFrame { AugustFrame(.code, [4: low(slot) + high(slot)]) }

    /// Empties a slot.
    package static func clear(_ slot: UInt16) -> AugustFrame { atSlot(.clearCode, empty, slot) }

    /// Puts a code that opens at any time into an empty slot: each of these has to succeed before the next.
    package static func set(_ packed: [UInt8], _ slot: UInt16) -> [AugustFrame] {
        [AugustFrame(.beginCode, [4: packed]), AugustFrame(.codeAccess, [12: [always]]), atSlot(.commitCode, packed, slot)]
    }

    private static func atSlot(_ opcode: AugustOpcode, _ pin: [UInt8], _ slot: UInt16) -> AugustFrame {
        AugustFrame(opcode, [4: pin, 11: low(slot), 13: high(slot)])
    }

    private static func low(_ slot: UInt16) -> [UInt8] { [UInt8(truncatingIfNeeded: slot)] }
    private static func high(_ slot: UInt16) -> [UInt8] { [UInt8(truncatingIfNeeded: slot >> 8)] }
}
