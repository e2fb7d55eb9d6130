import WireBytes

/// The messages of a key exchange (SDS13783, "KEX"), but those that only ask.
package struct KEXReport: Equatable, Sendable {
    /// That this repeats, under the agreed key, what was said in the open.
    package let isEcho: Bool
    package let schemes: UInt8
    package let profiles: UInt8
    /// What the node asks for, or gets: bits of ``S2KeyClass``, and 0x80 for Security 0.
    package let keys: UInt8
    /// As they came: what is echoed has to be the same.
    let flags: UInt8

    package static let scheme1: UInt8 = 0x02
    package static let curve25519: UInt8 = 0x01
    package static let security0: UInt8 = 0x80

    package init(isEcho: Bool, keys: UInt8) {
        self.isEcho = isEcho
        schemes = Self.scheme1
        profiles = Self.curve25519
        self.keys = keys
        flags = isEcho ? 1 : 0
    }

    /// Reads a KEX Report or a KEX Set, the command class and command before it.
    /// - Throws: ``ByteFault``.
    package init(_ frame: [UInt8]) throws(ByteFault) {
        var reader = ByteReader(frame, from: 2)
        flags = try reader.byte()
        isEcho = flags & 1 != 0
        schemes = try reader.byte()
        profiles = try reader.byte()
        keys = try reader.byte()
    }

    /// What the node would say as an echo of what it said before.
    func isEcho(of said: KEXReport) -> Bool {
        isEcho && flags & ~1 == said.flags & ~1 && schemes == said.schemes && profiles == said.profiles && keys == said.keys
    }

    package func bytes(as command: S2Command) -> [UInt8] { [0x9F, command.rawValue, flags, schemes, profiles, keys] }
}

/// The commands of class 9F.
package enum S2Command: UInt8, Sendable {
    case nonceGet = 0x01
    case nonceReport = 0x02
    case encapsulation = 0x03
    case kexGet = 0x04
    case kexReport = 0x05
    case kexSet = 0x06
    case kexFail = 0x07
    case publicKeyReport = 0x08
    case networkKeyGet = 0x09
    case networkKeyReport = 0x0A
    case networkKeyVerify = 0x0B
    case transferEnd = 0x0C
    case commandsSupportedGet = 0x0D
    case commandsSupportedReport = 0x0E
}

/// Why a key exchange was broken off, as it is told to the other side (SDS13783, "KEX Fail").
package enum KEXFailure: UInt8, Sendable {
    case noKey = 0x01
    case scheme = 0x02
    case curve = 0x03
    case decrypt = 0x05
    case cancelled = 0x06
    case authentication = 0x07
    case keyNotGranted = 0x08
    case keyNotVerified = 0x09
    case reportNotTheSame = 0x0A
}

/// A device's key as it is printed on it: eight groups of five digits, of the first sixteen bytes of its public key. The first group is the PIN.
package struct DeviceKey: Equatable, Sendable, CustomStringConvertible {
    package let bytes: [UInt8]

    /// Of a public key.
    package init(publicKey: [UInt8]) { bytes = Array(publicKey.prefix(16)) }

    /// Reads it as printed, with or without dashes.
    /// - Throws: `invalid` unless it has eight groups of five digits, each at most 65535.
    package init(_ text: String) throws(ByteFault) {
        let digits = text.filter { $0 != "-" && $0 != " " }
        guard digits.utf8.count == 40, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw .invalid(offset: 0, "a device key has 40 digits")
        }
        var (bytes, rest) = ([UInt8](), Substring(digits))
        while !rest.isEmpty {
            guard let group = UInt16(rest.prefix(5)) else {
                throw .invalid(offset: bytes.count, "the group \(rest.prefix(5)) is past 65535")
            }
            bytes += [UInt8(group >> 8), UInt8(truncatingIfNeeded: group)]
            rest = rest.dropFirst(5)
        }
        self.bytes = bytes
    }

    package var description: String {
        stride(from: 0, to: bytes.count - 1, by: 2).map { place in
            let group = String(UInt16(bytes[place]) << 8 | UInt16(bytes[place + 1]))
            return String(repeating: "0", count: 5 - group.utf8.count) + group
        }.joined(separator: "-")
    }
}
