import LockModel

/// What follows when a message comes in, and when its checks pass.
extension GatewayMachine {
    mutating func arrived(_ arrival: Arrival, _ now: Instants) {
        let destination = ReplyDestination.bus(arrival.route)
        do throws(Refusal) {
            if case .refused(.tooLarge, let detail, _) = arrival.content { throw Refusal(.tooLarge, detail) }
            if arrival.isRetained && arrival.kind == .command { throw Refusal(.retained) }
            try checkBeforeSignature(Pending(content: arrival.content, topic: arrival.route.principal, destination: destination), now)
        } catch {
            refuse(destination, arrival.kind, id(of: arrival.content), arrival.digest, error, now)
        }
    }

    /// The cheap checks, and then the signature.
    mutating func checkBeforeSignature(_ pending: Pending, _ now: Instants) throws(Refusal) {
        switch pending.content {
        case .refused(let reason, let detail, _): throw Refusal(reason, detail)
        case .command(let command): try verify(pending, command.envelope, try checkCommandHeader(command, topic: pending.topic, now))
        case .grant(let token, _): try verify(pending, token.envelope, try checkGrantHeader(token, topic: pending.topic, now))
        case .revocation(let token): try verify(pending, token.envelope, try checkRevocationHeader(token, topic: pending.topic, now))
        case .trust(let token): try verify(pending, token.envelope, try checkTrustHeader(token, topic: pending.topic, now))
        }
    }

    private mutating func verify(_ pending: Pending, _ envelope: TokenEnvelope, _ key: PrincipalKey) throws(Refusal) {
        guard verifying.count < settings.limits.commandsUnderWay else { throw Refusal(.busy) }
        nextTicket += 1
        verifying[nextTicket] = pending
        effects.append(.verify(nextTicket, envelope, key))
    }

    /// The signature was checked: everything before it is checked again, on the state of now, and then the rest.
    mutating func verified(_ ticket: Int64, _ valid: Bool, _ now: Instants) {
        guard let pending = verifying.removeValue(forKey: ticket) else { return }
        do throws(Refusal) {
            guard valid else { throw Refusal(.badSignature) }
            switch pending.content {
            case .refused: return
            case .command(let command):
                _ = try checkCommandHeader(command, topic: pending.topic, now)
                try checkNotSuspended(command.envelope)
                try believed(command, pending.destination, now)
            case .grant(let token, let text):
                _ = try checkGrantHeader(token, topic: pending.topic, now)
                try checkNotSuspended(token.envelope)
                try install(token, text, now)
                accept(token.envelope, pending.destination, .grant, now)
            case .revocation(let token):
                _ = try checkRevocationHeader(token, topic: pending.topic, now)
                try checkNotSuspended(token.envelope)
                try revoke(token, now)
                accept(token.envelope, pending.destination, .grant, now)
            case .trust(let token):
                _ = try checkTrustHeader(token, topic: pending.topic, now)
                try checkNotSuspended(token.envelope)
                try install(token, now)
                accept(token.envelope, pending.destination, .trust, now)
            }
        } catch {
            refuse(pending.destination, kind(of: pending.content), id(of: pending.content), nil, error, now)
        }
    }

    // MARK: Commands

    /// A command with a good signature: the rest of the checks, and P1.
    private mutating func believed(_ command: CommandToken, _ destination: ReplyDestination, _ now: Instants) throws(Refusal) {
        let envelope = command.envelope
        if let used = ledger.usedIDs.find(envelope.issuer, envelope.id) {
            guard used.hash == envelope.hash else { throw Refusal(.idReused) }
            effects.append(.replyStored(destination, envelope.issuer, envelope.id, record: used.record))
            return
        }
        if isStopping { throw Refusal(.shuttingDown) }
        // An id that can't be recorded as spent is not answered, a check's neither.
        if isMute { throw Refusal(.frozen) }
        try checkRate(of: envelope.issuer, isLock: command.action == .lock, now)
        let reference = CommandReference(
            issuer: envelope.issuer, id: envelope.id, hash: envelope.hash, grant: command.grant, delivery: command.delivery
        )
        switch command.action {
        case .check: answerCheck(command, reference, destination, now)
        case .lock, .unlock, .unlatch:
            if command.dryRun {
                answerCheck(command, reference, destination, now)
            } else if command.action == .lock {
                try acceptLock(command, reference, destination, now)
            } else {
                try acceptUnlock(command, reference, destination, now)
            }
        }
    }

    /// An unlock waits no longer than a command may live, whatever the clock.
    private static let longestLifeMilliseconds: Int64 = 125_000

