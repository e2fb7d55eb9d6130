import LockModel

/// Turns what a lock's machine decides into records, replies and effects.
extension GatewayMachine {
    mutating func tell(_ lock: LockID, _ input: LockInput, _ now: Instants) {
        guard let index = locks.index(forKey: lock) else { return }
        let decisions = locks.values[index].handle(input, at: now, operations: &operations)
        for decision in decisions { carryOut(decision, lock, now) }
    }

    private mutating func carryOut(_ decision: LockDecision, _ lock: LockID, _ now: Instants) {
        switch decision {
        case .announce(let operation): announce(operation, now)
        case .recheck(let operation): recheck(operation, on: lock, now)
        case .drive(let number, let action, let seconds, let ttl):
            effects.append(.drive(lock, number, action, timedSeconds: seconds, ttlMilliseconds: ttl))
        case .read(let number): effects.append(.read(lock, number))
        case .drop: effects.append(.drop(lock))
        case .timer(let timer, let time): effects.append(.timer(lock, timer, atBootMilliseconds: time))
        case .cancelled(let operation, let reason): cancelled(operation, reason, now)
        case .unlocked(let operation, let previous): unlocked(operation, previous, now)
        case .failed(let operation, let outcome, let reason): failed(operation, outcome, reason, now)
        case .secured(let ended, let requests, let source, let previous): secured(lock, ended, requests, source, previous, now)
        case .requestsFailed(let requests, let reason): requestsFailed(requests, reason, now)
        case .changed(let event, let source, let actor, let previous, let time):
            recordChange(lock, event, source: source, actor: actor, previous: previous, observedAt: time, now)
        case .device(let event, let reason):
            append(.deviceChanged(DeviceChange(event: event, lock: lock, reason: reason, battery: locks[lock]?.battery)), at: now)
            publishSnapshots(of: lock, now)
        case .released(let operations, let note): released(lock, operations, note, now)
        case .alarmRaised(let reason):
            append(.alarmRaised(LockAlarm(lock: lock, reason: reason)), at: now)
            effects.append(.alarm(lock, reason, raised: true))
        case .alarmCleared(let reason):
            append(.alarmCleared(LockAlarm(lock: lock, reason: reason)), at: now)
            effects.append(.alarm(lock, reason, raised: false))
        }
    }

    /// Publishes what will be owed; the unlock goes on when the broker that brought the command has it. An unlock without a bus waits for its record only.
    private mutating func announce(_ operation: LockMachine.Operation, _ now: Instants) {
        let obligation = operation.obligation
        for (principal, bus) in noticed(of: obligation) {
            let isBringer = bus == obligation.bus && principal == obligation.command?.issuer
            let owed = Notice.Owed(relockBy: obligation.relockBy, since: obligation.since)
            effects.append(
                .notice(
                    Notice(
                        lock: obligation.lock, principal: principal, bus: bus, owed: owed,
                        acknowledges: isBringer ? obligation.operation : nil
                    )
                )
            )
        }
        if obligation.bus == nil { awaitingDurable.append((lastRecord, obligation.lock, obligation.operation)) }
    }

    /// Checks once more, on what is durable: while a record that lets somebody do more is not, the unlock waits for it. A gateway that ended just then
    /// would never have let it be.
    private mutating func recheck(_ operation: LockMachine.Operation, on lock: LockID, _ now: Instants) {
        guard widenedBy <= durableRecord else {
            awaitingDurable.append((widenedBy, lock, operation.number))
            return
        }
        tell(lock, .checked(operation.number, refusal: recheck(operation, now)), now)
    }

    /// Everything that can have changed since the command was accepted.
    private func recheck(_ operation: LockMachine.Operation, _ now: Instants) -> Reason? {
        if isFrozen { return .frozen }
        if isStopping || isDraining { return .shuttingDown }
        if operation.expiresBootMilliseconds <= now.bootMilliseconds { return .timeout }
        let obligation = operation.obligation
        guard let assurance = relockAssurance(of: obligation.lock, openSeconds: obligation.openSeconds) else { return .relockDoubtful }
        guard let command = obligation.command else { return ledger.isCommissioned ? .noGrant : nil }
        guard let issuer = ledger.principals[command.issuer], !issuer.suspended else { return .suspended }
        if let key = operation.keyID, issuer.suspendedKeys.contains(key) || !issuer.keys.contains(where: { $0.id == key }) {
            return .suspended
        }
        guard let id = command.grant, let grant = ledger.grants[id]?.grant else { return .noGrant }
        if let minimum = grant.minRelock, assurance < minimum { return .relockDoubtful }
        do throws(Refusal) {
            try checkTime(now)
            try checkLive(grant, now)
            return nil
        } catch {
            return error.reason
        }
    }

    // MARK: Outcomes

    private mutating func unlocked(_ operation: LockMachine.Operation, _ previous: BoltState, _ now: Instants) {
        let obligation = operation.obligation
        let answers = obligation.command.map { [answer($0, .unlocked, final: false, relockBy: obligation.relockBy, now)] } ?? []
        recordChange(
            obligation.lock, obligation.action == .unlatch ? .unlatched : .unlocked, source: .remote, actor: actor(of: obligation),
            previous: previous, observedAt: now.wall, operation: operation.number, command: obligation.command, answers: answers, now
        )
        replyAdmin(operation.number, .unlocked, final: false, now)
    }

