/// The id of a request: an integer, or a text of 1 to 64 bytes; each side numbers its own (`adapters-reference`, Lines and ids).
package enum RequestID: Hashable, Sendable, Codable, CustomStringConvertible {
    case number(Int64)
    case text(String)

    /// The longest text id, in bytes.
    package static let maximumTextBytes = 64

    /// Decodes either form, refusing an empty or a longer text.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let number = try? container.decode(Int64.self) {
            self = .number(number)
            return
        }
        let text = try container.decode(String.self)
        guard (1...RequestID.maximumTextBytes).contains(text.utf8.count) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a request id: a text of 1 to 64 bytes")
        }
        self = .text(text)
    }

    /// Encodes the id as it was.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .number(let number): try container.encode(number)
        case .text(let text): try container.encode(text)
        }
    }

    package var description: String {
        switch self {
        case .number(let number): String(number)
        case .text(let text): "\"" + text + "\""
        }
    }
}
