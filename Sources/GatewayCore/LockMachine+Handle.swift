import LockModel

extension LockMachine {
    /// Takes one input and returns what to do, in order.
    ///
    /// `operations` is the gateway's counter of operation numbers; a relock takes its next ones. Inputs that no longer matter (an answer behind
    /// the fence, a timer that was replaced) are ignored.
    package mutating func handle(_ input: LockInput, at now: Instants, operations: inout Int64) -> [LockDecision] {
        var out: [LockDecision] = []
        switch input {
        case .linkUp(let capabilities): linkCameUp(capabilities, now, &operations, &out)
        case .linkDown(let reason): linkWentDown(reason, now, &out)
        case .unlock(let operation): enqueue(operation, now, &out)
        case .lock(let request): requested(request, now, &operations, &out)
        case .proceed(let number): proceed(number, &out)
        case .checked(let number, let refusal): checked(number, refusal, now, &operations, &out)
        case .answered(let number, let answer): answered(number, answer, now, &operations, &out)
        case .read(let number, let answer): readAnswered(number, answer, now, &operations, &out)
        case .observed(let observation): observed(observation, now, &operations, &out)
        case .timer(let timer): timerFired(timer, now, &operations, &out)
        case .secure(let reason): secure(reason, now, &operations, &out)
        case .release(let note): release(note, now, &out)
        case .settingsChanged: if case .closed = phase, capabilities != nil { askAgain(&out) }
        }
        return out
    }

    // MARK: Link

    private mutating func linkCameUp(
        _ capabilities: LockCapabilities, _ now: Instants, _ operations: inout Int64, _ out: inout [LockDecision]
    ) {
        let wasDown = self.capabilities == nil
        let isFirst = !wasLinked
        self.capabilities = capabilities
        wasLinked = true
        if wasDown { out.append(.device(.online, nil)) }
        switch phase {
        case .unread: read(now, &out)
        case .relocking(let relock):
            switch relock.step {
            case .waiting where isFirst && owed.contains { !$0.obligation.unlocked }:
                // The run before may have sent an unlock that a radio still holds: "locked" read now would not be the end of it.
                fence(motorMilliseconds: motorMilliseconds, now, &out)
            case .waiting: read(now, &out)
            case .settling, .reading, .driving: break
            }
        case .closed, .accepted, .unlocking, .unlocked: break
        }
    }

    private mutating func linkWentDown(_ reason: Reason, _ now: Instants, _ out: inout [LockDecision]) {
        if capabilities != nil { out.append(.device(.offline, reason)) }
        let motor = motorMilliseconds
        capabilities = nil
        reading = nil
        if now.bootMilliseconds < watchUntilBootMilliseconds { isWatchCut = true }
        cancelWaiting(.lockOffline, &out)
        switch phase {
        case .unread: break
        case .closed: phase = .unread
        case .accepted(let operation):
            cancelTimer(.step, &out)
            out.append(.cancelled(operation, .lockOffline))
            phase = .unread
        case .unlocking(let operation):
            out.append(.failed(operation, .unknown, .adapterFailed))
            fence(motorMilliseconds: motor, now, &out)
        case .unlocked: break
        case .relocking(let relock):
            switch relock.step {
            case .settling: break
            case .driving: fence(motorMilliseconds: motor, now, &out)
            case .reading, .waiting: waitForLink(relock, now, &out)
            }
        }
        if owed.isEmpty && !requests.isEmpty {
            out.append(.requestsFailed(requests, .lockOffline))
            requests = []
            // With an alarm over it the door itself is what has to be locked, whoever asked.
            if case .relocking = phase, alarm == nil {
                cancelTimer(.step, &out)
                phase = .unread
            }
        }
    }

    // MARK: Unlocking

    private mutating func enqueue(_ operation: Operation, _ now: Instants, _ out: inout [LockDecision]) {
        guard isFree else {
            waiting.append(operation)
            scheduleQueue(&out)
            return
        }
        begin(operation, now, &out)
    }