    private mutating func acceptUnlock(
        _ command: CommandToken, _ reference: CommandReference, _ destination: ReplyDestination, _ now: Instants
    ) throws(Refusal) {
        try checkTime(now)
        let action: MotorAction = command.action == .unlatch ? .unlatch : .unlock
        let grant = try checkGrant(command, action: action == .unlatch ? .unlatch : .unlock, now)
        guard let openSeconds = command.openSeconds else { throw Refusal(.malformed, "openSeconds is missing.") }
        _ = try checkLock(command.lock, action: action, openSeconds: openSeconds, minimum: grant.minRelock, now)
        guard underWay < settings.limits.commandsUnderWay else { throw Refusal(.busy) }
        let bus: BusName? = if case .bus(let route) = destination { route.bus } else { nil }
        let actor = ChangeActor(kind: .retailer, ref: reference.issuer.text)
        let skew = Int64(settings.limits.skewSeconds) * 1000
        let life = min(command.expires.milliseconds + skew - claimTime(now).milliseconds, Self.longestLifeMilliseconds)
        var operation = newOperation(
            lock: command.lock, action: action, command: reference, resident: grant.resident, bus: bus, openSeconds: openSeconds,
            lifeMilliseconds: life, now
        )
        operation.keyID = command.envelope.keyID
        let answers = [answer(reference, .accepted, final: false, relockBy: operation.obligation.relockBy, now)]
        routes[CommandKey(issuer: reference.issuer, id: reference.id)] = destination
        append(.unlockAccepted(UnlockAccepted(obligation: operation.obligation, actor: actor)), answers: answers, at: now)
        sendAnswers(answers)
        tell(command.lock, .unlock(operation), now)
        publishGrantStatus(grant.id, now)
    }

    /// Numbers an unlock and works out by when the door must be locked again.
    mutating func newOperation(
        lock: LockID, action: MotorAction, command: CommandReference?, resident: PrincipalID?, bus: BusName?, openSeconds: Int,
        lifeMilliseconds: Int64, _ now: Instants
    ) -> LockMachine.Operation {
        operations += 1
        let machine = locks[lock]
        let ttl = Int64(machine?.capabilities?.operationMilliseconds ?? 40_000)
        let settle = settings.relock.settle(motorMilliseconds: machine?.capabilities?.motorMilliseconds ?? 0)
        let turn = settings.relock.noticeMilliseconds + 2 * ttl + Int64(openSeconds) * 1000 + settle
        let bound = turn * Int64(1 + (machine?.waiting.count ?? 0) + (machine?.isFree == true ? 0 : 1))
        let obligation = Obligation(
            operation: OperationNumber(operations), lock: lock, action: action, command: command, resident: resident, bus: bus,
            openSeconds: openSeconds, since: now.wall, relockBy: now.wall.advanced(byMilliseconds: bound)
        )
        return LockMachine.Operation(
            obligation: obligation, expiresBootMilliseconds: now.bootMilliseconds + lifeMilliseconds,
            relockByBootMilliseconds: now.bootMilliseconds + bound,
            timedSeconds: relockAssurance(of: lock, openSeconds: openSeconds) == .lockTimed ? openSeconds : nil
        )
    }

    private mutating func acceptLock(
        _ command: CommandToken, _ reference: CommandReference, _ destination: ReplyDestination, _ now: Instants
    ) throws(Refusal) {
        try checkMayLock(command, now)
        if isFrozen { throw Refusal(.frozen) }
        try checkLocking(command.lock)
        let answers = [answer(reference, .accepted, final: false, now)]
        routes[CommandKey(issuer: reference.issuer, id: reference.id)] = destination
        let actor = ChangeActor(kind: .retailer, ref: reference.issuer.text)
        append(.lockAccepted(LockAccepted(lock: command.lock, command: reference, actor: actor)), answers: answers, at: now)
        sendAnswers(answers)
        tell(command.lock, .lock(LockMachine.LockRequest(command: reference, destination: destination)), now)
    }

    /// A retailer may lock within its own obligation, else with a live grant quoted.
    private func checkMayLock(_ command: CommandToken, _ now: Instants) throws(Refusal) {
        let issuer = command.envelope.issuer
        let hasObligation = ledger.obligations(of: command.lock).contains { $0.command?.issuer == issuer }
        guard !hasObligation || command.grant != nil else { return }
        let grant = try checkQuotedGrant(command, now)
        if !hasObligation { try checkLive(grant, now) }
    }

