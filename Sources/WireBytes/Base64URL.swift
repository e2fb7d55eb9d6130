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
        String(unsafeUninitializedCapacity: count(of: bytes)) { fill($0, with: bytes) }
    }

    /// The same as ASCII bytes, for writing into a buffer.
    package static func encodedBytes(_ bytes: [UInt8]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count(of: bytes)) { text, count in count = fill(text, with: bytes) }
    }

    /// Writes the text at the end of a buffer.
    static func append(_ bytes: [UInt8], to text: inout [UInt8]) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: count(of: bytes)) { room in
            let count = fill(room, with: bytes)
            text.append(contentsOf: room[..<count])
        }
    }

    private static func count(of bytes: [UInt8]) -> Int { (bytes.count * 4 + 2) / 3 }

    private static func fill(_ text: UnsafeMutableBufferPointer<UInt8>, with bytes: [UInt8]) -> Int {
        alphabet.withUnsafeBufferPointer { alphabet in
            var end = 0
            var index = 0
            while index < bytes.count {
                let rest = min(3, bytes.count - index)
                var bits = UInt32(bytes[index]) << 16
                if rest > 1 { bits |= UInt32(bytes[index + 1]) << 8 }
                if rest > 2 { bits |= UInt32(bytes[index + 2]) }
                for place in 0...rest {
                    text[end] = alphabet[Int(bits >> UInt32(18 - 6 * place) & 63)]
                    end += 1
                }
                index += 3
            }
            return end
        }
    }

    /// The bytes of a canonical text.
    package static func decode(_ text: Span<UInt8>) throws(Failure) -> [UInt8] {
        guard text.count % 4 != 1 else { throw .invalidLength }
        var bits: UInt32 = 0
        var bitCount = 0
        var invalid: Int?
        let bytes = [UInt8](unsafeUninitializedCapacity: text.count * 3 / 4) { bytes, count in
            for offset in text.indices {
                let value = values[Int(text[offset])]
                guard value < 64 else {
                    invalid = offset
                    return
                }
                bits = bits << 6 | UInt32(value)
                bitCount += 6
                if bitCount >= 8 {
                    bitCount -= 8
                    bytes[count] = UInt8(truncatingIfNeeded: bits >> UInt32(bitCount))
                    count += 1
                }
            }
        }
        if let invalid { throw .invalidCharacter(offset: invalid) }
        guard bits & (1 << UInt32(bitCount) - 1) == 0 else { throw .notCanonical }
        return bytes
    }

    /// The bytes of a canonical text; see ``decode(_:)-(Span<UInt8>)``.
    package static func decode(_ text: String) throws(Failure) -> [UInt8] {
        let utf8 = Array(text.utf8)
        return try decode(utf8.span)
    }

    /// By character, the six bits it stands for; 64 for those that stand for nothing.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 64, count: 256)
        for (value, character) in alphabet.enumerated() { values[Int(character)] = UInt8(value) }
        return values
    }()
}