    private mutating func begin(_ operation: Operation, _ now: Instants, _ out: inout [LockDecision]) {
        phase = .accepted(operation)
        out.append(.announce(operation))
        setTimer(.step, policy.noticeMilliseconds, now, &out)
    }

    private mutating func proceed(_ number: OperationNumber, _ out: inout [LockDecision]) {
        guard case .accepted(let operation) = phase, operation.number == number else { return }
        out.append(.recheck(operation))
    }

    private mutating func checked(
        _ number: OperationNumber, _ refusal: Reason?, _ now: Instants, _ operations: inout Int64, _ out: inout [LockDecision]
    ) {
        guard case .accepted(let operation) = phase, operation.number == number else { return }
        cancelTimer(.step, &out)
        if let refusal {
            giveUp(operation, refusal, now, &out)
            return
        }
        guard let capabilities else {
            giveUp(operation, .lockOffline, now, &out)
            return
        }
        phase = .unlocking(operation)
        owed.append(operation)
        locksAtOnce = false
        wasSeenOpening = false
        let ttl = capabilities.operationMilliseconds
        out.append(.drive(number, operation.obligation.action, timedSeconds: operation.timedSeconds, ttlMilliseconds: ttl))
        setTimer(.step, Int64(ttl) + policy.graceMilliseconds, now, &out)
        setTimer(.overdue, at: operation.relockByBootMilliseconds, &out)
    }

    private mutating func giveUp(_ operation: Operation, _ reason: Reason, _ now: Instants, _ out: inout [LockDecision]) {
        out.append(.cancelled(operation, reason))
        phase = .closed
        beginNext(now, &out)
    }

    /// Takes up the next waiting unlock, if the lock is free.
    mutating func beginNext(_ now: Instants, _ out: inout [LockDecision]) {
        guard case .closed = phase else { return }
        while let next = waiting.first {
            waiting.removeFirst()
            scheduleQueue(&out)
            if next.expiresBootMilliseconds <= now.bootMilliseconds {
                out.append(.cancelled(next, .timeout))
            } else {
                begin(next, now, &out)
                return
            }
        }
    }

    // MARK: Answers

    private mutating func answered(
        _ number: OperationNumber, _ answer: OperationAnswer, _ now: Instants, _ operations: inout Int64, _ out: inout [LockDecision]
    ) {
        switch phase {
        case .unlocking(let operation) where operation.number == number:
            unlockAnswered(operation, answer, now, &operations, &out)
        case .relocking(let relock) where relock.step == .driving(number):
            relockAnswered(relock, answer, now, &out)
        case .unread, .closed, .accepted, .unlocking, .unlocked, .relocking:
            return
        }
    }

    private mutating func unlockAnswered(
        _ operation: Operation, _ answer: OperationAnswer, _ now: Instants, _ operations: inout Int64, _ out: inout [LockDecision]
    ) {
        cancelTimer(.step, &out)
        switch answer {
        case .notSent(let reason) where wasSeenOpening:
            out.append(.failed(operation, .unknown, reason))
            fence(motorMilliseconds: motorMilliseconds, now, &out)
        case .notSent(let reason):
            owed.removeAll { $0.number == operation.number }
            if owed.isEmpty { cancelTimer(.overdue, &out) }
            if requests.isEmpty {
                giveUp(operation, reason, now, &out)
            } else {
                out.append(.cancelled(operation, reason))
                startRelock(source: .remote, now, &operations, &out)
            }
        case .result(.done, let bolt, let door, _):
            let previous = self.bolt
            self.bolt = bolt
            take(door, at: now.wall, &out)
            for index in owed.indices where owed[index].number == operation.number { owed[index].obligation.unlocked = true }
            out.append(.unlocked(operation, previous: previous))
            phase = .unlocked(operation)
            if locksAtOnce || !requests.isEmpty {
                startRelock(source: .remote, now, &operations, &out)
            } else {
                setTimer(.step, Int64(operation.obligation.openSeconds) * 1000, now, &out)
            }
        case .result(.failed, let bolt, let door, let reason):
            self.bolt = bolt
            take(door, at: now.wall, &out)
            for index in owed.indices where owed[index].number == operation.number { owed[index].obligation.isAnswered = true }
            out.append(.failed(operation, .failed, reason ?? .adapterFailed))
            startRelock(source: .remote, now, &operations, &out)
        case .result(.unknown, _, _, let reason):
            out.append(.failed(operation, .unknown, reason ?? .timeout))
            fence(motorMilliseconds: motorMilliseconds, now, &out)
        }
    }

