import WireBytes

/// The attribute protocol of one link, client side: one request at a time (Core 5.4, Vol 3 Part F 3.3.2, 3.3.3).
///
/// - Bounds: a request not answered within ``timeoutMilliseconds`` ends the link, as the specification has it.
/// - An answer that makes no sense, or that nobody asked for, ends the link: what the peer has done is unknown then, and a later answer could be
///   taken for another request's.
/// - A peer that asks us as a client finds an empty server.
package struct ATTBearer: Sendable {
    package static let timeoutMilliseconds: Int64 = 30_000
    /// What we offer: a value of 512 bytes with its head fits.
    package static let clientMTU: UInt16 = 517

    /// What a packet turned out to be.
    package enum Received: Equatable, Sendable {
        /// The answer to the open request.
        case response(ATTResponse, to: ATTRequest)
        /// A value sent unasked.
        case value(handle: UInt16, [UInt8])
        /// The same, to be confirmed, which is done by sending `confirmation`.
        case indication(handle: UInt16, [UInt8], confirmation: [UInt8])
        /// The peer asked us something; this is the answer.
        case reply([UInt8])
        /// Nothing to do.
        case ignored
    }

    /// Why the link has to end.
    package enum Fault: Error, Equatable, Sendable {
        /// An answer that can't be read.
        case mangled(ByteFault)
        /// An answer to nothing.
        case unasked(opcode: UInt8)
    }

    /// The largest packet either side may send.
    package private(set) var mtu = 23
    private var underWay: ATTRequest?
    /// When the open request has taken too long.
    package private(set) var deadline: Int64?

    package init() {}

    package var isIdle: Bool { underWay == nil }

    /// Opens a request; to be called only when idle.
    /// - Returns: the packet to send.
    package mutating func begin(_ request: ATTRequest, at now: Int64) -> [UInt8] {
        underWay = request
        deadline = now + Self.timeoutMilliseconds
        return request.bytes
    }

    /// Takes a packet of the peer's.
    /// - Throws: ``Fault``; the link has to end.
    package mutating func receive(_ packet: [UInt8]) throws(Fault) -> Received {
        guard let opcode = packet.first else { throw .mangled(.truncated(offset: 0)) }
        switch opcode {
        case 0x01, 0x03, 0x05, 0x07, 0x09, 0x0B, 0x0D, 0x0F, 0x11, 0x13, 0x17, 0x19, 0x21: return try answered(packet)
        case 0x1B: return try value(packet)
        case 0x1D:
            guard case .value(let handle, let bytes) = try value(packet) else { return .ignored }
            return .indication(handle: handle, bytes, confirmation: [0x1E])
        case 0x02:
            var reply: [UInt8] = [0x03]
            reply.append(littleEndian: Self.clientMTU)
            var reader = ByteReader(packet, from: 1)
            if let client = try? reader.uint16(), packet.count == 3 { take(mtu: client) }
            return .reply(reply)
        default:
            // Commands, and a confirmation of nothing.
            if opcode & 0x40 != 0 || opcode == 0x1E { return .ignored }
            return .reply(refusal(of: packet))
        }
    }

    private mutating func answered(_ packet: [UInt8]) throws(Fault) -> Received {
        guard let request = underWay else { throw .unasked(opcode: packet[0]) }
        let response: ATTResponse
        do throws(ByteFault) {
            guard packet.count <= mtu else { throw .trailing(offset: mtu) }
            response = try ATTResponse(packet, to: request)
        } catch {
            throw .mangled(error)
        }
        underWay = nil
        deadline = nil
        if case .mtu(let server) = response { take(mtu: server) }
        return .response(response, to: request)
    }

    /// The smaller of both, never below the default; agreed once (3.4.2).
    private mutating func take(mtu other: UInt16) {
        if mtu == 23 { mtu = max(23, Int(min(other, Self.clientMTU))) }
    }

    private func value(_ packet: [UInt8]) throws(Fault) -> Received {
        var reader = ByteReader(packet, from: 1)
        do throws(ByteFault) {
            guard packet.count <= mtu else { throw .trailing(offset: mtu) }
            let handle = try reader.uint16()
            return .value(handle: handle, reader.rest())
        } catch {
            throw .mangled(error)
        }
    }

    /// An empty server: nothing is found, and the rest is not supported.
    private func refusal(of packet: [UInt8]) -> [UInt8] {
        let finds: Set<UInt8> = [0x04, 0x06, 0x08, 0x10]
        let code: ATTErrorCode = finds.contains(packet[0]) ? .attributeNotFound : .requestNotSupported
        let handle = finds.contains(packet[0]) && packet.count >= 3 ? Array(packet[1...2]) : [0, 0]
        return [0x01, packet[0]] + handle + [code.rawValue]
    }
}
