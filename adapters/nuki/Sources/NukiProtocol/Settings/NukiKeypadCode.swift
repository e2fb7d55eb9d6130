import WireBytes

/// A code of a lock's keypad: 0045, as 0043 lists it (V2.1, "Keypad Code").
package struct NukiKeypadCode: Sendable, Equatable {
    /// Codes have six digits, none of them 0, and don't begin with 12.
    package static let length = 6
    package static let digits = "123456789"
    package static let notBeginning = "12"
    private static let nameBytes = 20
    /// From when until when, on which days, between which hours: nothing of it.
    private static let unlimited = [UInt8](repeating: 0, count: 1 + 19)

    /// As the lock numbered it.
    package var id: UInt16
    /// The digits.
    package var code: String
    package var name: String
    package var isEnabled: Bool

    /// Reads the payload of 0045; what it says of times is not read.
    package init(_ payload: [UInt8]) throws(ByteFault) {
        var reader = ByteReader(payload)
        id = try reader.uint16()
        code = String(try reader.uint32())
        name = String(decoding: try reader.take(Self.nameBytes).prefix { $0 != 0 }, as: UTF8.self)
        isEnabled = try reader.byte() != 0
    }

    /// What 0041 carries before challenge and PIN, for a code that is good at any time.
    ///
    /// - Returns: `nil` for what is no code.
    package static func addition(_ code: String, name: String) -> [UInt8]? {
        guard code.utf8.count == length, let number = UInt32(code) else { return nil }
        var bytes: [UInt8] = []
        bytes.append(littleEndian: UInt64(number), bytes: 4)
        let text = Array(name.utf8.prefix(nameBytes))
        bytes += text + [UInt8](repeating: 0, count: nameBytes - text.count)
        return bytes + unlimited
    }
}

/// Whose a code of the keypad is, by its name: the lock numbers codes itself, so that the slot stands there, with a mark of the pairing that set it.
///
/// `LB3#9f02 Anna` is slot 3. Who gives such a code another name in Nuki's app has taken it over.
package struct NukiCodeName: Sendable, Equatable {
    package var slot: Int
    /// Two bytes of what this gateway calls itself to the lock.
    package var mark: UInt16
    package var name: String

    package init(slot: Int, mark: UInt16, name: String) {
        self.slot = slot
        self.mark = mark
        self.name = name
    }

    /// - Returns: `nil` for the name of somebody else's code.
    package init?(_ text: String) {
        guard text.hasPrefix("LB") else { return nil }
        let parts = text.dropFirst(2).split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
        let halves = parts[0].split(separator: "#", omittingEmptySubsequences: false)
        guard halves.count == 2, let slot = Int(halves[0]), slot > 0, halves[1].utf8.count == 4, let mark = UInt16(halves[1], radix: 16)
        else {
            return nil
        }
        self.init(slot: slot, mark: mark, name: parts.count > 1 ? String(parts[1]) : "")
    }

    /// At most 20 bytes of UTF-8, with as much of the name as fits.
    package var text: String {
        let digits = String(mark, radix: 16)
        var text = "LB\(slot)#" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
        if !name.isEmpty { text += " " }
        for character in name {
            guard text.utf8.count + character.utf8.count <= 20 else { break }
            text.append(character)
        }
        return text
    }
}
