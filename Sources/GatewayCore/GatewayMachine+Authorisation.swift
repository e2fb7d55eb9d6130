import LockModel

/// The order of checks, cheap first; `bus-reference` says which reason each gives.
///
/// Before the signature: retained, readable, known principal, issuer equals topic, audience, lock, time, key. After it: suspended, id, rate,
/// grant, lock. Everything after the signature is checked on the state of the moment the signature came back.
extension GatewayMachine {
    /// A refusal on the way, with a sentence about this very case.
    struct Refusal: Error {
        var reason: Reason
        var detail: String?
        var retryAfterSeconds: Int?

        init(_ reason: Reason, _ detail: String? = nil, retryAfterSeconds: Int? = nil) {
            self.reason = reason
            self.detail = detail
            self.retryAfterSeconds = retryAfterSeconds
        }
    }

    // MARK: Before the signature

    /// Whose topic a token came by, who must be its issuer and may send its kind.
    func checkIssuer(_ envelope: TokenEnvelope, topic: PrincipalID, role: [PrincipalRole]) throws(Refusal) -> Principal {
        guard let principal = ledger.principals[topic] else { throw Refusal(.unknownPrincipal) }
        guard envelope.issuer == topic else {
            throw Refusal(.wrongPrincipal, "The token says it is from \(envelope.issuer), the topic says \(topic).")
        }
        guard role.contains(principal.role) else {
            throw Refusal(.wrongPrincipal, "A \(principal.role.rawValue) does not send this kind of token.")
        }
        return principal
    }

    /// The key a token must verify with: the last check before the signature.
    func checkKey(_ envelope: TokenEnvelope, of principal: Principal, _ now: Instants) throws(Refusal) -> PrincipalKey {
        guard let key = principal.keys.first(where: { $0.id == envelope.keyID && $0.isActive(at: claimTime(now)) }) else {
            throw Refusal(.badSignature, "No active key of \(principal.id) has that kid.")
        }
        guard key.algorithm == envelope.algorithm else {
            throw Refusal(.malformed, "The alg is not the key's: it was enrolled for \(key.algorithm.rawValue).")
        }
        return key
    }

    func checkCommandHeader(_ command: CommandToken, topic: PrincipalID, _ now: Instants) throws(Refusal) -> PrincipalKey {
        let principal = try checkIssuer(command.envelope, topic: topic, role: [.retailer, .partner])
        guard command.audience == settings.gateway else { throw Refusal(.wrongGateway, "This gateway is \(settings.gateway).") }
        guard ledger.locks[command.lock] != nil else { throw Refusal(.unknownLock) }
        try checkFresh(command, now)
        return try checkKey(command.envelope, of: principal, now)
    }

    // MARK: After the signature

    func checkNotSuspended(_ envelope: TokenEnvelope) throws(Refusal) {
        guard let principal = ledger.principals[envelope.issuer] else { throw Refusal(.unknownPrincipal) }
        if principal.suspended || principal.suspendedKeys.contains(envelope.keyID) { throw Refusal(.suspended) }
    }

    mutating func checkRate(of issuer: PrincipalID, isLock: Bool, _ now: Instants) throws(Refusal) {
        var bucket =
            (isLock ? lockBuckets[issuer] : issuerBuckets[issuer])
            ?? TokenBucket(
                ratePerSecond: settings.limits.issuerRatePerSecond, burst: settings.limits.issuerBurst,
                atBootMilliseconds: now.bootMilliseconds
            )
        let wait = bucket.take(atBootMilliseconds: now.bootMilliseconds)
        if isLock { lockBuckets[issuer] = bucket } else { issuerBuckets[issuer] = bucket }
        if let wait { throw Refusal(.rateLimited, retryAfterSeconds: wait) }
        if ledger.usedIDs.count(of: issuer) >= settings.limits.usedIDQuota { throw Refusal(.quotaFull) }
    }

    /// The grant behind an unlock, as it stands now.
    func checkGrant(_ command: CommandToken, action: GrantAction, _ now: Instants) throws(Refusal) -> Grant {
        let grant = try checkQuotedGrant(command, now)
        guard grant.actions.contains(action) else {
            throw Refusal(.actionNotAllowed, "The grant allows \(grant.actions.map(\.rawValue).joined(separator: ", ")).")
        }
        try checkLive(grant, now)
        try checkUses(of: grant, delivery: command.delivery)
        if let couriers = grant.couriers {
            guard let courier = command.courier, couriers.contains(courier) else { throw Refusal(.courierNotAllowed) }
        }
        if let asked = command.openSeconds {
            let most = min(grant.openSeconds, ledger.locks[grant.lock]?.maximumOpenSeconds ?? 0)
            guard asked <= most else { throw Refusal(.openSecondsTooLong, "At most \(most) seconds are allowed.") }
        }
        return grant
    }

