/// The one value of a type that is written as a scalar or as another type.
struct JSONSingleOutput: SingleValueEncodingContainer {
    let output: JSONOutput
    var codingPath: [any CodingKey] { [] }

    private func integer(_ value: some BinaryInteger) throws {
        try output.scalar { writer throws(JSONEncodingError) in try writer.integer(value) }
    }

    func encodeNil() throws { try output.scalar { $0.null() } }
    func encode(_ value: Bool) throws { try output.scalar { $0.bool(value) } }
    func encode(_ value: String) throws { try output.scalar { $0.string(value) } }
    func encode(_ value: Double) throws { throw JSONEncodingError(.floatingPoint) }
    func encode(_ value: Float) throws { throw JSONEncodingError(.floatingPoint) }
    func encode(_ value: Int) throws { try integer(value) }
    func encode(_ value: Int8) throws { try integer(value) }
    func encode(_ value: Int16) throws { try integer(value) }
    func encode(_ value: Int32) throws { try integer(value) }
    func encode(_ value: Int64) throws { try integer(value) }
    func encode(_ value: UInt) throws { try integer(value) }
    func encode(_ value: UInt8) throws { try integer(value) }
    func encode(_ value: UInt16) throws { try integer(value) }
    func encode(_ value: UInt32) throws { try integer(value) }
    func encode(_ value: UInt64) throws { try integer(value) }
    func encode(_ value: some Encodable) throws { try output.write(value) }
}
