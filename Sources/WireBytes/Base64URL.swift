/// Base64 with the URL alphabet, without padding (RFC 4648 section 5, RFC 7515 section 2), in its one canonical spelling.
package enum Base64URL {
    /// Why a text is not canonical base64url; the caller refuses it.
    package enum Failure: Error, Equatable, Sendable {
        /// A character outside `A–Z a–z 0–9 - _`; padding and blanks too.
        case invalidCharacter(offset: Int)
        /// One character more than a multiple of four.
        case invalidLength
        /// The unused bits of the last character are not zero: another text stands for the same bytes.
        case notCanonical
    }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    /// The text of some bytes: four characters for three bytes, two or three for the rest.
    package static func encode(_ bytes: [UInt8]) -> String {
        String(decoding: encodedBytes(bytes), as: UTF8.self)
    }

    /// The same as ASCII bytes, for writing into a buffer.
    package static func encodedBytes(_ bytes: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count * 4 + 2) / 3)
        var bits: UInt32 = 0
        var bitCount = 0
        for byte in bytes {
            bits = bits << 8 | UInt32(byte)
            bitCount += 8
            while bitCount >= 6 {
                bitCount -= 6
                text.append(alphabet[Int(bits >> UInt32(bitCount) & 63)])
            }
        }
        if bitCount > 0 { text.append(alphabet[Int(bits << UInt32(6 - bitCount) & 63)]) }
        return text
    }

    /// The bytes of a canonical text.
    package static func decode(_ text: Span<UInt8>) throws(Failure) -> [UInt8] {
        guard text.count % 4 != 1 else { throw .invalidLength }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count * 3 / 4)
        var bits: UInt32 = 0
        var bitCount = 0
        for offset in text.indices {
            guard let value = value(of: text[offset]) else { throw .invalidCharacter(offset: offset) }
            bits = bits << 6 | value
            bitCount += 6
            if bitCount >= 8 {
                bitCount -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(bitCount)))
            }
        }
        guard bits & (1 << UInt32(bitCount) - 1) == 0 else { throw .notCanonical }
        return bytes
    }

    /// The bytes of a canonical text; see ``decode(_:)-(Span<UInt8>)``.
    package static func decode(_ text: String) throws(Failure) -> [UInt8] {
        let utf8 = Array(text.utf8)
        return try decode(utf8.span)
    }

    private static func value(of character: UInt8) -> UInt32? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "-"): 62
        case UInt8(ascii: "_"): 63
        default: nil
        }
    }
}
