/// The opaque id of one try on a motor: 1 to 64 of `[A-Za-z0-9-]`; the same id again is the same try (`adapters-reference`, Operating).
public struct OperationID: Hashable, Sendable, Codable, CustomStringConvertible {
    /// What an id is, for the refusal of one that is none.
    static let words = "not an operation id: 1 to 64 of A-Z, a-z, 0-9 and -"

    /// The id as written.
    public let text: String

    /// Takes an id that follows the rule, else `nil`.
    public init?(_ text: String) {
        guard (1...64).contains(text.utf8.count) else { return nil }
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): continue
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): continue
            default: return nil
            }
        }
        self.text = text
    }

    /// Decodes an id, refusing one that breaks the rule.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let id = OperationID(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: OperationID.words)
        }
        self = id
    }

    /// Encodes the id as a string.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    /// The id as written.
    public var description: String { text }
}
