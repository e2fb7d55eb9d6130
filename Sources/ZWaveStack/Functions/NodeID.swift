import WireBytes

/// A node of a Z-Wave network: 1 to 232, or 256 to 4000 for a Long Range one.
package struct NodeID: RawRepresentable, Hashable, Comparable, Sendable, CustomStringConvertible {
    package let rawValue: UInt16
    /// Any number; ``isValid`` tells whether it is one of a node.
    package init(rawValue: UInt16) { self.rawValue = rawValue }

    package static let classic: ClosedRange<UInt16> = 1...232
    package static let longRange: ClosedRange<UInt16> = 256...4000

    package var isLongRange: Bool { Self.longRange.contains(rawValue) }
    package var isValid: Bool { Self.classic.contains(rawValue) || isLongRange }
    package static func < (left: NodeID, right: NodeID) -> Bool { left.rawValue < right.rawValue }
    package var description: String { "node \(rawValue)" }
}

/// How wide node numbers are on the line: a controller begins with eight bits and may be told sixteen (INS13954, "Serial API Setup", 0x80).
package enum NodeIDWidth: UInt8, Sendable {
    case eight = 1
    case sixteen = 2

    /// The bytes of a number, most significant first; of the lower eight bits where only those go.
    package func bytes(_ node: NodeID) -> [UInt8] {
        switch self {
        case .eight: [UInt8(truncatingIfNeeded: node.rawValue)]
        case .sixteen: [UInt8(truncatingIfNeeded: node.rawValue >> 8), UInt8(truncatingIfNeeded: node.rawValue)]
        }
    }

    /// Reads a number.
    /// - Throws: ``ByteFault/truncated(offset:)``.
    package func read(_ reader: inout ByteReader) throws(ByteFault) -> NodeID {
        switch self {
        case .eight: NodeID(rawValue: UInt16(try reader.byte()))
        case .sixteen: NodeID(rawValue: UInt16(try reader.byte()) << 8 | UInt16(try reader.byte()))
        }
    }
}

extension [UInt8] {
    /// The numbers whose bits are set, where bit 0 of the first byte stands for `first`.
    func numbers(from first: UInt16) -> [UInt16] {
        enumerated().flatMap { place, byte in (0..<8).filter { byte >> UInt8($0) & 1 != 0 }.map { first + UInt16(place * 8 + $0) } }
    }
}