    private mutating func relockAnswered(_ relock: Relock, _ answer: OperationAnswer, _ now: Instants, _ out: inout [LockDecision]) {
        switch answer {
        case .notSent(let reason):
            if reason == .lockOffline { raise(.lockOffline, &out) }
            pause(relock, now, &out)
        case .result(.done, let bolt, let door, _), .result(.failed, let bolt, let door, _):
            if bolt != .locked { self.bolt = bolt }
            take(door, at: now.wall, &out)
            phase = .relocking(relock)
            read(now, &out)
        case .result(.unknown, _, _, _):
            fence(motorMilliseconds: motorMilliseconds, now, &out)
        }
    }

    private mutating func readAnswered(
        _ number: Int64, _ answer: ReadAnswer, _ now: Instants, _ operations: inout Int64, _ out: inout [LockDecision]
    ) {
        guard number == readNumber else { return }
        var overtaken = false
        if case .reading(let reading) = answer { overtaken = isOvertaken(reading) }
        switch phase {
        case .unread where overtaken: read(now, &out)
        case .relocking(let relock) where overtaken && relock.step == .reading(number): read(now, &out)
        case .closed where overtaken: askAgain(&out)
        case .unread:
            cancelTimer(.step, &out)
            switch answer {
            case .reading(let reading): firstReading(reading, now, &operations, &out)
            case .failed: setTimer(.step, policy.pollMilliseconds, now, &out)
            }
        case .relocking(let relock) where relock.step == .reading(number):
            cancelTimer(.step, &out)
            switch answer {
            case .reading(let reading): decide(relock, reading, now, &operations, &out)
            case .failed(let reason):
                if reason == .lockOffline { raise(.lockOffline, &out) }
                missed(relock, now, &out)
            }
        case .closed:
            if case .reading(let reading) = answer { firstReading(reading, now, &operations, &out) }
        case .accepted, .unlocking, .unlocked, .relocking:
            return
        }
    }

    private mutating func firstReading(_ reading: LockReading, _ now: Instants, _ operations: inout Int64, _ out: inout [LockDecision]) {
        let previous = bolt
        take(reading, now, &out)
        if reading.bolt == .moving {
            phase = .unread
            setTimer(.step, 1000, now, &out)
            return
        }
        phase = .closed
        let isOpen = LockMachine.isOpen(reading.bolt) || reading.bolt == .notFullyLocked
        let isLateEcho = isOpen && (isWatchCut || now.bootMilliseconds < watchUntilBootMilliseconds)
        isWatchCut = false
        let found: LockEvent? =
            isLateEcho ? .unsolicitedUnlock : isOpen ? .foundOpen : previous == .unknown ? nil : LockMachine.event(of: reading.bolt)
        if previous != reading.bolt, let found {
            let nobody = ChangeActor(kind: .unknown)
            out.append(.changed(found, source: .unspecified, actor: nobody, previous: previous, at: reading.observedAt))
        }
        if isLateEcho { raise(.unsolicitedUnlock, &out) }
        if reading.isConfirmedLocked && !reading.door.isOpen { clearAlarm(&out) }
        if isLateEcho || isOpen && alwaysLocked {
            startRelock(source: .remote, now, &operations, &out)
        } else {
            beginNext(now, &out)
        }
    }

    // MARK: Timers

