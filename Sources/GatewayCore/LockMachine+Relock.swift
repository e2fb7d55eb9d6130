import LockModel

/// The way back to a locked door: settle, read, drive, read again; until a reading from the lock itself says locked.
extension LockMachine {
    /// Starts locking. Where the lock tells of a door or battery, it is read first, because a motor must not run against an open door.
    mutating func startRelock(
        source: ChangeSource, previous: BoltState? = nil, _ now: Instants, _ operations: inout Int64, _ out: inout [LockDecision]
    ) {
        let relock = Relock(step: .waiting, attempts: 0, source: source, previous: previous ?? bolt)
        phase = .relocking(relock)
        nextAttemptBootMilliseconds = 0
        let mustLookFirst = capabilities.map { $0.doorSensor || $0.battery } ?? true
        if source != .remote || mustLookFirst || battery.level == .critical {
            read(now, &out)
        } else {
            drive(relock, now, &operations, &out)
        }
    }

    /// The outcome of what was sent is unknown: ignore its answer from here, drop the link, and settle.
    mutating func fence(motorMilliseconds: Int, _ now: Instants, _ out: inout [LockDecision]) {
        out.append(.drop)
        var relock = Relock(step: .settling, attempts: 0, source: .remote, previous: bolt)
        if case .relocking(let before) = phase {
            relock.attempts = before.attempts
            relock.previous = before.previous
        }
        phase = .relocking(relock)
        let settle = policy.settle(motorMilliseconds: motorMilliseconds)
        watchUntilBootMilliseconds = now.bootMilliseconds + settle + policy.watchMilliseconds
        setTimer(.step, settle, now, &out)
    }

    /// Asks the lock; without a link, waits for it.
    mutating func read(_ now: Instants, _ out: inout [LockDecision]) {
        guard let capabilities else {
            if case .relocking(let relock) = phase { waitForLink(relock, now, &out) }
            return
        }
        readNumber += 1
        seenSinceAsked = nil
        if case .relocking(var relock) = phase {
            relock.step = .reading(readNumber)
            phase = .relocking(relock)
        }
        out.append(.read(readNumber))
        setTimer(.step, max(policy.readMilliseconds, Int64(capabilities.operationMilliseconds)) + policy.graceMilliseconds, now, &out)
    }

    /// Asks a lock at rest; nothing waits for the answer.
    mutating func askAgain(_ out: inout [LockDecision]) {
        readNumber += 1
        seenSinceAsked = nil
        out.append(.read(readNumber))
    }

    /// What a reading means for the relock.
    mutating func decide(
        _ relock: Relock, _ reading: LockReading, _ now: Instants, _ operations: inout Int64, _ out: inout [LockDecision]
    ) {
        var relock = relock
        relock.misses = 0
        take(reading, now, &out)
        if reading.bolt == .moving {
            wait(relock, 1000, now, &out)
        } else if reading.door.isOpen {
            raise(.doorOpen, &out)
            wait(relock, policy.pollMilliseconds, now, &out)
        } else if reading.isConfirmedLocked {
            secured(relock, now, &out)
        } else if reading.battery.level == .critical {
            raise(.batteryCritical, &out)
            wait(relock, policy.slowRetryMilliseconds, now, &out)
        } else {
            if reading.jammed { raise(.lockJammed, &out) }
            if now.bootMilliseconds < nextAttemptBootMilliseconds {
                pause(relock, now, &out)
            } else {
                drive(relock, now, &operations, &out)
            }
        }
    }

    private mutating func drive(_ relock: Relock, _ now: Instants, _ operations: inout Int64, _ out: inout [LockDecision]) {
        guard let capabilities else {
            waitForLink(relock, now, &out)
            return
        }
        operations += 1
        let number = OperationNumber(operations)
        var driving = relock
        driving.step = .driving(number)
        driving.attempts += 1
        driving.source = .remote
        phase = .relocking(driving)
        nextAttemptBootMilliseconds = now.bootMilliseconds + policy.pause(afterAttempts: driving.attempts)
        let ttl = capabilities.operationMilliseconds
        out.append(.drive(number, .lock, timedSeconds: nil, ttlMilliseconds: ttl))
        setTimer(.step, Int64(ttl) + policy.graceMilliseconds, now, &out)
    }

    /// Waits until the next motor run is due, reading now and then, and reads again.
    mutating func pause(_ relock: Relock, _ now: Instants, _ out: inout [LockDecision]) {
        let left = nextAttemptBootMilliseconds - now.bootMilliseconds
        let pause = left > 0 ? left : policy.pause(afterAttempts: max(1, relock.attempts))
        wait(relock, min(pause, policy.readBetweenMilliseconds), now, &out)
    }

    /// A reading did not come: asks again, less and less often.
    mutating func missed(_ relock: Relock, _ now: Instants, _ out: inout [LockDecision]) {
        var relock = relock
        relock.misses += 1
        wait(relock, min(policy.pause(afterAttempts: relock.misses), policy.pollMilliseconds), now, &out)
    }

