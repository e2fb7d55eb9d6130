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
    /// `data.att`: the peer's ATT error, where a radio's request failed with one (Core 5.4, Vol 3 Part F 3.4.1.1).
    package var att: Int?
    /// `data.detail`: a word for what the code leaves open, such as `bondLost`.
    package var detail: String?

    package init(code: Int, message: String, reason: Reason? = nil, att: Int? = nil, detail: String? = nil) {
        self.code = code
        self.message = message
        self.reason = reason
        self.att = att
        self.detail = detail
    }

    /// One of our own errors; its reason is the code's unless another is given.
    package init(_ code: AdapterErrorCode, _ message: String, reason: Reason? = nil, att: Int? = nil, detail: String? = nil) {
        self.init(code: code.rawValue, message: message, reason: reason ?? code.reason, att: att, detail: detail)
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
        var att: Int?
        var detail: String?
    }

    /// Reads `{code, message, data?: {reason?, att?, detail?}}`; an unknown reason is refused.
    package init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: Member.self)
        code = try members.decode(Int.self, forKey: .code)
        message = try members.decode(String.self, forKey: .message)
        let details = try members.decodeIfPresent(Details.self, forKey: .data)
        reason = details?.reason
        att = details?.att
        detail = details?.detail
    }

    /// Writes `data` only where there is something in it.
    package func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: Member.self)
        try members.encode(code, forKey: .code)
        try members.encode(message, forKey: .message)
        let details = Details(reason: reason, att: att, detail: detail)
        if reason != nil || att != nil || detail != nil { try members.encode(details, forKey: .data) }
    }
}