    private mutating func failed(_ operation: LockMachine.Operation, _ outcome: OperationOutcome, _ reason: Reason, _ now: Instants) {
        let obligation = operation.obligation
        let isFinal = outcome == .failed
        let status: ReplyStatus = isFinal ? .failed : .unknown
        let answers =
            obligation.command.map { [answer($0, status, final: isFinal, reason: reason, relockBy: obligation.relockBy, now)] } ?? []
        let failure = OperationFailure(
            lock: obligation.lock, operation: operation.number, command: obligation.command, outcome: outcome, reason: reason
        )
        append(.operationFailed(failure), answers: answers, at: now)
        sendAnswers(answers)
        replyAdmin(operation.number, status, final: isFinal, reason: reason, now)
    }

    private mutating func cancelled(_ operation: LockMachine.Operation, _ reason: Reason, _ now: Instants) {
        let obligation = operation.obligation
        let answers = obligation.command.map { [answer($0, .failed, final: true, reason: reason, now)] } ?? []
        let cancelled = UnlockCancelled(lock: obligation.lock, operation: operation.number, command: obligation.command, reason: reason)
        append(.unlockCancelled(cancelled), answers: answers, at: now)
        sendAnswers(answers)
        replyAdmin(operation.number, .failed, final: true, reason: reason, now)
        publishNotices(of: [obligation], now)
        if let grant = obligation.command?.grant { publishGrantStatus(grant, now) }
    }

    /// P4, or a lock that nothing was owed for: one record ends every obligation and answers every command that waited for it.
    private mutating func secured(
        _ lock: LockID, _ ended: [LockMachine.Operation], _ requests: [LockMachine.LockRequest], _ source: ChangeSource,
        _ previous: BoltState, _ now: Instants
    ) {
        var answers: [Record.Answer] = []
        for operation in ended {
            guard let command = operation.obligation.command, !operation.obligation.isAnswered else { continue }
            answers.append(answer(command, .secured, final: true, now))
        }
        for case .some(let command) in requests.map(\.command) { answers.append(answer(command, .secured, final: true, now)) }
        let reading = locks[lock]?.reading
        let last = ended.last?.obligation
        recordChange(
            lock, ended.isEmpty ? .locked : .relocked, source: source, actor: last.map(actor(of:)) ?? ChangeActor(kind: .unknown),
            previous: previous, observedAt: reading?.observedAt ?? now.wall, operation: last?.operation, command: last?.command,
            confirmedBy: reading?.confirmedBy, ended: ended.map(\.number), answers: answers, now
        )
        for operation in ended { replyAdmin(operation.number, .secured, final: true, now) }
        for case .admin(let ticket)? in requests.map(\.destination) {
            effects.append(.reply(.admin(ticket), Reply(kind: .command, status: .secured, final: true, at: now.wall, timeTrust: now.trust)))
        }
        publishNotices(of: ended.map(\.obligation), now)
    }

    /// Nothing is owed any more, by the operator's word; what was, has its notice taken back. Its commands had their last reply, or stand at `unknown`.
    private mutating func released(_ lock: LockID, _ operations: [LockMachine.Operation], _ note: String, _ now: Instants) {
        append(.lockReleased(LockRelease(lock: lock, operations: operations.map(\.number), note: note)), at: now)
        for operation in operations { adminRoutes[operation.number] = nil }
        publishNotices(of: operations.map(\.obligation), now)
        publishSnapshots(of: lock, now)
    }

    private mutating func requestsFailed(_ requests: [LockMachine.LockRequest], _ reason: Reason, _ now: Instants) {
        for request in requests {
            if let command = request.command {
                let answers = [answer(command, .failed, final: true, reason: reason, now)]
                append(.commandAnswered(command), answers: answers, at: now)
                sendAnswers(answers)
            } else if let destination = request.destination {
                let reply = Reply(kind: .command, status: .failed, final: true, reason: reason, at: now.wall, timeTrust: now.trust)
                effects.append(.reply(destination, reply))
            }
        }
    }

    private mutating func replyAdmin(_ number: OperationNumber, _ status: ReplyStatus, final: Bool, reason: Reason? = nil, _ now: Instants)
    {
        guard let destination = adminRoutes[number] else { return }
        effects.append(
            .reply(destination, Reply(kind: .command, status: status, final: final, reason: reason, at: now.wall, timeTrust: now.trust))
        )
        if final { adminRoutes[number] = nil }
    }

    private mutating func recordChange(
        _ lock: LockID, _ event: LockEvent, source: ChangeSource, actor: ChangeActor, previous: BoltState, observedAt: Timestamp,
        operation: OperationNumber? = nil, command: CommandReference? = nil, confirmedBy: ConfirmedBy? = nil,
        ended: [OperationNumber] = [], answers: [Record.Answer] = [], _ now: Instants
    ) {
        guard let machine = locks[lock], let entry = ledger.locks[lock] else { return }
        let bolt: BoltState = event == .relocked || event == .locked ? .locked : machine.bolt
        let change = LockChange(
            event: event, lock: lock, adapter: entry.adapter, bolt: bolt, door: machine.door, previous: previous, source: source,
            actor: actor, confirmedBy: confirmedBy, observedAt: observedAt, operation: operation, command: command, ended: ended
        )
        append(.lockChanged(change), answers: answers, at: now)
        sendAnswers(answers)
        publishSnapshots(of: lock, now)
    }

    private func actor(of obligation: Obligation) -> ChangeActor {
        guard let command = obligation.command else { return ChangeActor(kind: .installer) }
        return ChangeActor(kind: .retailer, ref: command.issuer.text)
    }
}
