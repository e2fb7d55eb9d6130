import WireBytes

/// Supervision: a command whose end is told (SDS13783, "Supervision Command Class"). A node obeys a number once.
package enum Supervision {
    package enum Status: UInt8, Sendable {
        case noSupport = 0x00
        case working = 0x01
        case failed = 0x02
        case success = 0xFF
    }

    /// Numbers go round at 64.
    package static let numbers: UInt8 = 64

    /// Puts a command under supervision; `updates` asks to be told again when it is done.
    /// - Throws: `invalid` for a number past 63 or a command past 255 bytes.
    package static func get(_ number: UInt8, _ command: [UInt8], updates: Bool) throws(ByteFault) -> [UInt8] {
        guard number < numbers, command.count <= 255 else { throw .invalid(offset: 2, "number \(number), \(command.count) bytes") }
        return [0x6C, 0x01, (updates ? 0x80 : 0) | number, UInt8(command.count)] + command
    }

    /// How a command stands.
    package struct Report: Equatable, Sendable {
        package let number: UInt8
        package let hasMore: Bool
        package let status: Status
        package let duration: ActuatorDuration

        /// - Throws: ``ByteFault``: truncated, or a status that is none.
        package init(_ command: [UInt8]) throws(ByteFault) {
            var reader = ByteReader(command, from: 2)
            let properties = try reader.byte()
            hasMore = properties & 0x80 != 0
            number = properties & 0x3F
            let byte = try reader.byte()
            guard let status = Status(rawValue: byte) else { throw .invalid(offset: 3, "status \(byte)") }
            self.status = status
            duration = reader.remaining > 0 ? ActuatorDuration(try reader.byte()) : .seconds(0)
        }

        /// The answer to a node's own supervised report.
        package static func answer(_ number: UInt8, _ status: Status) -> [UInt8] { [0x6C, 0x02, number & 0x3F, status.rawValue, 0] }
    }

    /// A node's own report under supervision.
    package struct Get: Equatable, Sendable {
        package let number: UInt8
        package let command: [UInt8]

        /// - Throws: ``ByteFault/truncated(offset:)``.
        package init(_ command: [UInt8]) throws(ByteFault) {
            var reader = ByteReader(command, from: 2)
            number = try reader.byte() & 0x3F
            self.command = try reader.take(Int(try reader.byte()))
        }
    }
}
