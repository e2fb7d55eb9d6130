extension StrictJSON {
    /// Reads a Swift value out of a JSON value.
    ///
    /// Unknown members are ignored; for an optional, absent and `null` mean the same. There are no floating-point numbers:
    /// asking for one is a mismatch.
    ///
    /// - Throws: ``JSONDecodingError`` naming the place, such as `locks[0].ttlMilliseconds is missing`; the caller refuses
    ///   the message.
    package static func decode<Value: Decodable>(_ type: Value.Type, from value: JSONValue) throws(JSONDecodingError) -> Value {
        if let direct = type as? any JSONReadable.Type {
            guard case .object(let object) = value else {
                throw JSONDecodingError(path: JSONPath(), kind: value.isNull ? .missing : .mismatch(expected: "an object"))
            }
            if let read = try direct.init(json: object) as? Value { return read }
        }
        do {
            return try JSONTreeDecoder(value: value, place: nil).decode(type)
        } catch {
            throw JSONDecodingError(error)
        }
    }
}

/// A step from the outermost value inwards; the whole path is spelled out only for an error.
final class DecodingPlace {
    private let outer: DecodingPlace?
    private let key: any CodingKey

    init(_ outer: DecodingPlace?, _ key: any CodingKey) {
        self.outer = outer
        self.key = key
    }

    var codingPath: [any CodingKey] { (outer?.codingPath ?? []) + [key] }
}

/// The `Decoder` one value sees.
struct JSONTreeDecoder: Decoder {
    let value: JSONValue
    let place: DecodingPlace?

    var codingPath: [any CodingKey] { place?.codingPath ?? [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    /// Reads a type by its own `init(from:)`; an error of its own gets this place.
    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        do {
            return try Value(from: self)
        } catch let error as DecodingError {
            throw error
        } catch let error as JSONDecodingError {
            throw error
        } catch {
            throw JSONDecodingError(path: JSONPath(codingPath), kind: .refused(String(describing: error)))
        }
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard case .object(let object) = value else { throw mismatch("an object") }
        return KeyedDecodingContainer(JSONKeyedInput(object: object, place: place))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard case .array(let elements) = value else { throw mismatch("an array") }
        return JSONUnkeyedInput(elements: elements, place: place)
    }

    func singleValueContainer() -> any SingleValueDecodingContainer { JSONSingleInput(decoder: self) }

    func bool() throws -> Bool {
        guard case .bool(let truth) = value else { throw mismatch("true or false") }
        return truth
    }

    func string() throws -> String {
        guard case .string(let text) = value else { throw mismatch("a string") }
        return text
    }

    func integer<Number: FixedWidthInteger>(_ type: Number.Type) throws -> Number {
        guard case .integer(let wide) = value else { throw mismatch("an integer") }
        guard let number = Number(exactly: wide) else {
            throw JSONDecodingError(path: JSONPath(codingPath), kind: .outOfRange)
        }
        return number
    }

    func floatingPoint() -> any Error { mismatch("readable as a floating-point number: there are none") }

    private func mismatch(_ expected: String) -> any Error {
        JSONDecodingError(path: JSONPath(codingPath), kind: value.isNull ? .missing : .mismatch(expected: expected))
    }
}

extension JSONValue: Codable {
    /// Takes the value as it is; only ``StrictJSON`` can give it.
    package init(from decoder: any Decoder) throws {
        guard let decoder = decoder as? JSONTreeDecoder else { throw JSONValue.foreignCoder(decoder.codingPath) }
        self = decoder.value
    }

    /// Writes the value as it is; only ``StrictJSON`` can take it.
    package func encode(to encoder: any Encoder) throws {
        guard let encoder = encoder as? JSONByteEncoder else { throw JSONValue.foreignCoder(encoder.codingPath) }
        try encoder.output.scalar { writer throws(JSONEncodingError) in try writer.value(self) }
    }

    static func foreignCoder(_ path: [any CodingKey]) -> any Error {
        DecodingError.dataCorrupted(DecodingError.Context(codingPath: path, debugDescription: "JSON values travel through StrictJSON only"))
    }
}

extension JSONObject: Codable {
    /// Takes the object as it is; only ``StrictJSON`` can give it.
    package init(from decoder: any Decoder) throws {
        let value = try JSONValue(from: decoder)
        guard case .object(let object) = value else {
            throw JSONDecodingError(path: JSONPath(decoder.codingPath), kind: value.isNull ? .missing : .mismatch(expected: "an object"))
        }
        self = object
    }

    /// Writes the object as it is; only ``StrictJSON`` can take it.
    package func encode(to encoder: any Encoder) throws { try JSONValue.object(self).encode(to: encoder) }
}
