import LockModel

/// One thing that happened to a lock, as `lockbridge why` tells it.
package struct HistoryStep: Sendable, Codable, Equatable {
    package var at: Timestamp
    /// The record's kind, `lock.unlockAccepted`.
    package var kind: String
    /// What it says beyond its kind, in words.
    package var detail: String?

    package init(at: Timestamp, kind: String, detail: String?) {
        self.at = at
        self.kind = kind
        self.detail = detail
    }
}

/// `lock.why`'s answer: how a lock stands, how it came to that, and what to do.
package struct WhyView: Sendable, Codable, Equatable {
    package var lock: LockView
    /// The last operation phase by phase, or the last events where nothing was asked.
    package var history: [HistoryStep]
    /// What is the matter and what to do, most urgent first; empty when nothing is.
    package var advice: [String]

    package init(lock: LockView, history: [HistoryStep], advice: [String]) {
        self.lock = lock
        self.history = history
        self.advice = advice
    }
}

/// The gateway's clock, as `status` and `clock` show it.
package struct ClockView: Sendable, Codable, Equatable {
    package var wall: Timestamp
    package var trust: TimeTrust
    package var doubt: TimeDoubt?
    /// It is not earlier than this; `nil` before the first trusted time.
    package var floor: Timestamp?

    package init(wall: Timestamp, trust: TimeTrust, doubt: TimeDoubt?, floor: Timestamp?) {
        self.wall = wall
        self.trust = trust
        self.doubt = doubt
        self.floor = floor
    }
}
