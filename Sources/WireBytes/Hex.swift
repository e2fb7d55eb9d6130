/// Lower-case hexadecimal: digests in replies, `operation` ids, test vectors.
package enum Hex {
    /// Why a text is not lower-case hexadecimal; the caller refuses it.
    package enum Failure: Error, Equatable, Sendable {
        case oddLength
        case invalidCharacter(offset: Int)
    }

    /// Two lower-case digits a byte.
    package static func encode(_ bytes: some Sequence<UInt8>) -> String {
        var text = String()
        for byte in bytes {
            text.unicodeScalars.append(Unicode.Scalar(digit(byte >> 4)))
            text.unicodeScalars.append(Unicode.Scalar(digit(byte & 15)))
        }
        return text
    }

    /// The bytes of a text of lower-case digits; capitals are refused, so that one value has one spelling.
    package static func decode(_ text: String) throws(Failure) -> [UInt8] {
        let digits = Array(text.utf8)
        guard digits.count.isMultiple(of: 2) else { throw .oddLength }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count / 2)
        var high: UInt8 = 0
        for (offset, character) in digits.enumerated() {
            guard let value = value(ofLowerCase: character) else { throw .invalidCharacter(offset: offset) }
            if offset.isMultiple(of: 2) { high = value << 4 } else { bytes.append(high | value) }
        }
        return bytes
    }

    static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") - 10 + value
    }

    private static func value(ofLowerCase character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): character - UInt8(ascii: "a") + 10
        default: nil
        }
    }

    static func value(ofEitherCase character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "F"): character - UInt8(ascii: "A") + 10
        default: value(ofLowerCase: character)
        }
    }
}
