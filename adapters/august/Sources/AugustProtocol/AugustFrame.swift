/// One frame of a session in clear: 18 bytes, whose sum is zero.
///
/// `kind | opcode | 0 | checksum | 12 bytes | trailer 2`. Byte 16 is 02 on what is asked, on acknowledgements and polled answers, and 00 on what a lock says
/// of itself.
package struct AugustFrame: Sendable, Equatable {
    /// Every frame on the air, of the handshake and of the session, is so long; the first 16 bytes are ciphered.
    package static let length = 18
    package static let blockLength = 16

    /// Who says it.
    package enum Kind: UInt8, Sendable {
        case command = 0xEE
        case acknowledged = 0xAA
        case answer = 0xBB
    }

    /// Why 18 bytes are no frame.
    package enum Fault: Error, Equatable, Sendable {
        /// Not 18 bytes.
        case length
        /// The sum is not zero: damaged, or deciphered out of step.
        case checksum
        /// A first byte that no lock sends.
        case kind(UInt8)
    }

    package let bytes: [UInt8]
    package let kind: Kind

    /// A command, with its checksum set.
    package init(_ opcode: AugustOpcode, _ fields: [Int: [UInt8]] = [:]) {
        self.init(.command, opcode.rawValue, fields, trailer: 2)
    }

    /// Any frame; for the lock's side in tests.
    package init(_ kind: Kind, _ opcode: UInt8, _ fields: [Int: [UInt8]], trailer: UInt8) {
        var bytes = [UInt8](repeating: 0, count: Self.length)
        bytes[0] = kind.rawValue
        bytes[1] = opcode
        for (place, value) in fields {
            for (offset, byte) in value.enumerated() where place + offset < Self.blockLength { bytes[place + offset] = byte }
        }
        bytes[16] = trailer
        bytes[3] = 0
        bytes[3] = 0 &- Self.sum(bytes)
        self.bytes = bytes
        self.kind = kind
    }

    /// Reads one in clear.
    package init(_ bytes: [UInt8]) throws(Fault) {
        guard bytes.count == Self.length else { throw .length }
        guard Self.sum(bytes) == 0 else { throw .checksum }
        guard let kind = Kind(rawValue: bytes[0]) else { throw .kind(bytes[0]) }
        self.bytes = bytes
        self.kind = kind
    }

    package var opcode: UInt8 { bytes[1] }
    /// What of the opcode it is about: a kind of state, a setting, a way to move.
    package var sub: UInt8 { bytes[4] }

    /// Two bytes, least significant first.
    func number(at place: Int) -> Int { Int(bytes[place]) | Int(bytes[place + 1]) << 8 }

    private static func sum(_ bytes: [UInt8]) -> UInt8 { bytes.reduce(0, &+) }
}
