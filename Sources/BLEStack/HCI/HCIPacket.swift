/// One packet between host and controller: what it is, and its bytes without that indicator (Core 5.4, Vol 4 Part A 2).
package struct HCIPacket: Equatable, Sendable {
    /// The H4 indicator.
    package enum Kind: UInt8, Sendable {
        case command = 1
        case acl = 2
        case synchronous = 3
        case event = 4
        case isochronous = 5

        /// Bytes up to and with the length field.
        var headerCount: Int {
            switch self {
            case .event: 2
            case .command, .synchronous: 3
            case .acl, .isochronous: 4
            }
        }
    }

    package let kind: Kind
    package let payload: [UInt8]

    package init(_ kind: Kind, _ payload: [UInt8]) {
        self.kind = kind
        self.payload = payload
    }

    /// With the indicator in front, as it travels.
    package var bytes: [UInt8] { [kind.rawValue] + payload }
}

/// Why a stream from a controller can't be read on: its packets can't be told apart any more, so the line must be opened anew.
package enum HCIStreamFault: Error, Equatable, Sendable {
    /// A packet begins with something that is no indicator.
    case unknownKind(UInt8)
    /// A packet longer than any a controller sends us.
    case tooLong(Int)
}

/// Cuts a controller's bytes into packets, however they were split on the way.
///
/// Bounded: holds less than one packet of ``longestPayload`` after ``next()`` answered nil.
package struct HCIStreamParser: Sendable {
    /// A packet of LE data is at most 251 bytes on the air; virtual controllers send whole L2CAP packets.
    package static let longestPayload = 4_096

    private var buffer: [UInt8] = []
    private var start = 0

    package init() {}

    /// Whether a packet is only half here.
    package var isBetweenPackets: Bool { start == buffer.count }

    /// Takes bytes as they came.
    package mutating func append(_ bytes: some Sequence<UInt8>) {
        if start > 0 {
            buffer.removeFirst(start)
            start = 0
        }
        buffer.append(contentsOf: bytes)
    }

    /// The next whole packet, nil when more bytes are needed.
    /// - Throws: ``HCIStreamFault``; nothing more can be read from this stream.
    package mutating func next() throws(HCIStreamFault) -> HCIPacket? {
        guard start < buffer.count else { return nil }
        guard let kind = HCIPacket.Kind(rawValue: buffer[start]), kind != .command else { throw .unknownKind(buffer[start]) }
        let header = start + 1
        guard buffer.count >= header + kind.headerCount else { return nil }
        let length: Int
        switch kind {
        case .event: length = Int(buffer[header + 1])
        case .command, .synchronous: length = Int(buffer[header + 2])
        case .acl: length = Int(buffer[header + 2]) | Int(buffer[header + 3]) << 8
        case .isochronous: length = Int(buffer[header + 2]) | Int(buffer[header + 3] & 0x3F) << 8
        }
        guard length <= Self.longestPayload else { throw .tooLong(length) }
        let end = header + kind.headerCount + length
        guard buffer.count >= end else { return nil }
        defer { start = end }
        return HCIPacket(kind, Array(buffer[header..<end]))
    }
}
