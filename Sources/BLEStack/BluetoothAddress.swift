import WireBytes

/// The address of a device on the air: 48 bits and whether they are assigned or made up (Core 5.4, Vol 6 Part B 1.3).
///
/// Written and compared most significant byte first, as people do; on the wire the least significant byte comes first.
package struct BluetoothAddress: Hashable, Sendable {
    /// Whether the 48 bits are assigned by the IEEE or random.
    package enum Kind: UInt8, Sendable {
        case `public` = 0
        case random = 1
    }

    /// The 48 bits; those above are always 0.
    package let bits: UInt64
    package let kind: Kind

    /// Takes the low 48 bits of a number.
    package init(bits: UInt64, kind: Kind) {
        self.bits = bits & 0xFFFF_FFFF_FFFF
        self.kind = kind
    }

    /// Reads `AA:BB:CC:DD:EE:FF` in either case, else `nil`.
    package init?(_ text: String, kind: Kind) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 6 else { return nil }
        var bits: UInt64 = 0
        for part in parts {
            guard part.utf8.count == 2, part.utf8.allSatisfy({ Self.isHexDigit($0) }), let byte = UInt8(part, radix: 16) else { return nil }
            bits = bits << 8 | UInt64(byte)
        }
        self.init(bits: bits, kind: kind)
    }

    /// Reads six bytes as they come from a controller.
    /// - Throws: ``ByteFault/truncated(offset:)``.
    package init(_ reader: inout ByteReader, kind: Kind) throws(ByteFault) {
        self.init(bits: try reader.littleEndian(6), kind: kind)
    }

    /// Six bytes as a controller takes them, least significant first.
    package var wireBytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(littleEndian: bits, bytes: 6)
        return bytes
    }

    /// Whether it changes and can be resolved with the device's IRK (top bits 01).
    package var isResolvable: Bool { kind == .random && bits >> 46 == 0b01 }

    /// Whether it stays for at least as long as the device has power (top bits 11).
    package var isStaticRandom: Bool { kind == .random && bits >> 46 == 0b11 }

    /// Whether a device can be told by it for good: public, or static random.
    package var isIdentity: Bool { kind == .public || isStaticRandom }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "F"), UInt8(ascii: "a")...UInt8(ascii: "f"): true
        default: false
        }
    }
}

extension BluetoothAddress: CustomStringConvertible {
    /// `AA:BB:CC:DD:EE:FF`, in capitals, without its kind.
    package var description: String {
        wireBytes.reversed().map { byte in
            let digits = String(byte, radix: 16, uppercase: true)
            return byte < 16 ? "0" + digits : digits
        }.joined(separator: ":")
    }
}
