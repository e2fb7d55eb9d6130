/// Appends JSON to bytes: compact, deterministic, without a tree in between.
///
/// It writes scalars and keys; whoever uses it places brackets and commas.
package struct JSONWriter {
    var bytes: [UInt8] = []

    mutating func byte(_ byte: UInt8) { bytes.append(byte) }

    mutating func null() { bytes.append(contentsOf: "null".utf8) }

    mutating func bool(_ truth: Bool) { bytes.append(contentsOf: (truth ? "true" : "false").utf8) }

    /// Writes an integer in its one spelling, or refuses one that not every reader carries exactly.
    package mutating func integer<Number: BinaryInteger>(_ number: Number) throws(JSONEncodingError) {
        guard let value = Int64(exactly: number), value.magnitude <= UInt64(StrictJSON.largestInteger) else {
            throw JSONEncodingError(.integerOutOfRange)
        }
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        var rest = value.magnitude
        let first = bytes.count
        repeat {
            bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        } while rest > 0
        bytes[first...].reverse()
    }

    /// Writes a string, escaping the quote, the backslash and control characters, the last as `\n`-like letters where JSON has one.
    mutating func string(_ text: String) {
        var text = text
        bytes.append(UInt8(ascii: "\""))
        text.withUTF8 { utf8 in
            if utf8.contains(where: JSONWriter.mustBeEscaped) { return escape(utf8) }
            bytes.append(contentsOf: utf8)
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// Writes a key and its colon.
    mutating func key(_ key: String) {
        string(key)
        bytes.append(UInt8(ascii: ":"))
    }

    /// Writes a whole value, members in their order.
    mutating func value(_ value: JSONValue) throws(JSONEncodingError) {
        switch value {
        case .null: null()
        case .bool(let truth): bool(truth)
        case .integer(let number): try integer(number)
        case .string(let text): string(text)
        case .array(let elements): try array(elements)
        case .object(let members): try object(members)
        }
    }

    private mutating func array(_ elements: [JSONValue]) throws(JSONEncodingError) {
        bytes.append(UInt8(ascii: "["))
        for (place, element) in elements.enumerated() {
            if place > 0 { bytes.append(UInt8(ascii: ",")) }
            do { try value(element) } catch { throw error.inside(.element(place)) }
        }
        bytes.append(UInt8(ascii: "]"))
    }

    /// Writes an object, members in their order.
    mutating func object(_ object: JSONObject) throws(JSONEncodingError) {
        bytes.append(UInt8(ascii: "{"))
        for (place, member) in object.members.enumerated() {
            if place > 0 { bytes.append(UInt8(ascii: ",")) }
            key(member.key)
            do { try value(member.value) } catch { throw error.inside(.member(member.key)) }
        }
        bytes.append(UInt8(ascii: "}"))
    }

    private static func mustBeEscaped(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    private mutating func escape(_ utf8: UnsafeBufferPointer<UInt8>) {
        for byte in utf8 {
            if JSONWriter.mustBeEscaped(byte) { escape(byte) } else { bytes.append(byte) }
        }
    }

    private mutating func escape(_ byte: UInt8) {
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
        case 0x08: bytes.append(UInt8(ascii: "b"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        case 0x0A: bytes.append(UInt8(ascii: "n"))
        case 0x0C: bytes.append(UInt8(ascii: "f"))
        case 0x0D: bytes.append(UInt8(ascii: "r"))
        default:
            bytes.append(contentsOf: "u00".utf8)
            bytes.append(Hex.digit(byte >> 4))
            bytes.append(Hex.digit(byte & 15))
        }
    }
}
