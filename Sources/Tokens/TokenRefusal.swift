import LockModel

/// Why a payload is not taken as a token: the sender's fault, answered and never fatal.
package struct TokenRefusal: Error, Equatable, Sendable {
    /// `tooLarge`, `unsigned`, `malformed`, `unsupported` or `badSignature`.
    package let reason: Reason
    /// What exactly, for the reply's `detail`: names members and rules, quotes no foreign text but plain member names.
    package let detail: String
    /// The `jti`, wherever a well-formed one could be read; without it the reply carries the payload's digest.
    package let id: TokenID?

    package init(reason: Reason, detail: String, id: TokenID?) {
        self.reason = reason
        self.detail = detail
        self.id = id
    }
}

/// A refusal on its way out of the reader, before the id is known.
struct Unacceptable: Error {
    let reason: Reason
    let detail: String

    init(_ detail: String, reason: Reason = .malformed) {
        self.reason = reason
        self.detail = detail
    }
}
