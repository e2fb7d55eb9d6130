import LockModel

/// How far wall time may be believed, and what takes its place where it may not (`trust`, Time).
///
/// The runner says what the clock shows and whether the kernel calls it synchronised. That is held against the floor kept in the journal and
/// against the boot-time clock: a clock that is behind, or that stepped, is not believed whatever the kernel says. No jump revives anything:
/// what had expired by the floor stays expired.
///
/// - `trusted`: claims are held against wall time.
/// - `floor`: the clock is plausible, and no more. A command must echo a nonce of the last minute; what expires is held against the floor;
///   windows open nothing.
/// - `untrusted`: nothing opens. Locking needs no clock.
extension GatewayMachine {
    /// A nonce that commands may echo.
    struct Challenge: Sendable, Equatable {
        var nonce: String
        var expiresBootMilliseconds: Int64
    }

    /// How long a nonce is good.
    package static let challengeMilliseconds: Int64 = 60_000
    /// A clock may be this much ahead of what is expected: more is a step.
    private static let stepMilliseconds: Int64 = 300_000

    /// What the clock shows, judged. `trust` of the runner's instants says no more than that the kernel calls its clock synchronised.
    package func judged(_ raw: Instants) -> (instants: Instants, doubt: TimeDoubt?) {
        let doubt = doubt(raw)
        let trust: TimeTrust =
            switch doubt {
            case nil: .trusted
            case .unsynchronised: .floor
            case .neverKnown, .behind, .ahead: .untrusted
            }
        return (Instants(bootMilliseconds: raw.bootMilliseconds, wall: raw.wall, trust: trust), doubt)
    }

    private func doubt(_ raw: Instants) -> TimeDoubt? {
        let isSynchronised = raw.trust == .trusted
        guard let floor = ledger.floor else { return isSynchronised ? nil : .neverKnown }
        let skew = Int64(settings.limits.skewSeconds) * 1000
        let known = floor.known(atBootMilliseconds: raw.bootMilliseconds, of: settings.bootID)
        if raw.wall.milliseconds < known.milliseconds - skew { return .behind }
        if let expected = floor.expected(atBootMilliseconds: raw.bootMilliseconds, of: settings.bootID) {
            if raw.wall.milliseconds < expected.milliseconds - skew { return .behind }
            if isSynchronised && raw.wall.milliseconds > expected.milliseconds + Self.stepMilliseconds { return .ahead }
        }
        return isSynchronised ? nil : .unsynchronised
    }

    /// The time that claims are held against: the clock while it is trusted, else the floor.
    func claimTime(_ now: Instants) -> Timestamp {
        guard now.trust != .trusted, let floor = ledger.floor else { return now.wall }
        return floor.known(atBootMilliseconds: now.bootMilliseconds, of: settings.bootID)
    }

    /// Whether a command is fresh, by the clock or by its nonce. Locking is the safe direction: without a clock it is taken as it comes, once.
    func checkFresh(_ command: CommandToken, _ now: Instants) throws(Refusal) {
        let skew = Int64(settings.limits.skewSeconds) * 1000
        let time = claimTime(now)
        if now.trust != .trusted && command.action == .lock { return }
        try checkTime(now)
        if now.trust == .trusted {
            guard command.envelope.issuedAt.milliseconds <= time.milliseconds + skew else {
                throw Refusal(.notYetValid, "It is issued at \(command.envelope.issuedAt); here it is \(time).")
            }
        }
        guard time.milliseconds < command.expires.milliseconds + skew else {
            throw Refusal(.expired, "It expired at \(command.expires); here it is \(time).")
        }
        if now.trust == .trusted { return }
        let isKnown = challenges.contains { $0.nonce == command.nonce && now.bootMilliseconds < $0.expiresBootMilliseconds }
        guard isKnown else { throw Refusal(.nonceNeeded) }
    }

    /// By a clock that is wrong nothing is opened.
    func checkTime(_ now: Instants) throws(Refusal) {
        guard now.trust != .untrusted else { throw Refusal(.clockUntrusted, "The gateway's clock is wrong, or was never right.") }
    }

    // MARK: The challenge

    /// Whether commands need a nonce now.
    package func needsChallenge(_ raw: Instants) -> Bool { judged(raw).instants.trust == .floor }

    /// The nonce that a client should echo now.
    var newestNonce: String? { challenges.last?.nonce }

    /// A fresh nonce, or none any more; the one before it stays good for its own minute.
    mutating func challenge(_ nonce: String?, _ now: Instants) {
        challenges.removeAll { $0.expiresBootMilliseconds <= now.bootMilliseconds }
        if let nonce {
            if challenges.count >= 2 { challenges.removeFirst() }
            challenges.append(
                Challenge(nonce: nonce, expiresBootMilliseconds: now.bootMilliseconds + GatewayMachine.challengeMilliseconds))
        } else {
            challenges = []
        }
        for principal in ledger.principals.values { publishChallenge(to: principal) }
    }

    /// The challenge as it stands, to one who gives commands.
    mutating func publishChallenge(to principal: Principal) {
        switch principal.role {
        case .retailer, .partner: break
        case .resident, .operator, .automation: return
        }
        guard let bus = settings.bus(serving: principal.id) else { return }
        effects.append(.challenge(newestNonce, principal.id, bus))
    }

    // MARK: Changes

    /// Records that time became trusted or ceased to be; seen once a minute, so that a clock at its edge does not fill the journal.
    mutating func noteTrust(_ doubt: TimeDoubt?, _ now: Instants) {
        let change = ClockChange(trust: now.trust, doubt: doubt)
        guard change != toldClock else { return }
        let isFirst = toldClock == nil
        toldClock = change
        if isFirst && now.trust == .trusted { return }
        append(.clockChanged(change), at: now)
    }

    /// The operator vouches for the clock as it stands; from here the floor is there.
    mutating func acceptClock(_ before: Instants) {
        append(.clockAccepted(ClockAccepted(wall: before.wall)), at: before)
        let (now, doubt) = judged(shown)
        noteTrust(doubt, now)
    }
}
