import LockModel
import WireBytes

/// A code for a keypad: the parameters of `code.set`.
package struct CodeSetParams: Sendable, Codable, Equatable {
    package var lock: LockID
    package var slot: Int
    /// Digits. Never in a log or an error text.
    package var code: String
    package var name: String?

    package init(lock: LockID, slot: Int, code: String, name: String? = nil) {
        self.lock = lock
        self.slot = slot
        self.code = code
        self.name = name
    }
}

/// A slot to be emptied: the parameters of `code.clear`.
package struct CodeClearParams: Sendable, Codable, Equatable {
    package var lock: LockID
    package var slot: Int

    package init(lock: LockID, slot: Int) {
        self.lock = lock
        self.slot = slot
    }
}

/// What became of a slot. An error instead of it means that nothing was sent.
package struct CodeResult: Sendable, Codable, Equatable {
    package var slot: Int
    /// `set` means set and read back; what a lock shows masked is `unverified`.
    package var state: ConfigureResult.State

    package init(slot: Int, state: ConfigureResult.State) {
        self.slot = slot
        self.state = state
    }
}

/// A slot of a lock that is in use.
public struct CodeEntry: Sendable, Codable, Equatable {
    /// Its number, as the lock counts.
    public var slot: Int
    /// The digits, `nil` where the lock masks them.
    public var code: String?
    /// Whether this adapter set it.
    public var ours: Bool

    /// A slot in use.
    public init(slot: Int, code: String?, ours: Bool) {
        self.slot = slot
        self.code = code
        self.ours = ours
    }
}

/// All codes of a lock, as read from it.
package struct CodeListResult: Sendable, Codable, Equatable {
    package var codes: [CodeEntry]

    package init(codes: [CodeEntry]) { self.codes = codes }
}

extension RequestMethod where Params == CodeSetParams, Result == CodeResult {
    package static var codeSet: Self { Self(.codeSet) }
}
extension RequestMethod where Params == CodeClearParams, Result == CodeResult {
    package static var codeClear: Self { Self(.codeClear) }
}
extension RequestMethod where Params == LockParams, Result == CodeListResult {
    package static var codeList: Self { Self(.codeList) }
}
