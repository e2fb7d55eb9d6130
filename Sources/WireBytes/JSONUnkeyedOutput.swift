/// Elements of an array.
struct JSONUnkeyedOutput: UnkeyedEncodingContainer {
    let output: JSONOutput
    let handle: JSONOutput.Handle
    private(set) var count = 0
    var codingPath: [any CodingKey] { [] }

    init(output: JSONOutput, handle: JSONOutput.Handle) {
        self.output = output
        self.handle = handle
    }

    private mutating func element(_ write: () throws -> Void) throws {
        try output.next(in: handle)
        do { try write() } catch let error as JSONEncodingError { throw error.inside(.element(count)) }
        count += 1
    }

    private mutating func integer(_ value: some BinaryInteger) throws {
        try element { [output] in try output.scalar { writer throws(JSONEncodingError) in try writer.integer(value) } }
    }

    mutating func encodeNil() throws { try element { [output] in try output.scalar { $0.null() } } }
    mutating func encode(_ value: Bool) throws { try element { [output] in try output.scalar { $0.bool(value) } } }
    mutating func encode(_ value: String) throws { try element { [output] in try output.scalar { $0.string(value) } } }
    mutating func encode(_ value: Double) throws { try element { throw JSONEncodingError(.floatingPoint) } }
    mutating func encode(_ value: Float) throws { try element { throw JSONEncodingError(.floatingPoint) } }
    mutating func encode(_ value: Int) throws { try integer(value) }
    mutating func encode(_ value: Int8) throws { try integer(value) }
    mutating func encode(_ value: Int16) throws { try integer(value) }
    mutating func encode(_ value: Int32) throws { try integer(value) }
    mutating func encode(_ value: Int64) throws { try integer(value) }
    mutating func encode(_ value: UInt) throws { try integer(value) }
    mutating func encode(_ value: UInt8) throws { try integer(value) }
    mutating func encode(_ value: UInt16) throws { try integer(value) }
    mutating func encode(_ value: UInt32) throws { try integer(value) }
    mutating func encode(_ value: UInt64) throws { try integer(value) }
    mutating func encode(_ value: some Encodable) throws { try element { [output] in try output.write(value) } }

    mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
        noting()
        return output.encoder().container(keyedBy: type)
    }

    mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
        noting()
        return output.encoder().unkeyedContainer()
    }

    mutating func superEncoder() -> any Encoder {
        noting()
        return output.encoder()
    }

    private mutating func noting() {
        do { try output.next(in: handle) } catch { output.note(error) }
        count += 1
    }
}