    /// `check` and `dryRun`: walks every check and says what stands in the way; spends the id and nothing else.
    private mutating func answerCheck(
        _ command: CommandToken, _ reference: CommandReference, _ destination: ReplyDestination, _ now: Instants
    ) {
        let blockers = command.action == .lock ? blockersOfLocking(command, now) : blockersOfUnlocking(command, now)
        let reply = Reply(
            kind: .command, id: reference.id, status: .accepted, final: true, ready: blockers.isEmpty, blockers: blockers,
            opensAt: opensAt(command, now), at: now.wall, timeTrust: now.trust
        )
        append(.commandAnswered(reference), answers: [Record.Answer(principal: reference.issuer, reply: reply)], at: now)
        effects.append(.reply(destination, reply))
    }

    private func blockersOfLocking(_ command: CommandToken, _ now: Instants) -> [Reason] {
        var blockers: [Reason] = []
        do throws(Refusal) { try checkMayLock(command, now) } catch { blockers.append(error.reason) }
        do throws(Refusal) { try checkLocking(command.lock) } catch { blockers.append(error.reason) }
        return blockers
    }

    private func blockersOfUnlocking(_ command: CommandToken, _ now: Instants) -> [Reason] {
        var blockers: [Reason] = []
        var minimum: RelockAssurance?
        var openSeconds = command.openSeconds
        do throws(Refusal) {
            try checkTime(now)
            let grant = try checkGrant(command, action: command.action == .unlatch ? .unlatch : .unlock, now)
            minimum = grant.minRelock
            openSeconds = openSeconds ?? grant.openSeconds
        } catch {
            blockers.append(error.reason)
        }
        do throws(Refusal) {
            let action: MotorAction = command.action == .unlatch ? .unlatch : .unlock
            _ = try checkLock(command.lock, action: action, openSeconds: openSeconds ?? 1, minimum: minimum, now)
        } catch {
            blockers.append(error.reason)
        }
        return blockers
    }

    private func opensAt(_ command: CommandToken, _ now: Instants) -> Timestamp? {
        guard let id = command.grant, let grant = ledger.grants[id]?.grant, grant.retailer == command.envelope.issuer else { return nil }
        return nextOpening(of: grant, after: now.wall)
    }

    // MARK: Replies

    func answer(
        _ command: CommandReference, _ status: ReplyStatus, final: Bool, reason: Reason? = nil, relockBy: Timestamp? = nil,
        _ now: Instants
    ) -> Record.Answer {
        Record.Answer(
            principal: command.issuer,
            reply: Reply(
                kind: .command, id: command.id, status: status, final: final, reason: reason, relockBy: relockBy, at: now.wall,
                timeTrust: now.trust
            )
        )
    }

    /// Sends what the record just appended answers, each to where its command came from, or after a restart to the plain reply topic.
    /// Nothing is answered that no record holds.
    mutating func sendAnswers(_ answers: [Record.Answer]) {
        if isMute { return }
        for answer in answers {
            guard let id = answer.reply.id else { continue }
            let key = CommandKey(issuer: answer.principal, id: id)
            let plain = settings.bus(serving: answer.principal).map {
                ReplyDestination.bus(ReplyRoute(bus: $0, principal: answer.principal))
            }
            if let destination = routes[key] ?? plain { effects.append(.reply(destination, answer.reply)) }
            if answer.reply.final { routes[key] = nil }
        }
    }

    mutating func refuse(
        _ destination: ReplyDestination, _ kind: ReplyKind, _ id: TokenID?, _ digest: Digest?, _ refusal: Refusal, _ now: Instants
    ) {
        let reply = Reply(
            kind: kind, id: id, digest: id == nil ? digest : nil, status: .refused, final: true, reason: refusal.reason,
            detail: refusal.detail,
            retryAfterSeconds: refusal.retryAfterSeconds, nonce: refusal.reason == .nonceNeeded ? newestNonce : nil, at: now.wall,
            timeTrust: now.trust)
        effects.append(.reply(destination, reply))
    }

    private func kind(of content: Arrival.Content) -> ReplyKind {
        switch content {
        case .command, .refused: .command
        case .grant, .revocation: .grant
        case .trust: .trust
        }
    }

    private func id(of content: Arrival.Content) -> TokenID? {
        switch content {
        case .command(let command): command.envelope.id
        case .grant(let token, _): token.envelope.id
        case .revocation(let token): token.envelope.id
        case .trust(let token): token.envelope.id
        case .refused(_, _, let read): read
        }
    }
}
