import LockModel
import WireBytes

/// An error as it travels: a number, words for a person, and the bus's reason where there is one (JSON-RPC 2.0, section 5.1).
package struct RPCError: Error, Sendable, Equatable {
    /// JSON-RPC's own numbers, or an ``AdapterErrorCode``'s.
    package var code: Int
    /// One line for a log; never shown to a bus.
    package var message: String
    /// `data.reason`.
    package var reason: Reason?

    package init(code: Int, message: String, reason: Reason? = nil) {
        self.code = code
        self.message = message
        self.reason = reason
    }

    /// One of our own errors; its reason is the code's unless another is given.
    package init(_ code: AdapterErrorCode, _ message: String, reason: Reason? = nil) {
        self.init(code: code.rawValue, message: message, reason: reason ?? code.reason)
    }

    /// The code as one of ours, `nil` for JSON-RPC's and unknown ones.
    package var adapterCode: AdapterErrorCode? { AdapterErrorCode(rawValue: code) }

    /// −32601: the receiver has no such request.
    package static func methodNotFound(_ method: String) -> RPCError {
        RPCError(code: -32601, message: "no method " + String(method.prefix(64)))
    }
    /// −32602: a member is missing or wrong; `detail` names it.
    package static func invalidParams(_ detail: String) -> RPCError { RPCError(code: -32602, message: detail) }
    /// −32600: the request may not come now.
    package static func invalidRequest(_ detail: String) -> RPCError { RPCError(code: -32600, message: detail) }
    /// −32603: the receiver failed in a way it has no name for.
    package static func internalError(_ detail: String) -> RPCError { RPCError(code: -32603, message: detail) }

    /// Whether the code is −32602.
    package var isInvalidParams: Bool { code == -32602 }
}

extension RPCError: CustomStringConvertible {
    package var description: String { "\(code) \(message)" }
}

extension RPCError: Codable {
    private enum Member: String, CodingKey {
        case code, message, data
    }

    private struct Details: Codable {
        var reason: Reason?
    }

    /// Reads `{code, message, data?: {reason?}}`; an unknown reason is refused.
    package init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: Member.self)
        code = try members.decode(Int.self, forKey: .code)
        message = try members.decode(String.self, forKey: .message)
        reason = try members.decodeIfPresent(Details.self, forKey: .data)?.reason
    }

    /// Writes `data` only where there is a reason.
    package func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: Member.self)
        try members.encode(code, forKey: .code)
        try members.encode(message, forKey: .message)
        if let reason { try members.encode(Details(reason: reason), forKey: .data) }
    }
}
