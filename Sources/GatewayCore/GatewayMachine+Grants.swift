import LockModel

/// What residents allow and take back.
extension GatewayMachine {
    // MARK: Before the signature

    func checkGrantHeader(_ token: GrantToken, topic: PrincipalID, _ now: Instants) throws(Refusal) -> PrincipalKey {
        let principal = try checkIssuer(token.envelope, topic: topic, role: [.resident])
        guard token.grant.gateway == settings.gateway else { throw Refusal(.wrongGateway, "This gateway is \(settings.gateway).") }
        guard ledger.locks[token.grant.lock] != nil else { throw Refusal(.unknownLock) }
        guard let retailer = ledger.principals[token.grant.retailer], retailer.role == .retailer || retailer.role == .partner else {
            throw Refusal(.unknownPrincipal, "The grant is for \(token.grant.retailer), whom this gateway does not know.")
        }
        return try checkKey(token.envelope, of: principal, now)
    }

    func checkRevocationHeader(_ token: RevocationToken, topic: PrincipalID, _ now: Instants) throws(Refusal) -> PrincipalKey {
        let principal = try checkIssuer(token.envelope, topic: topic, role: [.resident])
        guard token.audience == settings.gateway else { throw Refusal(.wrongGateway, "This gateway is \(settings.gateway).") }
        return try checkKey(token.envelope, of: principal, now)
    }

    // MARK: Installing

    mutating func install(_ token: GrantToken, _ text: String, _ now: Instants) throws(Refusal) {
        let grant = token.grant
        if let known = ledger.grants[grant.id] {
            guard known.grant.hash == grant.hash else { throw Refusal(.idReused) }
            return
        }
        if isStopping { throw Refusal(.shuttingDown) }
        if isFrozen { throw Refusal(.frozen) }
        if ledger.revocations[grant.resident]?.covers(grant) == true { throw Refusal(.grantRevoked) }
        let options = grant.options
        if options.consent || options.camera || options.noTime || options.freshHours != nil {
            throw Refusal(.unsupported, "This gateway does not have the options the grant asks for yet.")
        }
        guard claimTime(now) < grant.expires else { throw Refusal(.outsideWindow, "The grant expired at \(grant.expires).") }
        append(.grantInstalled(GrantEntry(grant: grant, token: text)), at: now)
        if hasWeeklyWindow(grant) { effects.append(.expand(grant)) }
        publishGrantStatus(grant.id, now)
        publishSnapshots(of: grant.lock, now)
    }

    // MARK: Revoking

    /// Durable before it is acknowledged; from this moment the last check before the motor refuses. A door that is open by a revoked grant is
    /// locked in its time like any other: nobody is locked in.
    mutating func revoke(_ token: RevocationToken, _ now: Instants) throws(Refusal) {
        if isFrozen { throw Refusal(.frozen) }
        let revocation = Revocation(token)
        var row = ledger.revocations[revocation.resident] ?? ResidentRevocations(resident: revocation.resident)
        let before = row
        row.add(revocation)
        row.grants.removeAll { ledger.grants[$0]?.revokedAt != nil }
        guard row != before else { return }
        guard row.grants.count <= settings.limits.revokedGrants else {
            throw Refusal(.quotaFull, "Too many grants that never arrived are revoked by id; revoke them with allBefore.")
        }
        let ended = ledger.grants.values.map(\.grant).filter { grant in
            grant.resident == revocation.resident && ledger.grants[grant.id]?.revokedAt == nil && row.covers(grant)
        }
        append(.revocationAccepted(revocation), at: now)
        for grant in ended {
            append(.grantRevoked(GrantReference(grant)), at: now)
            publishGrantStatus(grant.id, now)
            publishSnapshots(of: grant.lock, now)
        }
    }

    /// The one answer to a token that is no command.
    mutating func accept(_ envelope: TokenEnvelope, _ destination: ReplyDestination, _ kind: ReplyKind, _ now: Instants) {
        let reply = Reply(kind: kind, id: envelope.id, status: .accepted, final: true, at: now.wall, timeTrust: now.trust)
        effects.append(.reply(destination, reply))
    }
}
