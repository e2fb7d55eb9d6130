/// A value that reads itself out of an object's members, for what is read thousands of times a second: Codable takes ten times as long.
package protocol JSONReadable: Decodable {
    /// Reads the value; unknown members are ignored.
    init(json: JSONObject) throws(JSONDecodingError)
}

extension JSONReadable {
    /// Reads the value inside one that Codable reads. A type that writes its own says ``init(readFrom:)`` there.
    package init(from decoder: any Decoder) throws { try self.init(readFrom: decoder) }

    /// Reads the value inside one that Codable reads.
    package init(readFrom decoder: any Decoder) throws {
        let value = try JSONValue(from: decoder)
        guard case .object(let object) = value else {
            throw JSONDecodingError(path: JSONPath(decoder.codingPath), kind: value.isNull ? .missing : .mismatch(expected: "an object"))
        }
        do throws(JSONDecodingError) {
            try self.init(json: object)
        } catch {
            throw JSONDecodingError(path: JSONPath(JSONPath(decoder.codingPath).steps + error.path.steps), kind: error.kind)
        }
    }
}

/// Members by hand: `required…` throws where one is absent or `null`, `optional…` gives `nil`. Both throw ``JSONDecodingError``, with the same
/// words as Codable would, where something else stands there.
extension JSONObject {
    private func fault(_ key: String, _ value: JSONValue?, _ expected: String) -> JSONDecodingError {
        JSONDecodingError(path: JSONPath([.member(key)]), kind: value?.isNull ?? true ? .missing : .mismatch(expected: expected))
    }

    private func refusal(_ key: String, _ words: String) -> JSONDecodingError {
        JSONDecodingError(path: JSONPath([.member(key)]), kind: .refused(words))
    }

    private func present(_ key: String) -> JSONValue? {
        guard let value = self[key], !value.isNull else { return nil }
        return value
    }

    /// A text.
    package func requiredText(_ key: String) throws(JSONDecodingError) -> String {
        guard let value = self[key], case .string(let text) = value else { throw fault(key, self[key], "a string") }
        return text
    }

    /// A text, where there is one.
    package func optionalText(_ key: String) throws(JSONDecodingError) -> String? {
        present(key) == nil ? nil : try requiredText(key)
    }

    /// A truth.
    package func requiredBool(_ key: String) throws(JSONDecodingError) -> Bool {
        guard let value = self[key], case .bool(let truth) = value else { throw fault(key, self[key], "true or false") }
        return truth
    }

    /// A truth, where there is one.
    package func optionalBool(_ key: String) throws(JSONDecodingError) -> Bool? {
        present(key) == nil ? nil : try requiredBool(key)
    }

    /// An integer that its type holds; `.outOfRange` when it does not.
    package func requiredInteger<Number: FixedWidthInteger>(_ key: String, as type: Number.Type = Number.self)
        throws(JSONDecodingError) -> Number
    {
        guard let value = self[key], case .integer(let wide) = value else { throw fault(key, self[key], "an integer") }
        guard let number = Number(exactly: wide) else { throw JSONDecodingError(path: JSONPath([.member(key)]), kind: .outOfRange) }
        return number
    }

    /// The same, where there is one.
    package func optionalInteger<Number: FixedWidthInteger>(_ key: String, as type: Number.Type = Number.self)
        throws(JSONDecodingError) -> Number?
    {
        present(key) == nil ? nil : try requiredInteger(key, as: type)
    }

    /// A text that a type takes or refuses; `words` say what it takes.
    package func required<Value>(_ key: String, _ words: String, _ make: (String) -> Value?) throws(JSONDecodingError) -> Value {
        guard let value = make(try requiredText(key)) else { throw refusal(key, words) }
        return value
    }

    /// One of an enumeration's words.
    package func requiredWord<Word: RawRepresentable<String>>(_ key: String, as type: Word.Type = Word.self) throws(JSONDecodingError)
        -> Word
    {
        try required(key, "is not one of the known values", Word.init(rawValue:))
    }

    /// The same, where there is one.
    package func optionalWord<Word: RawRepresentable<String>>(_ key: String, as type: Word.Type = Word.self) throws(JSONDecodingError)
        -> Word?
    {
        present(key) == nil ? nil : try requiredWord(key, as: type)
    }

    /// Bytes in base64url.
    package func requiredBytes(_ key: String) throws(JSONDecodingError) -> [UInt8] {
        let text = try requiredText(key)
        do throws(Base64URL.Failure) { return try Base64URL.decode(text) } catch { throw refusal(key, "is not base64url") }
    }

    /// A value that reads itself; what it refuses is told with its path from here.
    package func required<Value: JSONReadable>(_ key: String, as type: Value.Type = Value.self) throws(JSONDecodingError) -> Value {
        guard let value = self[key], case .object(let object) = value else { throw fault(key, self[key], "an object") }
        do throws(JSONDecodingError) {
            return try Value(json: object)
        } catch {
            throw JSONDecodingError(path: JSONPath([.member(key)] + error.path.steps), kind: error.kind)
        }
    }

    /// The same, where there is one.
    package func optional<Value: JSONReadable>(_ key: String, as type: Value.Type = Value.self) throws(JSONDecodingError) -> Value? {
        present(key) == nil ? nil : try required(key, as: type)
    }
}
