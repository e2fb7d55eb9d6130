import WireBytes

/// Between messages and lines (`adapters-reference`, Lines and ids). A line here has no LF.
///
/// Reading guarantees that whatever comes back obeys every rule of the line; whether the method exists and may come now is the table's
/// business. Writing is direct from typed parameters, without a tree in between.
package enum LineCodec {
    /// The longest line, without its LF.
    package static let maximumBytes = 65_536
    /// How deep containers may nest; the outermost is 1.
    package static let maximumDepth = 16

    /// Why a message of ours could not be written.
    package enum WriteRefusal: Error, Sendable, Equatable {
        /// Longer than a line may be; nothing may be sent of it.
        case tooLong(bytes: Int)
        /// A value JSON cannot carry.
        case unwritable(String)
    }

    // MARK: - Reading

    /// Reads one line.
    ///
    /// Members that are not known are ignored; absent and `null` mean the same.
    package static func read(_ line: [UInt8]) throws(LineRefusal) -> Message {
        guard line.count <= maximumBytes else { throw .tooLong }
        guard !line.isEmpty else { throw .blank }
        let object = try object(in: line)
        guard object["jsonrpc"]?.string == "2.0" else { throw .wrongVersion }
        let id = try id(in: object)
        let (method, result, error) = (present("method", in: object), present("result", in: object), present("error", in: object))
        switch (method, result, error) {
        case (nil, nil, nil): throw .incomplete
        case (let method?, nil, nil):
            guard case .string(let name) = method else { throw .badMethod }
            let params = try params(in: object)
            return if let id { .request(id: id, method: name, params: params) } else { .notification(method: name, params: params) }
        case (nil, let result?, nil):
            guard case .object(let value) = result else { throw .badResult }
            guard let id else { throw .answerWithoutID }
            return .result(id: id, value)
        case (nil, nil, let error?):
            guard let failure = try? StrictJSON.decode(RPCError.self, from: error) else { throw .badError }
            guard let id else { throw .answerWithoutID }
            return .failure(id: id, failure)
        default: throw .ambiguous
        }
    }

    private static func object(in line: [UInt8]) throws(LineRefusal) -> JSONObject {
        let value: JSONValue
        do throws(JSONError) { value = try StrictJSON.parse(line, maximumDepth: maximumDepth) } catch { throw .json(error) }
        switch value {
        case .object(let object): return object
        case .array: throw .batch
        case .null, .bool, .integer, .string: throw .notAnObject
        }
    }

    private static func id(in object: JSONObject) throws(LineRefusal) -> RequestID? {
        switch object["id"] {
        case nil, .null?: return nil
        case .integer(let number)?: return .number(number)
        case .string(let text)? where (1...RequestID.maximumTextBytes).contains(text.utf8.count): return .text(text)
        default: throw .badID
        }
    }

    private static func params(in object: JSONObject) throws(LineRefusal) -> JSONObject {
        switch object["params"] {
        case nil, .null?: return JSONObject()
        case .object(let params)?: return params
        default: throw .badParams
        }
    }

    private static func present(_ member: String, in object: JSONObject) -> JSONValue? {
        guard let value = object[member], !value.isNull else { return nil }
        return value
    }

    // MARK: - Writing

    private struct Call<Params: Encodable>: JSONWritable {
        var id: RequestID?
        var method: String
        var params: Params

        func write(to json: inout JSONWriter) throws(JSONEncodingError) {
            json.beginObject()
            json.member("jsonrpc", "2.0")
            if let id { try json.member("id", id) }
            json.member("method", method)
            try json.member("params", encoding: params)
            json.endObject()
        }
    }

    private struct Answer<Result: Encodable>: JSONWritable {
        var id: RequestID
        var result: Result?
        var error: RPCError?

        func write(to json: inout JSONWriter) throws(JSONEncodingError) {
            json.beginObject()
            json.member("jsonrpc", "2.0")
            try json.member("id", id)
            if let result { try json.member("result", encoding: result) }
            if let error { try json.member("error", encoding: error) }
            json.endObject()
        }
    }

    /// Writes a request.
    package static func request<Params, Result>(
        _ method: RequestMethod<Params, Result>,
        id: RequestID,
        _ params: Params
    ) throws(WriteRefusal) -> [UInt8] {
        try write(Call(id: id, method: method.method.rawValue, params: params))
    }

    /// Writes a notification.
    package static func notification<Params>(_ method: NotificationMethod<Params>, _ params: Params) throws(WriteRefusal) -> [UInt8] {
        try write(Call(method: method.method.rawValue, params: params))
    }

    /// Writes a request (with an id) or a notification (without) of another table than `Method`: the admin socket's.
    package static func call(_ method: String, id: RequestID?, _ params: some Encodable) throws(WriteRefusal) -> [UInt8] {
        try write(Call(id: id, method: method, params: params))
    }

    /// Writes the answer to a request.
    package static func result(_ result: some Encodable, to id: RequestID) throws(WriteRefusal) -> [UInt8] {
        try write(Answer(id: id, result: result))
    }

    /// Writes the refusal of a request. The words are cut at 500 bytes, so it always fits a line.
    package static func failure(_ error: RPCError, to id: RequestID) -> [UInt8] {
        var error = error
        error.message = String(decoding: error.message.utf8.prefix(500), as: UTF8.self)
        let spare = Array(#"{"jsonrpc":"2.0","id":0,"error":{"code":-32603,"message":"unwritable"}}"#.utf8)
        return (try? write(Answer<Nothing>(id: id, error: error))) ?? spare
    }

    private static func write(_ message: some Encodable) throws(WriteRefusal) -> [UInt8] {
        let line: [UInt8]
        do { line = try StrictJSON.encode(message) } catch { throw .unwritable(String(describing: error)) }
        guard line.count <= maximumBytes else { throw .tooLong(bytes: line.count) }
        return line
    }
}

extension JSONWriter {
    fileprivate mutating func member(_ key: StaticString, _ id: RequestID) throws(JSONEncodingError) {
        switch id {
        case .number(let number): try member(key, number)
        case .text(let text): member(key, text)
        }
    }
}

extension RequestMethod {
    /// The parameters in their type.
    /// - Throws: `JSONDecodingError` naming the member; the receiver answers −32602 with it.
    package func params(_ object: JSONObject) throws(JSONDecodingError) -> Params {
        try StrictJSON.decode(Params.self, from: .object(object))
    }

    /// The result in its type.
    /// - Throws: `JSONDecodingError`; the host counts the answer as malformed.
    package func result(_ object: JSONObject) throws(JSONDecodingError) -> Result {
        try StrictJSON.decode(Result.self, from: .object(object))
    }
}

extension NotificationMethod {
    /// The parameters in their type.
    /// - Throws: `JSONDecodingError`; the receiver counts the notification as malformed.
    package func params(_ object: JSONObject) throws(JSONDecodingError) -> Params {
        try StrictJSON.decode(Params.self, from: .object(object))
    }
}
