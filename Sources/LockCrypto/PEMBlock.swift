import WireBytes

/// One PEM block (RFC 7468): a label and the DER inside, 64 characters a line.
enum PEMBlock {
    /// The bytes in a text that is one block with that label and nothing else; blanks around lines are allowed.
    ///
    /// - Throws: `notPEM` when it is no such block, `unsupportedKey` when it is one with another label.
    static func decode(_ text: [UInt8], label: String) throws(CryptoFailure) -> [UInt8] {
        var lines = text.split { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }.map(trimmed).filter { !$0.isEmpty }
        guard lines.count >= 2 else { throw .notPEM }
        let first = lines.removeFirst()
        let last = lines.removeLast()
        guard first.starts(with: "-----BEGIN ".utf8), first.reversed().starts(with: "-----".utf8) else { throw .notPEM }
        guard first.elementsEqual("-----BEGIN \(label)-----".utf8) else { throw .unsupportedKey }
        guard last.elementsEqual("-----END \(label)-----".utf8) else { throw .notPEM }
        var body = lines.flatMap { Array($0) }
        defer { body.wipe() }
        return try bytes(ofBase64: &body)
    }

    /// A block with a line feed after each line, as ASCII bytes.
    static func encode(_ bytes: [UInt8], label: String) -> [UInt8] {
        var body = Base64URL.encodedBytes(bytes).map(toStandard)
        defer { body.wipe() }
        body += Array(repeating: UInt8(ascii: "="), count: (4 - body.count % 4) % 4)
        var text = Array("-----BEGIN \(label)-----\n".utf8)
        text.reserveCapacity(body.count + body.count / 64 + 64)
        for start in stride(from: 0, to: body.count, by: 64) {
            text += body[start..<min(start + 64, body.count)]
            text.append(UInt8(ascii: "\n"))
        }
        return text + Array("-----END \(label)-----\n".utf8)
    }

    private static func trimmed(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        return line.drop(while: isBlank).reversed().drop(while: isBlank).reversed()[...]
    }

    /// Standard base64 with its padding, read by way of the URL alphabet, which has one reader.
    private static func bytes(ofBase64 body: inout [UInt8]) throws(CryptoFailure) -> [UInt8] {
        guard body.count.isMultiple(of: 4) else { throw .notPEM }
        for _ in 0..<2 where body.last == UInt8(ascii: "=") { body.removeLast() }
        for place in body.indices {
            switch body[place] {
            case UInt8(ascii: "+"): body[place] = UInt8(ascii: "-")
            case UInt8(ascii: "/"): body[place] = UInt8(ascii: "_")
            case UInt8(ascii: "-"), UInt8(ascii: "_"): throw .notPEM
            default: break
            }
        }
        do { return try Base64URL.decode(body.span) } catch { throw .notPEM }
    }

    private static func toStandard(_ character: UInt8) -> UInt8 {
        switch character {
        case UInt8(ascii: "-"): UInt8(ascii: "+")
        case UInt8(ascii: "_"): UInt8(ascii: "/")
        default: character
        }
    }
}
