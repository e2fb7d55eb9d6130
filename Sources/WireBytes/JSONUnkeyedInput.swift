/// Elements of an array.
struct JSONUnkeyedInput: UnkeyedDecodingContainer {
    let elements: [JSONValue]
    let place: DecodingPlace?
    private(set) var currentIndex = 0

    init(elements: [JSONValue], place: DecodingPlace?) {
        self.elements = elements
        self.place = place
    }

    var codingPath: [any CodingKey] { place?.codingPath ?? [] }
    var count: Int? { elements.count }
    var isAtEnd: Bool { currentIndex >= elements.count }

    /// Reads the next element; one that cannot be read is not passed over.
    private mutating func element<Value>(_ read: (JSONTreeDecoder) throws -> Value) throws -> Value {
        let key = PlaceKey(intValue: currentIndex)
        guard !isAtEnd else { throw JSONDecodingError(path: JSONPath(codingPath + [key]), kind: .missing) }
        let value = try read(JSONTreeDecoder(value: elements[currentIndex], place: DecodingPlace(place, key)))
        currentIndex += 1
        return value
    }

    mutating func decodeNil() throws -> Bool {
        guard !isAtEnd, elements[currentIndex].isNull else { return false }
        currentIndex += 1
        return true
    }

    mutating func decode(_ type: Bool.Type) throws -> Bool { try element { try $0.bool() } }
    mutating func decode(_ type: String.Type) throws -> String { try element { try $0.string() } }
    mutating func decode(_ type: Double.Type) throws -> Double { try element { throw $0.floatingPoint() } }
    mutating func decode(_ type: Float.Type) throws -> Float { try element { throw $0.floatingPoint() } }
    mutating func decode(_ type: Int.Type) throws -> Int { try element { try $0.integer(type) } }
    mutating func decode(_ type: Int8.Type) throws -> Int8 { try element { try $0.integer(type) } }
    mutating func decode(_ type: Int16.Type) throws -> Int16 { try element { try $0.integer(type) } }
    mutating func decode(_ type: Int32.Type) throws -> Int32 { try element { try $0.integer(type) } }
    mutating func decode(_ type: Int64.Type) throws -> Int64 { try element { try $0.integer(type) } }
    mutating func decode(_ type: UInt.Type) throws -> UInt { try element { try $0.integer(type) } }
    mutating func decode(_ type: UInt8.Type) throws -> UInt8 { try element { try $0.integer(type) } }
    mutating func decode(_ type: UInt16.Type) throws -> UInt16 { try element { try $0.integer(type) } }
    mutating func decode(_ type: UInt32.Type) throws -> UInt32 { try element { try $0.integer(type) } }
    mutating func decode(_ type: UInt64.Type) throws -> UInt64 { try element { try $0.integer(type) } }
    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try element { try $0.decode(type) } }

    mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) throws -> KeyedDecodingContainer<Nested> {
        try element { try $0.container(keyedBy: type) }
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer { try element { try $0.unkeyedContainer() } }
    mutating func superDecoder() throws -> any Decoder { try element { $0 } }
}
