import WireBytes

/// A PIN that somebody gave. There is none of zero: sent to a lock that has one, it locks out every client for a while.
package struct NukiPIN: Sendable, Equatable {
    private let number: UInt32
    private let generation: NukiPairing.Generation

    /// - Returns: `nil` for what is no PIN of that generation: up to four digits, six in the 5th, and not zero.
    package init?(_ text: String, _ generation: NukiPairing.Generation) {
        let digits = generation == .five ? 6...6 : 1...4
        guard digits.contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = UInt32(text) else {
            return nil
        }
        self.init(number: number, generation)
    }

    /// A PIN as it was kept; `nil` for zero.
    package init?(number: UInt32, _ generation: NukiPairing.Generation) {
        guard number > 0 else { return nil }
        self.number = number
        self.generation = generation
    }

    /// To be sealed in the lock's state.
    package var kept: UInt32 { number }

    /// As commands end with it: two bytes, four in the 5th generation.
    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(littleEndian: UInt64(number), bytes: generation == .five ? 4 : 2)
        return bytes
    }
}

extension NukiPIN: CustomStringConvertible {
    /// Never the digits.
    package var description: String { "a PIN" }
}
