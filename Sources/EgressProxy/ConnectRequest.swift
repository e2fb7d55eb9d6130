/// The head of an HTTP CONNECT request (RFC 9110, section 9.3.6), as far as a proxy needs it.
package struct ConnectRequest: Sendable, Equatable {
    /// What a client is told instead of being connected.
    package enum Refusal: Int, Error, Sendable {
        /// No HTTP.
        case malformed = 400
        /// The manifest does not name the host.
        case notAllowed = 403
        /// Another method than CONNECT: what is not encrypted end to end is not carried.
        case notConnect = 405
        /// The head is longer than a proxy reads.
        case tooLong = 431
        /// The host can't be reached, or its name leads to an address of this machine's own networks.
        case unreachable = 502
        /// As many connections as there may be.
        case busy = 503

        /// The whole answer.
        package var response: [UInt8] { Array("HTTP/1.1 \(rawValue) \(phrase)\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".utf8) }

        private var phrase: String {
            switch self {
            case .malformed: "Bad Request"
            case .notAllowed: "Not Named In The Manifest"
            case .notConnect: "Only CONNECT"
            case .tooLong: "Head Too Long"
            case .unreachable: "Unreachable"
            case .busy: "Too Many Connections"
            }
        }
    }

    package static let maximumBytes = 8192
    package static let accepted = Array("HTTP/1.1 200 Connected\r\n\r\n".utf8)

    package var host: AllowedHosts.Host
    /// What the client sent after the head already.
    package var rest: [UInt8]

    /// Reads a head.
    /// - Returns: `nil` while more bytes are needed.
    /// - Throws: ``Refusal``: send its response and close.
    package init?(_ bytes: [UInt8]) throws(Refusal) {
        guard let end = Self.end(of: bytes) else {
            if bytes.count >= Self.maximumBytes { throw .tooLong }
            return nil
        }
        let line = bytes.prefix { $0 != 0x0D && $0 != 0x0A }
        let words = String(decoding: line, as: UTF8.self).split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 3, words[2] == "HTTP/1.1" || words[2] == "HTTP/1.0" else { throw .malformed }
        guard words[0] == "CONNECT" else { throw .notConnect }
        guard let host = AllowedHosts.Host(String(words[1])) else { throw .malformed }
        self.host = host
        rest = Array(bytes[end...])
    }

    /// Where the empty line ends.
    private static func end(of bytes: [UInt8]) -> Int? {
        guard bytes.count >= 4 else { return nil }
        for index in 0...(bytes.count - 4) where bytes[index] == 0x0D && bytes[index + 1] == 0x0A && bytes[index + 2] == 0x0D {
            if bytes[index + 3] == 0x0A { return index + 4 }
        }
        return nil
    }
}
