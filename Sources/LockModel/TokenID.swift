/// A token's `jti`: 128 bits, written as exactly 22 characters of canonical base64url (`bus-reference`, Tokens).
///
/// Kept as two words because the gateway holds every id used in the last minutes in memory.
public struct TokenID: Hashable, Sendable, Codable, CustomStringConvertible {
    private let high: UInt64
    private let low: UInt64

    /// Reads the 22 characters; `nil` for any other length, alphabet, or when the last character carries bits past the 128th.
    public init?(_ text: String) {
        guard text.utf8.count == 22 else { return nil }
        var high: UInt64 = 0
        var low: UInt64 = 0
        for (index, byte) in text.utf8.enumerated() {
            guard let value = TokenID.value(of: byte) else { return nil }
            if index == 21 {
                guard value & 0x0F == 0 else { return nil }
                high = high << 2 | low >> 62
                low = low << 2 | UInt64(value >> 4)
            } else {
                high = high << 6 | low >> 58
                low = low << 6 | UInt64(value)
            }
        }
        self.high = high
        self.low = low
    }

    /// Makes an id of 16 random bytes; `nil` for another count.
    public init?(bytes: [UInt8]) {
        guard bytes.count == 16 else { return nil }
        high = bytes[..<8].reduce(0) { $0 << 8 | UInt64($1) }
        low = bytes[8...].reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// The 22 characters.
    public var description: String {
        String(unsafeUninitializedCapacity: 22) { text in
            for index in 0..<21 {
                let shift = 122 - 6 * index
                let bits: UInt64
                if shift >= 64 {
                    bits = high >> UInt64(shift - 64)
                } else if shift > 58 {
                    bits = high << UInt64(64 - shift) | low >> UInt64(shift)
                } else {
                    bits = low >> UInt64(shift)
                }
                text[index] = TokenID.alphabet[Int(bits & 0x3F)]
            }
            text[21] = TokenID.alphabet[Int(low & 0x03) << 4]
            return 22
        }
    }

    /// Decodes the 22 characters, refusing anything else.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let id = TokenID(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a token id: 22 characters of base64url")
        }
        self = id
    }

    /// Encodes the 22 characters.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    private static func value(of byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): byte - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0") + 52
        case UInt8(ascii: "-"): 62
        case UInt8(ascii: "_"): 63
        default: nil
        }
    }
}
