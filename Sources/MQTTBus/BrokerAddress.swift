/// Where a broker is and whether the way there is encrypted: `mqtt://host[:port]` or `mqtts://host[:port]`.
///
/// A host is a name, an IPv4 address, or an IPv6 address in brackets. Nothing else may stand in the address: user and
/// password have members of their own, and a path means nothing in MQTT.
package struct BrokerAddress: Equatable, Sendable {
    /// Why a text is no address.
    package enum Fault: Error, Equatable, Sendable {
        /// Neither `mqtt://` nor `mqtts://`.
        case scheme
        /// Empty, or holding what no host name holds (a user, a path, a blank).
        case host
        /// Not a number from 1 to 65535.
        case port
    }

    package let host: String
    package let port: UInt16
    package let isEncrypted: Bool

    /// Reads an address; without a port it is 1883, encrypted 8883.
    package init(_ url: String) throws(Fault) {
        let schemes = [("mqtt://", false), ("mqtts://", true)]
        guard let (scheme, isEncrypted) = schemes.first(where: { url.hasPrefix($0.0) }) else { throw .scheme }
        let rest = url.dropFirst(scheme.count)
        guard !rest.utf8.contains(where: { $0 == UInt8(ascii: "@") || $0 == UInt8(ascii: "/") }) else { throw .host }
        let host: Substring
        var port = rest[rest.endIndex...]
        if rest.first == "[" {
            guard let end = rest.firstIndex(of: "]") else { throw .host }
            host = rest[rest.index(after: rest.startIndex)..<end]
            port = rest[rest.index(after: end)...]
            guard host.utf8.allSatisfy({ BrokerAddress.isHexDigit($0) || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".") }) else {
                throw .host
            }
        } else {
            let end = rest.firstIndex(of: ":") ?? rest.endIndex
            host = rest[..<end]
            port = rest[end...]
            guard host.utf8.allSatisfy({ BrokerAddress.isNameByte($0) }) else { throw .host }
        }
        guard !host.isEmpty else { throw .host }
        self.host = String(host)
        self.isEncrypted = isEncrypted
        if port.isEmpty {
            self.port = isEncrypted ? 8883 : 1883
        } else {
            let digits = port.dropFirst()
            guard port.first == ":", digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = UInt16(digits), number > 0
            else { throw .port }
            self.port = number
        }
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == UInt8(ascii: "-")
            || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_")
    }
}