    /// The link coming back ends this wait; the timer only makes sure that nothing is forgotten.
    mutating func waitForLink(_ relock: Relock, _ now: Instants, _ out: inout [LockDecision]) {
        if !owed.isEmpty { raise(.lockOffline, &out) }
        wait(relock, policy.pollMilliseconds, now, &out)
    }

    private mutating func wait(_ relock: Relock, _ milliseconds: Int64, _ now: Instants, _ out: inout [LockDecision]) {
        var relock = relock
        relock.step = .waiting
        phase = .relocking(relock)
        setTimer(.step, milliseconds, now, &out)
    }

    /// The lock itself says locked: everything owed is paid.
    private mutating func secured(_ relock: Relock, _ now: Instants, _ out: inout [LockDecision]) {
        let ended = owed
        let told = requests
        owed = []
        requests = []
        nextAttemptBootMilliseconds = 0
        isWatchCut = false
        cancelTimer(.step, &out)
        cancelTimer(.overdue, &out)
        // First, while what is owed still says who is told of this lock: whoever saw the alarm raised sees it cleared.
        clearAlarm(&out)
        out.append(.secured(ended: ended, requests: told, source: relock.source, previous: relock.previous))
        phase = .closed
        beginNext(now, &out)
    }

    /// The lock was read as locked: no alarm stands over it any more.
    mutating func clearAlarm(_ out: inout [LockDecision]) {
        guard let alarm else { return }
        self.alarm = nil
        out.append(.alarmCleared(alarm))
    }

    /// Somebody wants it locked.
    mutating func requested(_ request: LockRequest, _ now: Instants, _ operations: inout Int64, _ out: inout [LockDecision]) {
        if capabilities == nil && owed.isEmpty {
            out.append(.requestsFailed([request], .lockOffline))
            return
        }
        requests.append(request)
        switch phase {
        case .unread, .closed, .unlocked: startRelock(source: .remote, now, &operations, &out)
        case .accepted(let operation):
            putBack(operation, &out)
            startRelock(source: .remote, now, &operations, &out)
        case .unlocking: locksAtOnce = true
        case .relocking(let relock):
            if relock.step == .waiting, capabilities != nil { read(now, &out) }
        }
    }

    /// An unlock that was not sent waits again, before the others; it will be announced anew.
    mutating func putBack(_ operation: Operation, _ out: inout [LockDecision]) {
        cancelTimer(.step, &out)
        waiting.insert(operation, at: 0)
        scheduleQueue(&out)
    }

    /// Keeps what a reading says of door, bolt and battery.
    mutating func take(_ reading: LockReading, _ now: Instants, _ out: inout [LockDecision]) {
        self.reading = reading
        readAtBootMilliseconds = now.bootMilliseconds
        if reading.autoRelock != nil { setTimer(.refresh, policy.refreshMilliseconds, now, &out) }
        bolt = reading.bolt
        take(reading.door, at: reading.observedAt, &out)
        take(reading.battery, &out)
    }

    mutating func take(_ door: DoorState, at time: Timestamp, _ out: inout [LockDecision]) {
        let before = self.door
        self.door = door
        guard before != door, before != .unknown, let event = LockMachine.event(of: door) else { return }
        out.append(.changed(event, source: .unspecified, actor: ChangeActor(kind: .unknown), previous: bolt, at: time))
    }

    mutating func take(_ battery: Battery, _ out: inout [LockDecision]) {
        let before = self.battery.level
        self.battery = battery
        guard before != battery.level else { return }
        switch battery.level {
        case .critical: out.append(.device(.batteryCritical, nil))
        case .low: out.append(.device(.batteryLow, nil))
        case .ok: if before != .unknown { out.append(.device(.batteryOK, nil)) }
        case .unknown: break
        }
    }

    mutating func raise(_ reason: AlarmReason, _ out: inout [LockDecision]) {
        guard alarm != reason else { return }
        if let alarm, alarm == .relockOverdue || alarm == .abortedByRestart { return }
        if let alarm { out.append(.alarmCleared(alarm)) }
        alarm = reason
        out.append(.alarmRaised(reason))
    }

    mutating func setTimer(_ timer: LockTimer, _ milliseconds: Int64, _ now: Instants, _ out: inout [LockDecision]) {
        setTimer(timer, at: now.bootMilliseconds + milliseconds, &out)
    }

    mutating func setTimer(_ timer: LockTimer, at time: Int64, _ out: inout [LockDecision]) {
        due[timer] = time
        out.append(.timer(timer, atBootMilliseconds: time))
    }

    mutating func cancelTimer(_ timer: LockTimer, _ out: inout [LockDecision]) {
        guard due.removeValue(forKey: timer) != nil else { return }
        out.append(.timer(timer, atBootMilliseconds: nil))
    }
}
