/// The hosts an adapter's manifest names, as `host:port`: where its proxy connects to, and nowhere else.
package struct AllowedHosts: Sendable, Equatable {
    /// One of them.
    package struct Host: Sendable, Hashable {
        /// In small letters; an IPv6 address without its brackets.
        package var name: String
        package var port: UInt16
    }

    private let hosts: Set<Host>

    /// - Returns: `nil` where one of the texts is no `host:port`.
    package init?(_ texts: [String]) {
        var hosts: Set<Host> = []
        for text in texts {
            guard let host = Host(text) else { return nil }
            hosts.insert(host)
        }
        self.hosts = hosts
    }

    /// Whether it may be connected to.
    package func contains(_ host: Host) -> Bool { hosts.contains(host) }
}

extension AllowedHosts.Host {
    /// Reads `host:port`, `[v6]:port`.
    package init?(_ text: String) {
        guard text.utf8.count <= 260, let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]), port > 0
        else { return nil }
        var name = text[..<colon].lowercased()
        if name.hasPrefix("[") && name.hasSuffix("]") { name = String(name.dropFirst().dropLast()) }
        guard !name.isEmpty, name.utf8.allSatisfy({ Self.isNameByte($0) }) else { return nil }
        self.init(name: name, port: port)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: ":"):
            true
        default: false
        }
    }
}
