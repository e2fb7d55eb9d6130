import WireBytes

/// The name of a service, a characteristic or a descriptor: 128 bits, of which the assigned ones have a short form of 16 (Core 5.4, Vol 3
/// Part B 2.5.1).
///
/// Equal whatever form they came in: `FFF0` is `0000FFF0-0000-1000-8000-00805F9B34FB`.
package struct BluetoothUUID: Hashable, Sendable {
    private static let baseLow: UInt64 = 0x8000_0080_5F9B_34FB
    private static let baseHigh: UInt64 = 0x0000_0000_0000_1000

    /// The first eight bytes as written.
    package let high: UInt64
    /// The last eight bytes as written.
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// An assigned number of 16 or 32 bits.
    package init(_ assigned: UInt32) {
        self.init(high: UInt64(assigned) << 32 | Self.baseHigh, low: Self.baseLow)
    }

    /// Reads four digits, or the canonical form with hyphens, in either case; else `nil`.
    package init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "F"), UInt8(ascii: "a")...UInt8(ascii: "f"):
                continue
            case UInt8(ascii: "-"): continue
            default: return nil
            }
        }
        if parts.count == 1, text.utf8.count == 4, let short = UInt32(text, radix: 16) {
            self.init(short)
        } else {
            guard parts.map(\.utf8.count) == [8, 4, 4, 4, 12], let high = UInt64(parts[0...2].joined(), radix: 16),
                let low = UInt64(parts[3...4].joined(), radix: 16)
            else { return nil }
            self.init(high: high, low: low)
        }
    }

    /// Reads 2, 4 or 16 bytes as they come on the wire, least significant first.
    /// - Throws: ``ByteFault``: truncated, or `invalid` for another size.
    package init(_ reader: inout ByteReader, bytes count: Int) throws(ByteFault) {
        switch count {
        case 2, 4: self.init(UInt32(truncatingIfNeeded: try reader.littleEndian(count)))
        case 16:
            let low = try reader.littleEndian(8)
            self.init(high: try reader.littleEndian(8), low: low)
        default: throw .invalid(offset: reader.offset, "a UUID of \(count) bytes")
        }
    }

    /// The 16-bit form, where there is one.
    package var short: UInt16? {
        guard low == Self.baseLow, high & 0xFFFF_FFFF == Self.baseHigh else { return nil }
        return UInt16(exactly: high >> 32)
    }

    /// 2 bytes where that is enough, else 16; least significant first.
    package var wireBytes: [UInt8] {
        var bytes: [UInt8] = []
        if let short {
            bytes.append(littleEndian: short)
        } else {
            bytes.append(littleEndian: low, bytes: 8)
            bytes.append(littleEndian: high, bytes: 8)
        }
        return bytes
    }
}

extension BluetoothUUID: CustomStringConvertible {
    /// The canonical form in small letters: `0000fff0-0000-1000-8000-00805f9b34fb`.
    package var description: String {
        func digits(_ value: UInt64, _ count: Int) -> String {
            let text = String(value, radix: 16)
            return String(repeating: "0", count: count - text.count) + text
        }
        return [
            digits(high >> 32, 8), digits(high >> 16 & 0xFFFF, 4), digits(high & 0xFFFF, 4), digits(low >> 48, 4),
            digits(low & 0xFFFF_FFFF_FFFF, 12),
        ].joined(separator: "-")
    }
}
