/// A position in a packet of bytes, for the codecs of radio and serial protocols: every read checked.
///
/// A codec reads its fields in order and ends with ``end()``, so that bytes too few and bytes too many are both refused.
package struct ByteReader: Sendable {
    /// The packet.
    package let bytes: [UInt8]
    /// Where the next read begins.
    package private(set) var offset: Int

    package init(_ bytes: [UInt8], from offset: Int = 0) {
        self.bytes = bytes
        self.offset = min(max(offset, 0), bytes.count)
    }

    /// How many bytes are left.
    package var remaining: Int { bytes.count - offset }

    /// The next byte.
    /// - Throws: ``ByteFault/truncated(offset:)``; the packet is refused.
    package mutating func byte() throws(ByteFault) -> UInt8 {
        guard offset < bytes.count else { throw .truncated(offset: bytes.count) }
        defer { offset += 1 }
        return bytes[offset]
    }

    /// A number of `count` bytes, at most eight, least significant first.
    /// - Throws: ``ByteFault/truncated(offset:)``.
    package mutating func littleEndian(_ count: Int) throws(ByteFault) -> UInt64 {
        var value: UInt64 = 0
        for place in 0..<min(count, 8) { value |= UInt64(try byte()) << UInt64(8 * place) }
        return value
    }

    /// Two bytes, least significant first.
    /// - Throws: ``ByteFault/truncated(offset:)``.
    package mutating func uint16() throws(ByteFault) -> UInt16 { UInt16(truncatingIfNeeded: try littleEndian(2)) }

    /// Four bytes, least significant first.
    /// - Throws: ``ByteFault/truncated(offset:)``.
    package mutating func uint32() throws(ByteFault) -> UInt32 { UInt32(truncatingIfNeeded: try littleEndian(4)) }

    /// Two bytes, most significant first.
    /// - Throws: ``ByteFault/truncated(offset:)``.
    package mutating func bigEndian16() throws(ByteFault) -> UInt16 { UInt16(try byte()) << 8 | UInt16(try byte()) }

    /// The next `count` bytes.
    /// - Throws: ``ByteFault/truncated(offset:)``.
    package mutating func take(_ count: Int) throws(ByteFault) -> [UInt8] {
        guard count >= 0, count <= remaining else { throw .truncated(offset: bytes.count) }
        defer { offset += count }
        return Array(bytes[offset..<(offset + count)])
    }

    /// All that is left.
    package mutating func rest() -> [UInt8] {
        defer { offset = bytes.count }
        return Array(bytes[offset...])
    }

    /// Nothing may be left.
    /// - Throws: ``ByteFault/trailing(offset:)``.
    package func end() throws(ByteFault) {
        guard offset == bytes.count else { throw .trailing(offset: offset) }
    }
}

/// Why a packet of bytes was refused, and where.
package enum ByteFault: Error, Equatable, Sendable {
    /// It ends before a field that must be there.
    case truncated(offset: Int)
    /// Bytes follow the last field.
    case trailing(offset: Int)
    /// A field holds what its specification does not allow.
    case invalid(offset: Int, String)
}

extension ByteFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .truncated(let offset): "ends too soon, at byte \(offset)"
        case .trailing(let offset): "goes on after its end, at byte \(offset)"
        case .invalid(let offset, let words): "\(words), at byte \(offset)"
        }
    }
}

extension [UInt8] {
    /// Adds a number in two bytes, least significant first.
    package mutating func append(littleEndian value: UInt16) {
        append(UInt8(truncatingIfNeeded: value))
        append(UInt8(truncatingIfNeeded: value >> 8))
    }

    /// Adds a number in so many bytes, at most eight, least significant first.
    package mutating func append(littleEndian value: UInt64, bytes count: Int) {
        for place in 0..<Swift.min(count, 8) { append(UInt8(truncatingIfNeeded: value >> UInt64(8 * place))) }
    }
}
