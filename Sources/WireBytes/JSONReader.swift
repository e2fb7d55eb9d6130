/// The one JSON reader and writer of the gateway: strict, deterministic, without Foundation.
///
/// Reading follows RFC 8259 and refuses what implementations disagree about (RFC 7493): duplicate keys, numbers that are
/// not exact integers, lone surrogates, invalid UTF-8, trailing bytes.
package enum StrictJSON {
    /// Reading never nests deeper than this, whatever the caller allows: the reader recurses.
    package static let deepestNesting = 64

    /// The largest magnitude of an integer, 2⁵³−1.
    package static let largestInteger: Int64 = 9_007_199_254_740_991

    /// Reads one JSON text, all of it.
    ///
    /// - Parameters:
    ///   - bytes: the text; blanks around the value are allowed.
    ///   - maximumDepth: how deep containers may nest; the outermost counts 1. At most ``deepestNesting``.
    /// - Throws: ``JSONError`` with the rule and the byte; the caller refuses the text.
    package static func parse(_ bytes: Span<UInt8>, maximumDepth: Int) throws(JSONError) -> JSONValue {
        var reader = JSONReader(maximumDepth: min(maximumDepth, deepestNesting))
        return try reader.document(bytes)
    }

    /// Reads one JSON text held in an array; see ``parse(_:maximumDepth:)-(Span<UInt8>,_)``.
    package static func parse(_ bytes: [UInt8], maximumDepth: Int) throws(JSONError) -> JSONValue {
        try parse(bytes.span, maximumDepth: maximumDepth)
    }
}

/// A position in a JSON text. The text itself is passed to each function, so that no borrowed memory is stored.
struct JSONReader {
    var position = 0
    let maximumDepth: Int

    init(maximumDepth: Int) { self.maximumDepth = maximumDepth }

    mutating func document(_ bytes: Span<UInt8>) throws(JSONError) -> JSONValue {
        skipBlanks(bytes)
        let value = try value(bytes, depth: 0)
        skipBlanks(bytes)
        guard position == bytes.count else { throw failure(.trailingBytes) }
        return value
    }

    func failure(_ kind: JSONError.Kind) -> JSONError { JSONError(kind: kind, offset: position) }

    func peek(_ bytes: Span<UInt8>) throws(JSONError) -> UInt8 {
        guard position < bytes.count else { throw failure(.unexpectedEnd) }
        return bytes[position]
    }

    private mutating func skipBlanks(_ bytes: Span<UInt8>) {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            default: return
            }
        }
    }

    /// `depth` is the number of containers around this value.
    private mutating func value(_ bytes: Span<UInt8>, depth: Int) throws(JSONError) -> JSONValue {
        switch try peek(bytes) {
        case UInt8(ascii: "{"): return .object(try object(bytes, depth: depth + 1))
        case UInt8(ascii: "["): return .array(try array(bytes, depth: depth + 1))
        case UInt8(ascii: "\""): return .string(try string(bytes))
        case UInt8(ascii: "t"): return try literal("true", .bool(true), bytes)
        case UInt8(ascii: "f"): return try literal("false", .bool(false), bytes)
        case UInt8(ascii: "n"): return try literal("null", .null, bytes)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .integer(try integer(bytes))
        case UInt8(ascii: "+"): throw failure(.notAnInteger)
        default: throw failure(.unexpectedByte)
        }
    }

    private mutating func literal(_ word: StaticString, _ value: JSONValue, _ bytes: Span<UInt8>) throws(JSONError) -> JSONValue {
        for place in 0..<word.utf8CodeUnitCount {
            guard try peek(bytes) == word.utf8Start[place] else { throw failure(.unexpectedByte) }
            position += 1
        }
        return value
    }

    private mutating func array(_ bytes: Span<UInt8>, depth: Int) throws(JSONError) -> [JSONValue] {
        guard depth <= maximumDepth else { throw failure(.tooDeep) }
        position += 1
        skipBlanks(bytes)
        var elements: [JSONValue] = []
        if try peek(bytes) == UInt8(ascii: "]") {
            position += 1
            return elements
        }
        while true {
            elements.append(try value(bytes, depth: depth))
            guard try anotherFollows(bytes, unless: UInt8(ascii: "]")) else { return elements }
        }
    }

    private mutating func object(_ bytes: Span<UInt8>, depth: Int) throws(JSONError) -> JSONObject {
        guard depth <= maximumDepth else { throw failure(.tooDeep) }
        position += 1
        skipBlanks(bytes)
        var object = JSONObject()
        if try peek(bytes) == UInt8(ascii: "}") {
            position += 1
            return object
        }
        while true {
            guard try peek(bytes) == UInt8(ascii: "\"") else { throw failure(.unexpectedByte) }
            let keyOffset = position
            let key = try string(bytes)
            skipBlanks(bytes)
            guard try peek(bytes) == UInt8(ascii: ":") else { throw failure(.unexpectedByte) }
            position += 1
            skipBlanks(bytes)
            let value = try value(bytes, depth: depth)
            guard object.appendIfNew(key, value) else { throw JSONError(kind: .duplicateMember, offset: keyOffset) }
            guard try anotherFollows(bytes, unless: UInt8(ascii: "}")) else { return object }
        }
    }

    /// Reads the comma or the closing bracket after an element.
    private mutating func anotherFollows(_ bytes: Span<UInt8>, unless closing: UInt8) throws(JSONError) -> Bool {
        skipBlanks(bytes)
        let next = try peek(bytes)
        guard next == closing || next == UInt8(ascii: ",") else { throw failure(.unexpectedByte) }
        position += 1
        guard next != closing else { return false }
        skipBlanks(bytes)
        return true
    }
}
