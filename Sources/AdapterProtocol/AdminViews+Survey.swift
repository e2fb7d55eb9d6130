import LockModel

/// `lock.survey`'s parameters.
package struct SurveyRequest: Sendable, Codable, Equatable {
    package var lock: LockID
    package var seconds: Int

    package init(lock: LockID, seconds: Int) {
        self.lock = lock
        self.seconds = seconds
    }
}

/// How well a lock is reached where gateway and lock stand: so far, or over the whole time.
package struct SurveyView: Sendable, Codable, Equatable {
    package var lock: LockID
    package var at: Timestamp
    package var seconds: Int
    /// Whether it is on a radio of this gateway's; without one only readings count.
    package var hasRadio: Bool
    package var advertisements: Int
    /// dBm, of the advertisements.
    package var rssi: Spread?
    /// The median's.
    package var signal: SignalStrength
    package var readsTried: Int
    package var readsSucceeded: Int
    /// How long those that succeeded took.
    package var readMilliseconds: Spread?
    /// Why the last reading failed, of those that did.
    package var lastFailure: Reason?
    /// What to do about it, in words; empty while it goes on.
    package var advice: [String] = []

    package init(lock: LockID, at: Timestamp, seconds: Int, hasRadio: Bool) {
        self.lock = lock
        self.at = at
        self.seconds = seconds
        self.hasRadio = hasRadio
        advertisements = 0
        signal = .unknown
        readsTried = 0
        readsSucceeded = 0
    }
}
