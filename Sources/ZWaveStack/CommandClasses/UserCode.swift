import WireBytes

/// User Code, version 1, with what version 2 adds that locks use (SDS13781, "User Code Command Class").
package enum UserCode {
    package enum Status: UInt8, Sendable {
        case available = 0x00
        case enabled = 0x01
        case disabled = 0x02
        case messaging = 0x03
        case passage = 0x04
        case notAvailable = 0xFE
    }

    package static let usersGet: [UInt8] = [0x63, 0x04]
    package static func get(_ user: UInt8) -> [UInt8] { [0x63, 0x02, user] }
    /// Frees a slot.
    package static func clear(_ user: UInt8) -> [UInt8] { [0x63, 0x01, user, Status.available.rawValue, 0, 0, 0, 0] }

    /// Puts a code in a slot.
    /// - Throws: `invalid` unless the slot is 1 or above and the code has 4 to 10 digits.
    package static func set(_ user: UInt8, _ code: String) throws(ByteFault) -> [UInt8] {
        guard user > 0 else { throw .invalid(offset: 2, "slot 0 means all of them") }
        guard (4...10).contains(code.utf8.count), code.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw .invalid(offset: 4, "a code has 4 to 10 digits")
        }
        return [0x63, 0x01, user, Status.enabled.rawValue] + Array(code.utf8)
    }

    /// How many slots there are.
    /// - Throws: ``ByteFault/truncated(offset:)``.
    package static func users(_ command: [UInt8]) throws(ByteFault) -> Int {
        var reader = ByteReader(command, from: 2)
        let count = Int(try reader.byte())
        // Version 2 repeats it in two bytes, for locks with more.
        return reader.remaining >= 2 ? max(count, Int(try reader.bigEndian16())) : count
    }

    /// What is in a slot.
    package struct Report: Equatable, Sendable {
        package let user: UInt8
        package let status: Status
        /// `nil` where the lock shows stars, or nothing: that says nothing of the code, and is no reason to set it again.
        package let code: String?

        /// - Throws: ``ByteFault``: truncated, or a status that is none.
        package init(_ command: [UInt8]) throws(ByteFault) {
            var reader = ByteReader(command, from: 2)
            user = try reader.byte()
            let byte = try reader.byte()
            guard let status = Status(rawValue: byte) else { throw .invalid(offset: 3, "status \(byte)") }
            self.status = status
            let digits = reader.rest()
            let isShown = status == .enabled && (4...10).contains(digits.count) && digits.allSatisfy { (0x30...0x39).contains($0) }
            code = isShown ? String(decoding: digits, as: UTF8.self) : nil
        }
    }
}
