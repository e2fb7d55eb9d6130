import LockModel
import WireBytes

/// What an adapter asks the person who pairs: the parameters of `prompt`.
public struct PromptParams: Sendable, Codable, Equatable {
    /// What kind of answer it wants.
    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// Yes or no.
        case confirm
        /// One of `choices`, by its text.
        case choice
        /// A whole number.
        case number
        /// Six digits shown by the other side.
        case passkey
        /// A PIN of the lock.
        case pin
        /// A Z-Wave device's key, or the part of it that is missing.
        case dsk
        /// The text of a QR code.
        case qr
        /// Something to do at the lock: pressing a key. The answer `true` says that it was done.
        case press
        /// A line.
        case text
    }

    /// What kind of answer it wants.
    public var kind: Kind
    /// One line, at most 500 characters.
    public var text: String
    /// With `choice`: 1 to 16 lines of at most 100 characters.
    public var choices: [String]?
    /// How long an answer is of use: 1 to 600, 120 where it is not said.
    public var seconds: Int?
    /// Whether the answer must not be seen on a screen.
    public var secret: Bool?

    /// A question.
    public init(kind: Kind, text: String, choices: [String]? = nil, seconds: Int? = nil, secret: Bool? = nil) {
        self.kind = kind
        self.text = text
        self.choices = choices
        self.seconds = seconds
        self.secret = secret
    }
}

/// What the person said, or that nobody did in time: the result of `prompt`.
package struct PromptResult: Sendable, Codable, Equatable {
    /// A text, a whole number or a truth value.
    package var answer: JSONValue?
    package var cancelled: Bool?

    package static func answered(_ answer: JSONValue) -> PromptResult { PromptResult(answer: answer, cancelled: nil) }
    package static var cancelled: PromptResult { PromptResult(answer: nil, cancelled: true) }
}

extension RequestMethod where Params == PromptParams, Result == PromptResult {
    package static var prompt: Self { Self(.prompt) }
}
