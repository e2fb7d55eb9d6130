/// Why a Swift value has no JSON that our own reader would take back: a fault of ours, never of a peer.
package struct JSONEncodingError: Error, Equatable, Sendable {
    /// The rule that was broken.
    package enum Kind: String, Sendable {
        /// A `Float`, `Double` or similar: the wire knows integers only.
        case floatingPoint
        /// An integer outside −(2⁵³−1) … 2⁵³−1.
        case integerOutOfRange
        /// A type whose `encode(to:)` wrote nothing, or more than one value in one place.
        case notOneValue
        /// A type that went on writing to a container after the one around it had moved on.
        case interleaved
        /// A dictionary two of whose keys have the same text.
        case duplicateMember
    }

    package let kind: Kind
    package var path: JSONPath

    init(_ kind: Kind, path: JSONPath = JSONPath()) {
        self.kind = kind
        self.path = path
    }

    func inside(_ step: JSONPath.Step) -> JSONEncodingError {
        JSONEncodingError(kind, path: JSONPath([step] + path.steps))
    }
}

extension JSONEncodingError: CustomStringConvertible {
    package var description: String { path.steps.isEmpty ? kind.rawValue : "\(path): \(kind.rawValue)" }
}
