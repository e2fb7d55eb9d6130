import WireBytes

/// Commands too long for one frame, put together again (SDS13783, "Transport Service", version 2, the receiving side).
///
/// **Bounds**: one command at a time from a node, of ``longest`` bytes at most; what is not whole in time is asked for twice, then given up.
package struct TransportReassembly: Sendable {
    package enum Effect: Equatable, Sendable {
        case transmit([UInt8])
        case command([UInt8])
        /// It was given up, or is none.
        case refused(ByteFault)
    }

    /// Eleven bits tell a length; a node has no reason for more than this.
    package static let longest = 512
    /// After the last part that came.
    package static let partMilliseconds: Int64 = 800
    private static let maximumRequests = 2

    private struct Underway: Sendable {
        let session: UInt8
        var bytes: [UInt8?]
        var deadline: Int64
        var requests = 0

        var firstMissing: Int? { bytes.firstIndex { $0 == nil } }
    }

    private var underway: Underway?
    /// The last that was whole: a part of it that comes again is answered, and nothing more.
    private var finished: UInt8?

    package init() {}

    package var nextDeadline: Int64? { underway?.deadline }

    /// Takes a frame of command class 55.
    package mutating func received(_ frame: [UInt8], at now: Int64) -> [Effect] {
        do throws(ByteFault) {
            guard frame.count >= 2 else { throw .truncated(offset: frame.count) }
            switch frame[1] & 0xF8 {
            case 0xC0: return try part(frame, isFirst: true, at: now)
            case 0xE0: return try part(frame, isFirst: false, at: now)
            // What a sender is told; we send nothing long.
            case 0xC8, 0xE8, 0xF0: return []
            default: throw .invalid(offset: 1, "command \(frame[1])")
            }
        } catch {
            return [.refused(error)]
        }
    }

    package mutating func tick(at now: Int64) -> [Effect] {
        guard var current = underway, now >= current.deadline else { return [] }
        guard current.requests < Self.maximumRequests, let missing = current.firstMissing else {
            underway = nil
            return [.refused(.truncated(offset: current.firstMissing ?? 0))]
        }
        current.requests += 1
        current.deadline = now + Self.partMilliseconds
        underway = current
        return [.transmit(Self.request(current.session, missing))]
    }

    private mutating func part(_ frame: [UInt8], isFirst: Bool, at now: Int64) throws(ByteFault) -> [Effect] {
        guard frame.count >= (isFirst ? 4 : 5) + 1 + 2 else { throw .truncated(offset: frame.count) }
        let text = Array(frame.dropLast(2))
        guard Self.checksum(text) == UInt16(frame[frame.count - 2]) << 8 | UInt16(frame[frame.count - 1]) else {
            throw .invalid(offset: frame.count - 2, "the checksum is another")
        }
        var reader = ByteReader(text, from: 1)
        let size = Int(try reader.byte() & 0x07) << 8 | Int(try reader.byte())
        let properties = try reader.byte()
        let session = properties >> 4
        let offset = isFirst ? 0 : Int(properties & 0x07) << 8 | Int(try reader.byte())
        if properties & 0x08 != 0 { _ = try reader.take(Int(try reader.byte())) }
        let payload = reader.rest()
        guard size > 0, size <= Self.longest, !payload.isEmpty, offset + payload.count <= size else {
            throw .invalid(offset: 1, "\(payload.count) bytes at \(offset) of \(size)")
        }
        if finished == session, !isFirst, underway == nil { return [.transmit(Self.complete(session))] }
        var current: Underway
        if let known = underway, known.session == session, known.bytes.count == size, !isFirst {
            current = known
        } else {
            // Another command of the same node: it has given up the one before.
            current = Underway(session: session, bytes: [UInt8?](repeating: nil, count: size), deadline: 0)
        }
        for (place, byte) in payload.enumerated() { current.bytes[offset + place] = byte }
        current.deadline = now + Self.partMilliseconds
        guard current.firstMissing == nil else {
            underway = current
            // The last part came, and one before it did not.
            guard offset + payload.count == size, let missing = current.firstMissing else { return [] }
            return [.transmit(Self.request(session, missing))]
        }
        underway = nil
        finished = session
        return [.transmit(Self.complete(session)), .command(current.bytes.compactMap { $0 })]
    }

    private static func request(_ session: UInt8, _ offset: Int) -> [UInt8] {
        [0x55, 0xC8, session << 4 | UInt8(offset >> 8 & 0x07), UInt8(offset & 0xFF)]
    }
    private static func complete(_ session: UInt8) -> [UInt8] { [0x55, 0xE8, session << 4] }

    /// CRC-CCITT that begins with 0x1D0F.
    package static func checksum(_ bytes: [UInt8]) -> UInt16 {
        bytes.reduce(0x1D0F) { code, byte in
            (0..<8).reduce(code ^ UInt16(byte) << 8) { code, _ in code & 0x8000 != 0 ? code << 1 ^ 0x1021 : code << 1 }
        }
    }
}
