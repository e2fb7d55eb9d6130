/// A way in which a door was tried before it was handed over.
package enum ProofCase: String, Sendable, Codable, CaseIterable, Comparable {
    /// Opened and locked again, with the door shut.
    case shut
    /// With the door open when the lock was due: no bolt into the open air, an alarm, and locked once it is closed.
    case ajar
    /// With the bolt held back: an alarm, and locked once it is free.
    case blocked
    /// With the lock out of reach after it was opened.
    case radioCut

    private var place: Int { Self.allCases.firstIndex(of: self) ?? 0 }

    package static func < (left: ProofCase, right: ProofCase) -> Bool { left.place < right.place }
}

/// What was seen of one case at one lock, by the lock's own readings.
package struct ProvenCase: Sendable, Codable, Equatable {
    /// How it came out.
    package enum Result: String, Sendable, Codable, CaseIterable {
        /// It ended as it should: the lock itself said locked, and what had to be seen before was seen.
        case held
        case failed
        /// The lock can't show it, or what was to be tried did not happen.
        case notShown
    }

    /// Why it did not hold.
    package enum Cause: String, Sendable, Codable, CaseIterable {
        /// There is no contact that tells of the door.
        case noDoorSensor
        /// The lock can't tell that its bolt is stuck.
        case noJamReport
        /// The installer left it out.
        case skipped
        /// The door was never seen open.
        case doorNotOpened
        /// The bolt was never seen stuck.
        case boltNotBlocked
        /// The lock was not out of reach, or not for long enough.
        case linkNotCut
        /// The lock did not open.
        case notOpened
        /// The bolt moved out while the door was open.
        case boltInOpenAir
        /// No alarm was raised where one had to be.
        case noAlarm
        /// It has a relock of its own and did not lock by it while it was out of reach.
        case stayedOpen
        /// It was not locked in the time given.
        case notLocked
    }

    package var `case`: ProofCase
    package var result: Result
    package var cause: Cause?
    package var at: Timestamp
    /// From unlocked to the lock's own word that it is locked.
    package var relockMilliseconds: Int64?
    /// What locked it.
    package var relockedBy: ChangeSource?
    package var confirmedBy: ConfirmedBy?

    package init(
        `case`: ProofCase, result: Result, cause: Cause? = nil, at: Timestamp, relockMilliseconds: Int64? = nil,
        relockedBy: ChangeSource? = nil, confirmedBy: ConfirmedBy? = nil
    ) {
        self.case = `case`
        self.result = result
        self.cause = cause
        self.at = at
        self.relockMilliseconds = relockMilliseconds
        self.relockedBy = relockedBy
        self.confirmedBy = confirmedBy
    }
}

/// One case tried at one lock, as it is recorded.
package struct LockProof: Sendable, Codable, Equatable {
    package var lock: LockID
    package var proven: ProvenCase
    /// The account of the installer who did it.
    package var by: String

    package init(lock: LockID, proven: ProvenCase, by: String) {
        self.lock = lock
        self.proven = proven
        self.by = by
    }
}

/// Who accepted that only the gateway relocks a door, and when; why stands beside it.
package struct WaiverMark: Sendable, Codable, Equatable {
    /// The account on the gateway.
    package var by: String
    package var at: Timestamp

    package init(by: String, at: Timestamp) {
        self.by = by
        self.at = at
    }
}
