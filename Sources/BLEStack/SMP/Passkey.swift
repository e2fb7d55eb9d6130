/// Six digits that a human reads off a lock; 000000 is one of them. Never prints.
package struct Passkey: Sendable, Equatable {
    /// How many bits are committed to, one in each round.
    static let bits = 20

    private let number: UInt32

    /// Takes 0 … 999999, else `nil`.
    package init?(_ number: Int) {
        guard (0...999_999).contains(number) else { return nil }
        self.number = UInt32(number)
    }

    /// What f4 takes in a round: 0x80 and the round's bit.
    func commitment(round: Int) -> UInt8 { 0x80 | UInt8(number >> UInt32(round) & 1) }

    /// What f6 takes: 128 bits.
    var checkedBytes: [UInt8] {
        [UInt8](repeating: 0, count: 12) + [
            UInt8(number >> 24), UInt8(number >> 16 & 0xFF), UInt8(number >> 8 & 0xFF), UInt8(number & 0xFF),
        ]
    }
}

extension Passkey: CustomStringConvertible, CustomReflectable {
    package var description: String { "passkey" }
    package var customMirror: Mirror { Mirror(self, children: EmptyCollection()) }
}
