/// A value that writes its own JSON straight into the bytes, for what is written thousands of times a second: Codable takes ten times as long.
///
/// What it writes is one value. A type that is `Encodable` by its members too must write what those would, byte for byte.
package protocol JSONWritable: Encodable {
    /// Writes the value.
    /// - Throws: ``JSONEncodingError`` for an integer that not every reader carries.
    func write(to json: inout JSONWriter) throws(JSONEncodingError)
}

extension JSONWritable {
    /// Writes the value inside one that Codable writes. A type that writes its own says ``write(into:)`` there.
    package func encode(to encoder: any Encoder) throws { try write(into: encoder) }

    /// Writes the value inside one that Codable writes.
    package func write(into encoder: any Encoder) throws {
        guard let encoder = encoder as? JSONByteEncoder else { throw JSONValue.foreignCoder(encoder.codingPath) }
        try encoder.output.scalar { writer throws(JSONEncodingError) in try self.write(to: &writer) }
    }
}

extension JSONValue: JSONWritable {
    /// Writes the value as it is.
    package func write(to json: inout JSONWriter) throws(JSONEncodingError) { try json.value(self) }
}

/// Objects by hand: ``beginObject()``, one `member` after another, ``endObject()``. Members that are `nil` are left out. Those with an integer in
/// them throw ``JSONEncodingError``, with its path, for one outside −(2⁵³−1) … 2⁵³−1.
extension JSONWriter {
    /// Begins an object.
    package mutating func beginObject() { byte(UInt8(ascii: "{")) }
    /// Ends it.
    package mutating func endObject() { byte(UInt8(ascii: "}")) }

    /// Begins a member whose value the caller writes next. The key is plain ASCII.
    package mutating func member(_ key: StaticString) {
        if bytes.last != UInt8(ascii: "{") { byte(UInt8(ascii: ",")) }
        byte(UInt8(ascii: "\""))
        bytes.append(contentsOf: UnsafeBufferPointer(start: key.utf8Start, count: key.utf8CodeUnitCount))
        byte(UInt8(ascii: "\""))
        byte(UInt8(ascii: ":"))
    }

    /// A text as a member.
    package mutating func member(_ key: StaticString, _ text: String) {
        member(key)
        string(text)
    }

    /// A text as a member, where there is one.
    package mutating func member(_ key: StaticString, _ text: String?) {
        if let text { member(key, text) }
    }

    /// A truth as a member.
    package mutating func member(_ key: StaticString, _ truth: Bool) {
        member(key)
        bool(truth)
    }

    /// A truth as a member, where there is one.
    package mutating func member(_ key: StaticString, _ truth: Bool?) {
        if let truth { member(key, truth) }
    }

    /// An integer as a member.
    package mutating func member(_ key: StaticString, _ number: some FixedWidthInteger) throws(JSONEncodingError) {
        member(key)
        do throws(JSONEncodingError) { try integer(number) } catch { throw error.inside(.member("\(key)")) }
    }

    /// An integer as a member, where there is one.
    package mutating func member(_ key: StaticString, _ number: (some FixedWidthInteger)?) throws(JSONEncodingError) {
        if let number { try member(key, number) }
    }

    /// A value that writes itself as a member.
    package mutating func member(_ key: StaticString, _ value: some JSONWritable) throws(JSONEncodingError) {
        member(key)
        do throws(JSONEncodingError) { try value.write(to: &self) } catch { throw error.inside(.member("\(key)")) }
    }

    /// A value that writes itself as a member, where there is one.
    package mutating func member(_ key: StaticString, _ value: (some JSONWritable)?) throws(JSONEncodingError) {
        if let value { try member(key, value) }
    }

    /// An array as a member.
    package mutating func member<Value: JSONWritable>(_ key: StaticString, elements: [Value]) throws(JSONEncodingError) {
        member(key)
        byte(UInt8(ascii: "["))
        for (place, element) in elements.enumerated() {
            if place > 0 { byte(UInt8(ascii: ",")) }
            do throws(JSONEncodingError) { try element.write(to: &self) } catch {
                throw error.inside(.element(place)).inside(.member("\(key)"))
            }
        }
        byte(UInt8(ascii: "]"))
    }

    /// An array of texts as a member.
    package mutating func member(_ key: StaticString, texts: [String]) {
        member(key)
        byte(UInt8(ascii: "["))
        for (place, text) in texts.enumerated() {
            if place > 0 { byte(UInt8(ascii: ",")) }
            string(text)
        }
        byte(UInt8(ascii: "]"))
    }

    /// Bytes as a member, in base64url.
    package mutating func member(_ key: StaticString, base64URL value: [UInt8]) {
        member(key)
        byte(UInt8(ascii: "\""))
        Base64URL.append(value, to: &bytes)
        byte(UInt8(ascii: "\""))
    }

    /// A value that writes itself, or else what Codable makes of it.
    package mutating func member(_ key: StaticString, encoding value: some Encodable) throws(JSONEncodingError) {
        if let direct = value as? any JSONWritable { return try member(key, direct) }
        member(key)
        do {
            bytes.append(contentsOf: try StrictJSON.encode(value))
        } catch {
            // A type's own `encode(to:)` that gives up has not written its one value.
            throw (error as? JSONEncodingError ?? JSONEncodingError(.notOneValue)).inside(.member("\(key)"))
        }
    }
}
