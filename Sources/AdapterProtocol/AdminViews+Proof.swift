import LockModel

/// `lock.prove`'s parameters. The same again while it runs follows it.
package struct ProofRequest: Sendable, Codable, Equatable {
    package var lock: LockID
    package var `case`: ProofCase
    /// For how long it is opened; as the case needs where absent.
    package var openSeconds: Int?
    /// Not tried: recorded as not shown.
    package var skip: Bool?

    package init(lock: LockID, `case`: ProofCase, openSeconds: Int? = nil, skip: Bool? = nil) {
        self.lock = lock
        self.case = `case`
        self.openSeconds = openSeconds
        self.skip = skip
    }
}

/// A case that is being tried, as far as it is.
package struct ProofView: Sendable, Codable, Equatable {
    /// What was seen last, by the lock's own readings.
    package enum Step: String, Sendable, Codable, CaseIterable {
        /// The lock was told to open.
        case opening
        /// It is open.
        case unlocked
        /// The door was opened.
        case doorOpen
        /// What had to go wrong did, and the alarm stands.
        case alarmed
        /// It can't be reached.
        case cut
        /// It may be reached again, or must be.
        case restored
        /// It is being locked.
        case relocking
    }

    package var lock: LockID
    package var `case`: ProofCase
    package var step: Step
    package var openSeconds: Int
    /// Whether the gateway cuts the radio itself.
    package var cutsItself: Bool
    /// How long the lock stays cut off.
    package var cutSeconds: Int?

    package init(lock: LockID, `case`: ProofCase, step: Step, openSeconds: Int, cutsItself: Bool) {
        self.lock = lock
        self.case = `case`
        self.step = step
        self.openSeconds = openSeconds
        self.cutsItself = cutsItself
    }
}
