import LockModel

/// What the admin socket may change. The caller has checked the role; the machine checks the rest.
extension GatewayMachine {
    mutating func admin(_ ticket: Int64, _ request: AdminRequest, _ now: Instants) {
        do throws(Refusal) {
            if isStopping { throw Refusal(.shuttingDown) }
            if isFrozen, request.needsRecord { throw Refusal(.frozen) }
            switch request {
            case .addPrincipal(let principal): try add(principal, now)
            case .addLock(let entry): try add(entry, now)
            case .acceptAdapter(let needs): if ledger.adapters[needs.adapter] != needs { append(.adapterAccepted(needs), at: now) }
            case .setLock(let entry): try set(entry, now)
            case .replaceLock(let entry): try replace(entry, now)
            case .prove(let proof):
                guard ledger.locks[proof.lock] != nil else { throw Refusal(.unknownLock, "There is no lock \(proof.lock).") }
                append(.lockProved(proof), at: now)
            case .holdLock(let lock):
                try hold(lock)
                effects.append(
                    .reply(.admin(ticket), Reply(kind: .command, status: .accepted, final: false, at: now.wall, timeTrust: now.trust)))
                return
            case .keepLock(let lock): held.remove(lock)
            case .removeLock(let lock): try remove(lock, now)
            case .release(let lock, let note): try release(lock, note, now)
            case .drain: drain(now)
            case .resumeAfterDrain: isDraining = false
            case .addGrant(let token, let text):
                let pending = Pending(content: .grant(token, text: text), topic: token.envelope.issuer, destination: .admin(ticket))
                try checkBeforeSignature(pending, now)
                return
            case .revoke(let token):
                try checkBeforeSignature(
                    Pending(content: .revocation(token), topic: token.envelope.issuer, destination: .admin(ticket)), now)
                return
            case .suspend(let id, let key): try change(id, now) { principal throws(Refusal) in try principal.suspend(key) }
            case .resume(let id, let key): try change(id, now) { principal throws(Refusal) in try principal.resume(key) }
            case .addKey(let id, let key): try change(id, now) { principal throws(Refusal) in try principal.add(key, at: now.wall) }
            case .retireKey(let id, let key): try change(id, now) { principal throws(Refusal) in try principal.retire(key) }
            case .lock(let lock, let actor):
                try adminLock(ticket, lock, actor, now)
                return
            case .unlock(let lock, let openSeconds):
                try adminUnlock(ticket, lock, openSeconds, now)
                return
            case .acceptClock: acceptClock(now)
            case .handover:
                if !ledger.isCommissioned { append(.handedOver, at: now) }
            }
            effects.append(
                .reply(.admin(ticket), Reply(kind: .command, status: .accepted, final: true, at: now.wall, timeTrust: now.trust)))
        } catch {
            refuse(.admin(ticket), .command, nil, nil, error, now)
        }
    }

    private mutating func add(_ principal: Principal, _ now: Instants) throws(Refusal) {
        if let known = ledger.principals[principal.id] {
            guard known != principal else { return }
            throw Refusal(.idReused, "There is a \(known.role.rawValue) \(principal.id) already.")
        }
        append(.principalAdded(principal), at: now)
    }

    private mutating func add(_ entry: LockEntry, _ now: Instants) throws(Refusal) {
        if let known = ledger.locks[entry.lock] {
            guard known != entry else { return }
            throw Refusal(.idReused, "There is a lock \(entry.lock) already, of the adapter \(known.adapter).")
        }
        append(.lockAdded(entry), at: now)
        adopt(entry, owed: [])
        effects.append(.attach(entry))
    }

    private mutating func set(_ entry: LockEntry, _ now: Instants) throws(Refusal) {
        guard let known = ledger.locks[entry.lock] else { throw Refusal(.unknownLock, "There is no lock \(entry.lock).") }
        guard known != entry else { return }
        append(.lockSet(entry), at: now)
        locks[entry.lock]?.alwaysLocked = entry.alwaysLocked
        publishSnapshots(of: entry.lock, now)
    }

    private mutating func release(_ lock: LockID, _ note: String, _ now: Instants) throws(Refusal) {
        guard let machine = locks[lock] else { throw Refusal(.unknownLock, "There is no lock \(lock).") }
        guard machine.alarm != nil || !machine.owed.isEmpty else {
            throw Refusal(.actionNotAllowed, "Nothing is owed on \(lock), and no alarm stands over it.")
        }
        if case .unlocked = machine.phase { throw Refusal(.busy, "It is open for a command; lock it first.") }
        if case .unlocking = machine.phase { throw Refusal(.busy, "It is being unlocked; lock it first.") }
        tell(lock, .release(note: note), now)
    }

    /// Everything open is locked, as at a stop, and unlocks are refused; the gateway goes on.
    private mutating func drain(_ now: Instants) {
        isDraining = true
        for lock in locks.keys { tell(lock, .secure(.shuttingDown), now) }
    }

    private mutating func adminLock(_ ticket: Int64, _ lock: LockID, _ actor: ChangeActor, _ now: Instants) throws(Refusal) {
        try checkLocking(lock)
        append(.lockAccepted(LockAccepted(lock: lock, command: nil, actor: actor)), at: now)
        effects.append(.reply(.admin(ticket), Reply(kind: .command, status: .accepted, final: false, at: now.wall, timeTrust: now.trust)))
        tell(lock, .lock(LockMachine.LockRequest(command: nil, destination: .admin(ticket))), now)
    }

    /// The installer's unlock while commissioning: no grant, no notice, one operation, and a relock owed like any other.
    private mutating func adminUnlock(_ ticket: Int64, _ lock: LockID, _ openSeconds: Int, _ now: Instants) throws(Refusal) {
        guard !ledger.isCommissioned else {
            throw Refusal(.actionNotAllowed, "The site was handed over: only a resident's grant and a signed command open a door now.")
        }
        guard let entry = ledger.locks[lock] else { throw Refusal(.unknownLock, "There is no lock \(lock).") }
        guard (1...entry.maximumOpenSeconds).contains(openSeconds) else {
            throw Refusal(.openSecondsTooLong, "This lock allows 1 to \(entry.maximumOpenSeconds) seconds.")
        }
        _ = try checkLock(lock, action: .unlock, openSeconds: openSeconds, minimum: nil, now)
        let operation = newOperation(
            lock: lock, action: .unlock, command: nil, resident: nil, bus: nil, openSeconds: openSeconds, lifeMilliseconds: 60_000, now
        )
        adminRoutes[operation.number] = .admin(ticket)
        append(.unlockAccepted(UnlockAccepted(obligation: operation.obligation, actor: ChangeActor(kind: .installer))), at: now)
        effects.append(
            .reply(
                .admin(ticket),
                Reply(
                    kind: .command, status: .accepted, final: false, relockBy: operation.obligation.relockBy, at: now.wall,
                    timeTrust: now.trust
                )
            )
        )
        tell(lock, .unlock(operation), now)
    }
}

extension AdminRequest {
    /// What a gateway without a journal can't do. Locking a door needs none.
    fileprivate var needsRecord: Bool {
        switch self {
        case .lock, .drain, .resumeAfterDrain, .keepLock: false
        case .addPrincipal, .addLock, .acceptAdapter, .setLock, .replaceLock, .prove, .holdLock, .removeLock, .release, .addGrant, .revoke,
            .suspend, .resume,
            .addKey, .retireKey,
            .unlock, .handover,
            .acceptClock:
            true
        }
    }
}
