extension JSONReader {
    /// Reads an integer of −(2⁵³−1) … 2⁵³−1 in its one spelling.
    mutating func integer(_ bytes: Span<UInt8>) throws(JSONError) -> Int64 {
        let start = position
        let isNegative = bytes[position] == UInt8(ascii: "-")
        if isNegative { position += 1 }
        let firstDigit = position
        var magnitude: Int64 = 0
        var isTooLarge = false
        while position < bytes.count, case let digit = bytes[position] &- UInt8(ascii: "0"), digit <= 9 {
            // Past the limit the value no longer matters; the digits are still read, to name a fraction before a size.
            if !isTooLarge { magnitude = magnitude * 10 + Int64(digit) }
            isTooLarge = isTooLarge || magnitude > StrictJSON.largestInteger
            position += 1
        }
        let digits = position - firstDigit
        if digits == 0 {
            _ = try peek(bytes)
            throw failure(.unexpectedByte)
        }
        if position < bytes.count, Self.belongsToOtherNumbers(bytes[position]) { throw JSONError(kind: .notAnInteger, offset: start) }
        if digits > 1, bytes[firstDigit] == UInt8(ascii: "0") { throw JSONError(kind: .notAnInteger, offset: start) }
        if isTooLarge { throw JSONError(kind: .integerOutOfRange, offset: start) }
        if isNegative, magnitude == 0 { throw JSONError(kind: .notAnInteger, offset: start) }
        return isNegative ? -magnitude : magnitude
    }

    private static func belongsToOtherNumbers(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ".") || byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E")
    }

    /// Reads a string from its opening quote past its closing one.
    mutating func string(_ bytes: Span<UInt8>) throws(JSONError) -> String {
        position += 1
        let start = position
        var hasEscapes = false
        scan: while true {
            switch try peek(bytes) {
            case UInt8(ascii: "\""): break scan
            case UInt8(ascii: "\\"):
                // The byte after a backslash can be a quote; what it means is read below.
                hasEscapes = true
                position += 1
                _ = try peek(bytes)
                position += 1
            case 0x00..<0x20: throw failure(.controlCharacter)
            default: position += 1
            }
        }
        let end = position
        try checkUTF8(bytes, start..<end)
        position = end + 1
        guard hasEscapes else { return try text(bytes.extracting(start..<end), at: start) }
        let closing = position
        let unescaped = try unescape(bytes, start..<end)
        position = closing
        return try text(unescaped.span, at: start)
    }

    private func checkUTF8(_ bytes: Span<UInt8>, _ range: Range<Int>) throws(JSONError) {
        do {
            _ = try UTF8Span(validating: bytes.extracting(range))
        } catch {
            throw JSONError(kind: .invalidUTF8, offset: range.lowerBound + error.byteOffsets.lowerBound)
        }
    }

    private func text(_ bytes: Span<UInt8>, at offset: Int) throws(JSONError) -> String {
        do {
            return String(copying: try UTF8Span(validating: bytes))
        } catch {
            throw JSONError(kind: .invalidUTF8, offset: offset + error.byteOffsets.lowerBound)
        }
    }

    /// The bytes a string with escapes stands for.
    private mutating func unescape(_ bytes: Span<UInt8>, _ range: Range<Int>) throws(JSONError) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(range.count)
        position = range.lowerBound
        while position < range.upperBound {
            let byte = bytes[position]
            guard byte == UInt8(ascii: "\\") else {
                result.append(byte)
                position += 1
                continue
            }
            if let short = Self.shortEscape(bytes[position + 1]) {
                result.append(short)
                position += 2
            } else {
                result.append(contentsOf: try unicodeEscape(bytes, range.upperBound).utf8)
            }
        }
        return result
    }

    private static func shortEscape(_ letter: UInt8) -> UInt8? {
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): letter
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        default: nil
        }
    }

    /// Reads `\uXXXX`, or the two of a surrogate pair.
    private mutating func unicodeEscape(_ bytes: Span<UInt8>, _ end: Int) throws(JSONError) -> Unicode.Scalar {
        let start = position
        let first = try codeUnit(bytes, end)
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard UTF16.isLeadSurrogate(first), position < end, bytes[position] == UInt8(ascii: "\\"), position + 1 < end,
            bytes[position + 1] == UInt8(ascii: "u")
        else { throw JSONError(kind: .loneSurrogate, offset: start) }
        let second = try codeUnit(bytes, end)
        let combined = 0x10000 + (UInt32(first) - 0xD800) << 10 + (UInt32(second) & 0x3FF)
        guard UTF16.isTrailSurrogate(second), let scalar = Unicode.Scalar(combined) else {
            throw JSONError(kind: .loneSurrogate, offset: start)
        }
        return scalar
    }

    private mutating func codeUnit(_ bytes: Span<UInt8>, _ end: Int) throws(JSONError) -> UInt16 {
        guard bytes[position + 1] == UInt8(ascii: "u"), position + 6 <= end else { throw failure(.invalidEscape) }
        var unit: UInt16 = 0
        for place in position + 2..<position + 6 {
            guard let digit = Hex.value(ofEitherCase: bytes[place]) else { throw failure(.invalidEscape) }
            unit = unit << 4 | UInt16(digit)
        }
        position += 6
        return unit
    }
}