    private mutating func timerFired(_ timer: LockTimer, _ now: Instants, _ operations: inout Int64, _ out: inout [LockDecision]) {
        guard let time = due[timer], time <= now.bootMilliseconds else { return }
        due[timer] = nil
        switch timer {
        case .overdue: if !owed.isEmpty { raise(.relockOverdue, &out) }
        case .queue:
            let expired = waiting.filter { $0.expiresBootMilliseconds <= now.bootMilliseconds }
            waiting.removeAll { $0.expiresBootMilliseconds <= now.bootMilliseconds }
            out += expired.map { .cancelled($0, .timeout) }
            scheduleQueue(&out)
        case .step: stepTimerFired(now, &operations, &out)
        case .refresh: refresh(now, &out)
        }
    }

    private mutating func stepTimerFired(_ now: Instants, _ operations: inout Int64, _ out: inout [LockDecision]) {
        switch phase {
        case .unread: read(now, &out)
        case .closed: break
        case .accepted(let operation): giveUp(operation, .noticeUndelivered, now, &out)
        case .unlocking(let operation):
            out.append(.failed(operation, .unknown, .timeout))
            fence(motorMilliseconds: motorMilliseconds, now, &out)
        case .unlocked: startRelock(source: .remote, now, &operations, &out)
        case .relocking(let relock):
            switch relock.step {
            case .settling, .waiting: read(now, &out)
            case .reading: missed(relock, now, &out)
            case .driving: fence(motorMilliseconds: motorMilliseconds, now, &out)
            }
        }
    }

    /// Reads a lock at rest again; what its auto-relock was set to is forgotten once it was not seen for a day.
    private mutating func refresh(_ now: Instants, _ out: inout [LockDecision]) {
        let age = now.bootMilliseconds - readAtBootMilliseconds
        if age >= policy.autoRelockMilliseconds { reading?.autoRelock = nil }
        if case .closed = phase, capabilities != nil, age >= policy.refreshMilliseconds { askAgain(&out) }
        setTimer(.refresh, policy.refreshAgainMilliseconds, now, &out)
    }

    /// The motor's own time, as its adapter declared it.
    private var motorMilliseconds: Int { capabilities?.motorMilliseconds ?? 0 }

    // MARK: Queue

    private mutating func cancelWaiting(_ reason: Reason, _ out: inout [LockDecision]) {
        out += waiting.map { .cancelled($0, reason) }
        waiting = []
        scheduleQueue(&out)
    }

    mutating func scheduleQueue(_ out: inout [LockDecision]) {
        if let first = waiting.map(\.expiresBootMilliseconds).min() {
            if due[.queue] != first { setTimer(.queue, at: first, &out) }
        } else {
            cancelTimer(.queue, &out)
        }
    }

    /// The operator took on what is owed. An unlock under way keeps its own; anything else is read anew, and found open if it is.
    private mutating func release(_ note: String, _ now: Instants, _ out: inout [LockDecision]) {
        let released: [Operation]
        switch phase {
        case .unlocking, .unlocked: released = []
        case .unread, .closed, .accepted: released = owed
        case .relocking:
            released = owed
            cancelTimer(.step, &out)
            phase = .unread
        }
        owed.removeAll { released.contains($0) }
        if owed.isEmpty { cancelTimer(.overdue, &out) }
        out.append(.released(released, note: note))
        clearAlarm(&out)
        if !requests.isEmpty, case .unread = phase {
            out.append(.requestsFailed(requests, .lockOffline))
            requests = []
        }
        if case .unread = phase { read(now, &out) }
    }

    /// Lets go of what was not sent and relocks what may be open.
    private mutating func secure(_ reason: Reason, _ now: Instants, _ operations: inout Int64, _ out: inout [LockDecision]) {
        cancelWaiting(reason, &out)
        switch phase {
        case .unread, .closed, .relocking: break
        case .accepted(let operation):
            cancelTimer(.step, &out)
            out.append(.cancelled(operation, reason))
            phase = .closed
        case .unlocking: locksAtOnce = true
        case .unlocked: startRelock(source: .remote, now, &operations, &out)
        }
    }
}
