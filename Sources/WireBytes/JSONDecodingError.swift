/// Why a JSON value does not have the shape that was asked for, and where: the sender's fault.
///
/// The caller refuses the message with this as detail. It names places and expectations, never the text that was found.
package struct JSONDecodingError: Error, Equatable, Sendable {
    /// The rule that was broken.
    package enum Kind: Equatable, Sendable {
        /// A required member is absent or `null`, or an array ended early.
        case missing
        /// Another kind of value stands there.
        case mismatch(expected: String)
        /// An integer that does not fit the type asked for.
        case outOfRange
        /// The type itself refused the value; the reason is its own.
        case refused(String)
    }

    package let path: JSONPath
    package let kind: Kind
}

extension JSONDecodingError: CustomStringConvertible {
    package var description: String {
        let problem =
            switch kind {
            case .missing: "is missing"
            case .mismatch(let expected): "is not \(expected)"
            case .outOfRange: "is out of range"
            case .refused(let reason): reason
            }
        return path.steps.isEmpty ? "the value \(problem)" : "\(path) \(problem)"
    }
}

extension JSONDecodingError {
    /// The same fault as Codable tells it.
    init(_ error: any Error) {
        switch error {
        case let error as JSONDecodingError: self = error
        case DecodingError.keyNotFound(let key, let context):
            self.init(path: JSONPath(context.codingPath + [key]), kind: .missing)
        case DecodingError.valueNotFound(_, let context): self.init(path: JSONPath(context.codingPath), kind: .missing)
        case DecodingError.typeMismatch(_, let context), DecodingError.dataCorrupted(let context):
            self.init(path: JSONPath(context.codingPath), kind: .refused(Self.reason(context)))
        default: self.init(path: JSONPath(), kind: .refused(String(describing: error)))
        }
    }

    /// The standard library's text for an unknown enum case quotes what was sent; ours does not.
    private static func reason(_ context: DecodingError.Context) -> String {
        context.debugDescription.hasPrefix("Cannot initialize ") ? "is not one of the known values" : context.debugDescription
    }
}
