import WireBytes

/// One line of the protocol as it was read: JSON-RPC 2.0, one object a line, `params` and `result` always objects.
package enum Message: Sendable, Equatable {
    case request(id: RequestID, method: String, params: JSONObject)
    case notification(method: String, params: JSONObject)
    case result(id: RequestID, JSONObject)
    case failure(id: RequestID, RPCError)
}

/// Why a line is no message. Always the sender's fault: the host ends such a child and counts it (`adapters.md`, Phases).
///
/// Holds nothing of the line, so it may be logged.
package enum LineRefusal: Error, Sendable, Equatable {
    /// Longer than ``LineCodec/maximumBytes``.
    case tooLong
    /// Nothing between two LFs.
    case blank
    /// Not JSON as we take it: syntax, UTF-8, a key twice, nested too deep.
    case json(JSONError)
    /// An array: batches are not taken.
    case batch
    /// Neither an object nor an array.
    case notAnObject
    /// No `"jsonrpc": "2.0"`.
    case wrongVersion
    /// An id that is neither an integer nor a text of 1 to 64 bytes.
    case badID
    /// `method` is not a text.
    case badMethod
    /// `params` is not an object.
    case badParams
    /// `result` is not an object.
    case badResult
    /// `error` is not `{code, message, data?}`, or gives a reason nobody knows.
    case badError
    /// More than one of `method`, `result` and `error`.
    case ambiguous
    /// None of `method`, `result` and `error`.
    case incomplete
    /// An answer that does not say to what.
    case answerWithoutID
}

extension LineRefusal: CustomStringConvertible {
    package var description: String {
        switch self {
        case .tooLong: "a line longer than \(LineCodec.maximumBytes) bytes"
        case .blank: "a blank line"
        case .json(let error): "not JSON: \(error)"
        case .batch: "a batch"
        case .notAnObject: "not an object"
        case .wrongVersion: "jsonrpc is not \"2.0\""
        case .badID: "id is neither an integer nor a text of 1 to 64 bytes"
        case .badMethod: "method is not a text"
        case .badParams: "params is not an object"
        case .badResult: "result is not an object"
        case .badError: "error is not {code, message, data}"
        case .ambiguous: "more than one of method, result and error"
        case .incomplete: "none of method, result and error"
        case .answerWithoutID: "an answer without an id"
        }
    }
}
