import WireBytes

/// Bytes that stand on a line as lower-case hexadecimal.
package struct HexBytes: Sendable, Hashable, Codable {
    package var bytes: [UInt8]

    package init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Reads lower-case digits, refusing anything else.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let bytes = try? Hex.decode(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not bytes as lower-case hexadecimal")
        }
        self.bytes = bytes
    }

    /// Writes lower-case digits.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(Hex.encode(bytes))
    }
}

/// Bytes by name, in the order they came: `{"004c": "0215…"}`.
package struct NamedBytes: Sendable, Equatable, Codable {
    /// One name with its bytes.
    package struct Entry: Sendable, Equatable {
        package var name: String
        package var bytes: [UInt8]

        package init(name: String, bytes: [UInt8]) {
            self.name = name
            self.bytes = bytes
        }
    }

    package var entries: [Entry]

    package init(_ entries: [Entry] = []) { self.entries = entries }

    /// The bytes of a name, `nil` where there are none.
    package subscript(name: String) -> [UInt8]? { entries.first { $0.name == name }?.bytes }

    /// Reads an object of hexadecimal texts.
    package init(from decoder: any Decoder) throws {
        entries = []
        for (name, value) in try JSONObject(from: decoder).members {
            guard case .string(let text) = value, let bytes = try? Hex.decode(text) else {
                throw DecodingError.dataCorrupted(
                    DecodingError.Context(codingPath: decoder.codingPath, debugDescription: "not bytes as lower-case hexadecimal"))
            }
            entries.append(Entry(name: name, bytes: bytes))
        }
    }

    /// Writes an object; of two entries with one name the later counts.
    package func encode(to encoder: any Encoder) throws {
        try JSONObject(entries.map { ($0.name, .string(Hex.encode($0.bytes))) }).encode(to: encoder)
    }
}
