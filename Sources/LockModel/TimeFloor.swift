/// What is known for certain about wall time: it is not earlier than this. A row of the ledger, folded from records alone.
///
/// It rises only by records of trusted time, by at most the boot time that went by and a minute in each boot, so that no clock and
/// no retailer can push it into the future (`trust`, Time).
package struct TimeFloor: Sendable, Codable, Equatable {
    /// The floor itself, at `bootMilliseconds` of that boot.
    package var at: Timestamp
    package var bootID: String
    package var bootMilliseconds: Int64
    /// By how much it rose in that boot beyond the time that went by.
    package var raisedMilliseconds: Int64
    /// What a trusted clock said at that instant.
    package var wall: Timestamp

    package init(at: Timestamp, bootID: String, bootMilliseconds: Int64, raisedMilliseconds: Int64 = 0, wall: Timestamp) {
        self.at = at
        self.bootID = bootID
        self.bootMilliseconds = bootMilliseconds
        self.raisedMilliseconds = raisedMilliseconds
        self.wall = wall
    }

    private static let freeMilliseconds: Int64 = 60_000

    /// The floor at a later instant: in its own boot it rises with boot time.
    package func known(atBootMilliseconds now: Int64, of boot: String) -> Timestamp {
        boot == bootID ? at.advanced(byMilliseconds: max(0, now - bootMilliseconds)) : at
    }

    /// What a trusted clock should say at that instant; `nil` in another boot, whose distance from this one nobody knows.
    package func expected(atBootMilliseconds now: Int64, of boot: String) -> Timestamp? {
        boot == bootID ? wall.advanced(byMilliseconds: max(0, now - bootMilliseconds)) : nil
    }

    /// The floor after a record of trusted time; `nil` while it says nothing new worth a row (a minute's worth, or a first word in a boot).
    package func raised(by wall: Timestamp, atBootMilliseconds now: Int64, of boot: String) -> TimeFloor? {
        let isSame = boot == bootID
        let known = known(atBootMilliseconds: now, of: boot)
        let risen = isSame ? raisedMilliseconds : 0
        let rise = min(max(0, wall.milliseconds - known.milliseconds), TimeFloor.freeMilliseconds - risen)
        if isSame && rise < 1000 && now - bootMilliseconds < TimeFloor.freeMilliseconds { return nil }
        return TimeFloor(
            at: known.advanced(byMilliseconds: rise), bootID: boot, bootMilliseconds: now, raisedMilliseconds: risen + rise, wall: wall)
    }
}

/// Why wall time is not trusted.
package enum TimeDoubt: String, Sendable, Codable, CaseIterable {
    /// The kernel does not call its clock synchronised.
    case unsynchronised
    /// No trusted time was ever recorded here.
    case neverKnown
    /// The clock is behind what is known for certain, or stepped back.
    case behind
    /// The clock stepped forward.
    case ahead
}

/// Time became trusted, or ceased to be.
package struct ClockChange: Sendable, Codable, Equatable {
    package var trust: TimeTrust
    /// `nil` while trusted.
    package var doubt: TimeDoubt?

    package init(trust: TimeTrust, doubt: TimeDoubt?) {
        self.trust = trust
        self.doubt = doubt
    }
}

/// The operator vouched for the clock as it stood.
package struct ClockAccepted: Sendable, Codable, Equatable {
    package var wall: Timestamp
    package init(wall: Timestamp) { self.wall = wall }
}
