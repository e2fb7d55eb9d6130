import WireBytes

/// An L2CAP packet on a fixed channel (Core 5.4, Vol 3 Part A 3.1).
package struct L2CAPPacket: Equatable, Sendable {
    /// The channels a central on LE has (2.1, table 2.2).
    package static let attribute: UInt16 = 4
    package static let signalling: UInt16 = 5
    package static let security: UInt16 = 6

    package let channel: UInt16
    package let payload: [UInt8]

    package init(channel: UInt16, _ payload: [UInt8]) {
        self.channel = channel
        self.payload = payload
    }

    /// With its header.
    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(littleEndian: UInt16(truncatingIfNeeded: payload.count))
        bytes.append(littleEndian: channel)
        return bytes + payload
    }
}

/// One fragment of data from a controller (Vol 4 Part E 5.4.2).
package struct ACLFragment: Equatable, Sendable {
    package let handle: UInt16
    package let isContinuation: Bool
    package let data: [UInt8]

    /// Reads a data packet's payload.
    /// - Throws: ``ByteFault``; the fragment is dropped.
    package init(_ payload: [UInt8]) throws(ByteFault) {
        var reader = ByteReader(payload)
        let head = try reader.uint16()
        handle = head & 0x0FFF
        let boundary = head >> 12 & 0b11
        guard boundary != 0b11, head >> 14 == 0 else { throw .invalid(offset: 1, "flags LE does not have") }
        isContinuation = boundary == 0b01
        let length = Int(try reader.uint16())
        data = try reader.take(length)
        try reader.end()
    }

    /// The payload of a packet to the controller: PB is 00 for the first of a packet, 01 for those that follow.
    static func payload(handle: UInt16, isContinuation: Bool, _ data: some Collection<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(littleEndian: handle | (isContinuation ? 0b01 << 12 : 0))
        bytes.append(littleEndian: UInt16(truncatingIfNeeded: data.count))
        return bytes + data
    }
}

/// Puts a link's fragments together.
///
/// Holds at most one packet of ``longestPayload``. A peer that breaks the rules of fragmenting ends its link: nothing after it can be trusted to
/// be where it seems.
package struct L2CAPReassembly: Sendable {
    /// ATT needs 517; SMP 65; signalling far less.
    package static let longestPayload = 1_024

    /// What the peer did.
    package enum Fault: Error, Equatable, Sendable {
        /// A continuation of nothing.
        case withoutStart
        /// A packet longer than any we take.
        case tooLong(Int)
        /// More data than the packet's length.
        case overrun
    }

    private var gathered: [UInt8] = []

    package init() {}

    /// Takes a fragment.
    /// - Returns: the packet it completes, if it does.
    /// - Throws: ``Fault``; the link has to end.
    package mutating func take(_ fragment: ACLFragment) throws(Fault) -> L2CAPPacket? {
        if fragment.isContinuation {
            guard !gathered.isEmpty else { throw .withoutStart }
        } else {
            // The rest of an unfinished one was flushed by its sender.
            gathered = []
        }
        gathered += fragment.data
        guard gathered.count >= 4 else { return nil }
        let length = Int(gathered[0]) | Int(gathered[1]) << 8
        guard length <= Self.longestPayload else { throw .tooLong(length) }
        guard gathered.count <= length + 4 else { throw .overrun }
        guard gathered.count == length + 4 else { return nil }
        defer { gathered = [] }
        return L2CAPPacket(channel: UInt16(gathered[2]) | UInt16(gathered[3]) << 8, Array(gathered.dropFirst(4)))
    }
}
