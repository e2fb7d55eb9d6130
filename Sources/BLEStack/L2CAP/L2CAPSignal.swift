import WireBytes

/// A packet of the signalling channel, as far as a central answers it (Core 5.4, Vol 3 Part A 4).
package enum L2CAPSignal: Equatable, Sendable {
    /// The peripheral would like other connection parameters.
    case parameterUpdateRequest(identifier: UInt8, ConnectionParameters)
    /// An answer to something, which we never ask.
    case answer
    /// Anything else, to be rejected.
    case unknown(identifier: UInt8)

    /// Reads a packet's payload; on LE it carries one command.
    /// - Throws: ``ByteFault``; it is dropped.
    package init(_ payload: [UInt8]) throws(ByteFault) {
        var reader = ByteReader(payload)
        let code = try reader.byte()
        let identifier = try reader.byte()
        let length = Int(try reader.uint16())
        guard reader.remaining >= length else { throw .truncated(offset: payload.count) }
        guard reader.remaining == length else { throw .trailing(offset: 4 + length) }
        guard identifier != 0 else { throw .invalid(offset: 1, "identifier 0") }
        switch code {
        case 0x12:
            self = .parameterUpdateRequest(identifier: identifier, try ConnectionParameters(&reader))
            try reader.end()
        case 0x01, 0x07, 0x13, 0x15, 0x18, 0x1A: self = .answer
        default: self = .unknown(identifier: identifier)
        }
    }

    /// The answer to a wish for other parameters (4.21).
    package static func parameterUpdateResponse(identifier: UInt8, isAccepted: Bool) -> L2CAPPacket {
        L2CAPPacket(channel: L2CAPPacket.signalling, [0x13, identifier, 2, 0, isAccepted ? 0 : 1, 0])
    }

    /// Command not understood (4.1).
    package static func reject(identifier: UInt8) -> L2CAPPacket {
        L2CAPPacket(channel: L2CAPPacket.signalling, [0x01, identifier, 2, 0, 0, 0])
    }
}
