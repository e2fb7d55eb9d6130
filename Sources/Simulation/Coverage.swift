/// What a run did, so that one that did too little is not taken for one that found nothing.
package enum Deed: Int, CaseIterable, Sendable {
    case unlockSent, relockConfirmed, neverSent, unknownOutcome, dropped, lateAnswerIgnored, movedAfterFence, lockedByItself
    case doorOpenAlarm, jamAlarm, batteryAlarm, offlineAlarm, overdueAlarm, restartAlarm, unsolicited, foundOpen
    case accepted, refused, answeredAgain, forgedRefused, expiredRefused, noticeUndelivered, relockedWithoutBus
    case revoked, suspended, clockMoved, withoutTime, withNonce, released, removed
    case crash, powerLoss, crashAccepted, crashUnlocking, crashUnlocked, crashRelocking, restartWithObligation, stopped
    case fullDisk, scarceRoom, failedSync, tornWrite, lostSync, rolledBack, frozen
    case adapterCrash, adapterHang, adapterLie, flood
}

/// How often each deed was done.
package struct Coverage: Sendable, Equatable {
    private var counts = [Int](repeating: 0, count: Deed.allCases.count)

    package init() {}

    package subscript(deed: Deed) -> Int { counts[deed.rawValue] }

    package mutating func note(_ deed: Deed, _ count: Int = 1) { counts[deed.rawValue] += count }

    package static func += (left: inout Coverage, right: Coverage) {
        for place in left.counts.indices { left.counts[place] += right.counts[place] }
    }

    /// Deeds that a batch of so many steps should have done and did not: it proves nothing about them.
    ///
    /// A few thousand steps send unlocks and relock; a million do everything.
    package func missing(steps: Int) -> [Deed] {
        let wanted: [Deed] = steps < 2000 ? [] : steps < 1_000_000 ? [.unlockSent, .relockConfirmed, .crash] : Deed.allCases
        return wanted.filter { self[$0] == 0 }
    }
}
