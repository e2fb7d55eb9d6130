/// Members of an object.
struct JSONKeyedOutput<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let output: JSONOutput
    let handle: JSONOutput.Handle
    var codingPath: [any CodingKey] { [] }

    private func member(_ key: Key, _ write: () throws -> Void) throws {
        try output.next(in: handle, key: key.stringValue)
        do { try write() } catch let error as JSONEncodingError { throw error.inside(.member(key.stringValue)) }
    }

    private func integer(_ value: some BinaryInteger, _ key: Key) throws {
        try member(key) { try output.scalar { writer throws(JSONEncodingError) in try writer.integer(value) } }
    }

    func encodeNil(forKey key: Key) throws { try member(key) { try output.scalar { $0.null() } } }
    func encode(_ value: Bool, forKey key: Key) throws { try member(key) { try output.scalar { $0.bool(value) } } }
    func encode(_ value: String, forKey key: Key) throws { try member(key) { try output.scalar { $0.string(value) } } }
    func encode(_ value: Double, forKey key: Key) throws { try member(key) { throw JSONEncodingError(.floatingPoint) } }
    func encode(_ value: Float, forKey key: Key) throws { try member(key) { throw JSONEncodingError(.floatingPoint) } }
    func encode(_ value: Int, forKey key: Key) throws { try integer(value, key) }
    func encode(_ value: Int8, forKey key: Key) throws { try integer(value, key) }
    func encode(_ value: Int16, forKey key: Key) throws { try integer(value, key) }
    func encode(_ value: Int32, forKey key: Key) throws { try integer(value, key) }
    func encode(_ value: Int64, forKey key: Key) throws { try integer(value, key) }
    func encode(_ value: UInt, forKey key: Key) throws { try integer(value, key) }
    func encode(_ value: UInt8, forKey key: Key) throws { try integer(value, key) }
    func encode(_ value: UInt16, forKey key: Key) throws { try integer(value, key) }
    func encode(_ value: UInt32, forKey key: Key) throws { try integer(value, key) }
    func encode(_ value: UInt64, forKey key: Key) throws { try integer(value, key) }
    func encode(_ value: some Encodable, forKey key: Key) throws { try member(key) { try output.write(value) } }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) -> KeyedEncodingContainer<Nested> {
        noting(key)
        return output.encoder().container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        noting(key)
        return output.encoder().unkeyedContainer()
    }

    func superEncoder() -> any Encoder {
        noting(PlaceKey.super)
        return output.encoder()
    }

    func superEncoder(forKey key: Key) -> any Encoder {
        noting(key)
        return output.encoder()
    }

    private func noting(_ key: any CodingKey) {
        do { try output.next(in: handle, key: key.stringValue) } catch { output.note(error) }
    }
}