    /// The grant a command quotes: there, its retailer's, for its lock, with its hash.
    func checkQuotedGrant(_ command: CommandToken, _ now: Instants) throws(Refusal) -> Grant {
        guard let id = command.grant, let entry = ledger.grants[id], entry.grant.retailer == command.envelope.issuer else {
            throw Refusal(.noGrant)
        }
        guard entry.grant.lock == command.lock, entry.grant.hash == command.grantHash else { throw Refusal(.grantMismatch) }
        return entry.grant
    }

    /// In time and not revoked; asked again just before the motor.
    func checkLive(_ grant: Grant, _ now: Instants) throws(Refusal) {
        let time = claimTime(now)
        guard time >= grant.notBefore, time < grant.expires, isOpen(grant, at: time) else { throw Refusal(.outsideWindow) }
        guard now.trust == .trusted || grant.windows == nil else {
            throw Refusal(.clockUntrusted, "A grant with windows opens nothing while the clock is not trusted.")
        }
        if ledger.grants[grant.id]?.revokedAt != nil { throw Refusal(.grantRevoked) }
        guard let resident = ledger.principals[grant.resident], !resident.suspended else {
            throw Refusal(.grantRevoked, "The resident behind it is suspended.")
        }
    }

    private func checkUses(of grant: Grant, delivery: String?) throws(Refusal) {
        let uses = ledger.uses[grant.id] ?? GrantUses(grant: grant.id)
        if let unlocks = uses.unlocks(of: delivery) {
            guard unlocks <= grant.maxEntries else { throw Refusal(.grantUsedUp, "This delivery has entered \(unlocks) times.") }
        } else {
            guard uses.spent < grant.maxUses else { throw Refusal(.grantUsedUp) }
        }
    }

    // MARK: The lock

    /// Whether an unlock may be sent to this lock, and what makes sure that it locks again.
    func checkLock(_ lock: LockID, action: MotorAction, openSeconds: Int, minimum: RelockAssurance?, _ now: Instants) throws(Refusal)
        -> RelockAssurance
    {
        guard let machine = locks[lock] else { throw Refusal(.unknownLock) }
        if held.contains(lock) { throw Refusal(.busy, "The lock is being removed.") }
        if let capabilities = machine.capabilities, !supports(capabilities, action) { throw Refusal(.unsupported) }
        if isStopping { throw Refusal(.shuttingDown) }
        if isDraining { throw Refusal(.shuttingDown, "The gateway is being drained.") }
        if isFrozen { throw Refusal(.frozen) }
        if let reason = machine.unknownBecause { throw Refusal(reason) }
        if machine.reading?.jammed == true || machine.alarm == .lockJammed { throw Refusal(.lockJammed) }
        if machine.door.isOpen { throw Refusal(.doorOpen) }
        if machine.battery.level == .critical { throw Refusal(.batteryCritical) }
        guard let assurance = relockAssurance(of: lock, openSeconds: openSeconds) else {
            throw Refusal(.relockDoubtful, "The lock would not lock by itself, and nobody waived that.")
        }
        if let minimum, assurance < minimum {
            throw Refusal(.relockDoubtful, "The grant asks for \(minimum.rawValue), the lock offers \(assurance.rawValue).")
        }
        if machine.waiting.count >= settings.relock.waitingUnlocks { throw Refusal(.busy) }
        return assurance
    }

    /// Whether the lock may be asked to lock: the safe direction, so little stands against it.
    func checkLocking(_ lock: LockID) throws(Refusal) {
        guard let machine = locks[lock] else { throw Refusal(.unknownLock, "There is no lock \(lock).") }
        if held.contains(lock) { throw Refusal(.busy, "It is being removed.") }
        if let capabilities = machine.capabilities, !supports(capabilities, .lock) { throw Refusal(.unsupported) }
        guard machine.capabilities != nil || !machine.owed.isEmpty else { throw Refusal(.lockOffline) }
        if machine.requests.count >= settings.relock.waitingRequests { throw Refusal(.busy, "It is being locked already.") }
    }

    private func supports(_ capabilities: LockCapabilities, _ action: MotorAction) -> Bool {
        let ends = capabilities.motorMilliseconds <= LockCapabilities.longestOperationMilliseconds
        return switch action {
        case .lock: capabilities.lock
        case .unlock: capabilities.unlock && capabilities.lock && ends
        case .unlatch: capabilities.unlatch && capabilities.lock && ends
        }
    }

    /// The strongest reason to believe that the lock will lock again, `nil` when there is none.
    package func relockAssurance(of lock: LockID, openSeconds: Int) -> RelockAssurance? {
        guard let machine = locks[lock], let capabilities = machine.capabilities else { return nil }
        if let timed = capabilities.timedUnlock, (timed.min...max(timed.min, timed.max)).contains(openSeconds) { return .lockTimed }
        if let auto = machine.reading?.autoRelock, auto.armed {
            let needed = openSeconds + (capabilities.motorMilliseconds + 999) / 1000
            if auto.waitsForDoor || auto.seconds >= needed { return .lockAuto }
        }
        return ledger.locks[lock]?.relockWaiver == nil ? nil : .gatewayOnly
    }
}
