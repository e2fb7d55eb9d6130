import LockModel

/// What a lock does that nobody asked for here.
extension LockMachine {
    mutating func observed(_ seen: LockObservation, _ now: Instants, _ operations: inout Int64, _ out: inout [LockDecision]) {
        let previousBolt = bolt
        let previousDoor = door
        bolt = seen.bolt
        seenSinceAsked = seen
        take(seen.door, at: seen.at, &out)
        if let battery = seen.battery { take(battery, &out) }
        if previousBolt != bolt { boltMoved(seen, previousBolt, now, &operations, &out) }
        if case .relocking(let relock) = phase, relock.step == .waiting, capabilities != nil {
            let doorClosed = previousDoor.isOpen && !door.isOpen
            if doorClosed || (previousBolt != bolt && bolt == .locked) { lookAgain(relock, seen.source, doorClosed, now, &out) }
        }
    }

    /// The lock told that its bolt or door opened after it was asked for this reading, which says otherwise and may be older.
    func isOvertaken(_ reading: LockReading) -> Bool {
        guard let seen = seenSinceAsked else { return false }
        return LockMachine.isOpen(seen.bolt) && reading.bolt == .locked || seen.door.isOpen && !reading.door.isOpen
    }

    private mutating func boltMoved(
        _ seen: LockObservation, _ previous: BoltState, _ now: Instants, _ operations: inout Int64, _ out: inout [LockDecision]
    ) {
        switch phase {
        case .unlocked where bolt == .locked:
            startRelock(source: seen.source == .remote ? .unspecified : seen.source, previous: previous, now, &operations, &out)
        case .unlocking:
            if LockMachine.isOpen(bolt) && (seen.source == .remote || seen.source == .unspecified) { wasSeenOpening = true }
        case .relocking where bolt == .locked:
            break
        case .unread, .closed, .accepted, .unlocked, .relocking:
            if LockMachine.isOpen(bolt), isIdle, isUnordered(seen.source, now) {
                unsolicited(seen, previous, now, &operations, &out)
                return
            }
            guard let event = LockMachine.event(of: bolt) else { return }
            out.append(.changed(event, source: seen.source, actor: actor(of: seen), previous: previous, at: seen.at))
            if bolt == .locked, alarm != nil, case .closed = phase {
                // An alarm is not cleared by word of it: the lock is read first, as after a start.
                phase = .unread
                read(now, &out)
            }
        }
    }

    /// Nothing of ours can have moved the bolt.
    private var isIdle: Bool {
        switch phase {
        case .unread, .closed, .accepted: true
        case .unlocking, .unlocked, .relocking: false
        }
    }

    /// A remote unlock nobody ordered here, or the late echo of one that was given up: an alarm, and relocked where the policy or the echo asks
    /// for it. A lock not read yet is relocked after that reading.
    private mutating func unsolicited(
        _ seen: LockObservation, _ previous: BoltState, _ now: Instants, _ operations: inout Int64, _ out: inout [LockDecision]
    ) {
        out.append(.changed(.unsolicitedUnlock, source: seen.source, actor: actor(of: seen), previous: previous, at: seen.at))
        raise(.unsolicitedUnlock, &out)
        guard alwaysLocked || now.bootMilliseconds < watchUntilBootMilliseconds else { return }
        switch phase {
        case .closed: startRelock(source: .remote, now, &operations, &out)
        case .accepted(let operation):
            putBack(operation, &out)
            startRelock(source: .remote, now, &operations, &out)
        case .unread, .unlocking, .unlocked, .relocking: break
        }
    }

    /// Something changed in the relock's favour: read at once instead of waiting for the timer.
    private mutating func lookAgain(
        _ relock: Relock, _ source: ChangeSource, _ doorClosed: Bool, _ now: Instants, _ out: inout [LockDecision]
    ) {
        var relock = relock
        if bolt == .locked { relock.source = source }
        if doorClosed { nextAttemptBootMilliseconds = now.bootMilliseconds }
        phase = .relocking(relock)
        read(now, &out)
    }

    /// An unlock by radio that was not ours; shortly after an unknown outcome, one without a named source too.
    private func isUnordered(_ source: ChangeSource, _ now: Instants) -> Bool {
        switch source {
        case .remote: true
        case .unspecified: now.bootMilliseconds < watchUntilBootMilliseconds
        case .manual, .keypad, .auto, .schedule, .button, .rfid, .biometric: false
        }
    }

    private func actor(of seen: LockObservation) -> ChangeActor { seen.actor ?? ChangeActor(kind: .unknown) }

    static func isOpen(_ bolt: BoltState) -> Bool {
        switch bolt {
        case .unlocked, .unlatched: true
        case .locked, .moving, .notFullyLocked, .unknown: false
        }
    }

    static func event(of bolt: BoltState) -> LockEvent? {
        switch bolt {
        case .locked: .locked
        case .unlocked: .unlocked
        case .unlatched: .unlatched
        case .notFullyLocked: .notFullyLocked
        case .unknown: .stateUnknown
        case .moving: nil
        }
    }

    static func event(of door: DoorState) -> LockEvent? {
        switch door {
        case .open: .doorOpened
        case .closed: .doorClosed
        case .ajar: .doorAjar
        case .forced: .doorForced
        case .unknown, .absent: nil
        }
    }
}
