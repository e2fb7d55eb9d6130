import WireBytes

/// One message without its wrapping: a command and what it carries.
///
/// In plain it is `command u16 | payload | CRC u16`, least significant byte first; sealed, an authorization id comes first, and the checksum covers it.
package struct NukiMessage: Sendable, Equatable {
    package var command: NukiCommand
    package var payload: [UInt8]

    package init(_ command: NukiCommand, _ payload: [UInt8] = []) {
        self.command = command
        self.payload = payload
    }

    /// Asks for something that needs no challenge.
    package static func request(_ command: NukiCommand) -> NukiMessage {
        var payload: [UInt8] = []
        payload.append(littleEndian: command.rawValue)
        return NukiMessage(.requestData, payload)
    }

    /// Why bytes are no message.
    package enum Fault: Error, Equatable, Sendable {
        /// Fewer than a command and a checksum.
        case tooShort
        /// The checksum is of other bytes.
        case checksum
        /// A command this adapter does not know; nothing follows from it.
        case unknown(UInt16)
    }

    /// The bytes of a plain message.
    package var plain: [UInt8] { Self.withChecksum(body) }

    /// The bytes that are sealed, behind an authorization id.
    package func inside(_ authorization: UInt32) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(littleEndian: UInt64(authorization), bytes: 4)
        return Self.withChecksum(bytes + body)
    }

    /// Reads a plain message.
    package init(plain bytes: [UInt8]) throws(Fault) { try self.init(bytes[...], covers: 0, acceptsNoChecksum: false) }

    /// Reads what was sealed: the authorization id it stands for, and the message.
    ///
    /// A checksum of zero is taken: real locks send it, and the seal vouches for every byte.
    package static func opened(_ bytes: [UInt8]) throws(Fault) -> (authorization: UInt32, message: NukiMessage) {
        guard bytes.count >= 8 else { throw .tooShort }
        let authorization = bytes[..<4].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        return (authorization, try NukiMessage(bytes[...], covers: 4, acceptsNoChecksum: true))
    }

    private init(_ bytes: ArraySlice<UInt8>, covers skipped: Int, acceptsNoChecksum: Bool) throws(Fault) {
        guard bytes.count >= skipped + 4 else { throw .tooShort }
        let told = UInt16(bytes[bytes.endIndex - 1]) << 8 | UInt16(bytes[bytes.endIndex - 2])
        guard told == NukiCRC.checksum(bytes.dropLast(2)) || (acceptsNoChecksum && told == 0) else { throw .checksum }
        let number = UInt16(bytes[skipped]) | UInt16(bytes[skipped + 1]) << 8
        guard let command = NukiCommand(rawValue: number) else { throw .unknown(number) }
        self.command = command
        payload = Array(bytes[(skipped + 2)..<(bytes.endIndex - 2)])
    }

    private var body: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(littleEndian: command.rawValue)
        return bytes + payload
    }

    private static func withChecksum(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        bytes.append(littleEndian: NukiCRC.checksum(bytes))
        return bytes
    }
}
