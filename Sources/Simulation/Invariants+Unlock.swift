import GatewayCore
import LockModel

/// What must hold at the moment an order to open leaves for a lock: I1, I1b, I1c, I4, I5, I6, I8, I14.
extension World {
    func checkDrive(_ lock: LockID, _ operation: OperationNumber, _ action: MotorAction, _ timed: Int?) {
        guard action != .lock else {
            checkLockOrder(lock)
            return
        }
        coverage.note(.unlockSent)
        if witness.isLost || witness.isRoomScarce { violate(.i9, "unlock \(operation) went out on a disk that is not to be trusted") }
        let wasDriven = witness.driven[operation] != nil
        if operation.value <= witness.operationsBefore { violate(.i5, "unlock \(operation) went out after a restart") }
        if wasDriven { violate(.i1b, "unlock \(operation) went out twice") }
        witness.driven[operation] = now
        guard let obligation = shelf.accepted[operation] else {
            violate(.i1, "unlock \(operation) of \(lock) went out before its acceptance was durable")
            return
        }
        if shelf.ended.contains(operation) && !wasDriven { violate(.i1, "unlock \(operation) went out after it ended") }
        guard let truth = witness.locks[lock], let reading = truth.reading else {
            violate(.i6, "unlock \(operation) went to \(lock), which was not read since its link came up")
            return
        }
        checkAssurance(lock, obligation, reading, timed)
        witness.locks[lock]?.openSeconds = obligation.openSeconds
        if let command = obligation.command { checkAuthority(operation, command, obligation) } else { checkCommissioning(operation) }
    }

    /// The installer may open before the site is handed over, and nobody else without a command.
    private func checkCommissioning(_ operation: OperationNumber) {
        if witness.isCommissioned { violate(.i1, "unlock \(operation) went out without a command after the site was handed over") }
    }

    private func checkAuthority(_ operation: OperationNumber, _ command: CommandReference, _ obligation: Obligation) {
        if !witness.drivenCommands.insert(command.id).inserted { violate(.i1b, "an unlock for command \(command.id) went out twice") }
        if !witness.announced.contains(operation) { violate(.i2, "unlock \(operation) went out before its broker had its notice") }
        guard let issued = witness.issued[command.hash], issued.issuer == command.issuer else {
            violate(.i1, "unlock \(operation) stands on a command nobody signed")
            return
        }
        checkTime(operation, command.hash, issued)
        if witness.suspended.contains(command.issuer) { violate(.i4, "unlock \(operation) of a suspended principal") }
        if let resident = obligation.resident, witness.suspended.contains(resident) {
            violate(.i4, "unlock \(operation) under a grant of a suspended resident")
        }
        guard let id = command.grant, let grant = witness.granted[id], grant.lock == obligation.lock, grant.retailer == command.issuer
        else {
            violate(.i1, "unlock \(operation) went out without a grant")
            return
        }
        if witness.revoked.contains(id) { violate(.i4, "unlock \(operation) went out under a revoked grant") }
        let isTrusted = core.machine.judged(instants).instants.trust == .trusted
        if isTrusted && grant.until + witness.largestError <= clientWall.milliseconds {
            violate(witness.largestError > 0 ? .i8 : .i1, "unlock \(operation) went out after its grant expired")
        }
        if grant.until + skew <= knownTime { violate(.i8, "unlock \(operation) went out under a grant that was known to be over") }
        checkWindow(operation, grant, isTrusted: isTrusted)
        witness.granted[id]?.sent[command.delivery, default: 0] += 1
        checkUses(id, command.delivery)
    }

    /// I1: inside a window of the grant, as far as the clock was right; windows open nothing while it is not trusted.
    private func checkWindow(_ operation: OperationNumber, _ grant: Witness.Granted, isTrusted: Bool) {
        guard let windows = grant.windows else { return }
        let wall = clientWall.milliseconds
        let isOpen = windows.contains { window in
            guard case .interval(let from, let to) = window else { return true }
            return from.milliseconds <= wall + witness.largestError && wall < to.milliseconds + witness.largestError
        }
        if !isTrusted || !isOpen { violate(.i1, "unlock \(operation) went out outside of its grant's windows") }
    }

    /// I1 and I8, in true time, as far as the clock was right.
    private func checkTime(_ operation: OperationNumber, _ hash: Digest, _ issued: Witness.Issued) {
        if issued.until + witness.largestError <= now {
            violate(witness.largestError > 0 ? .i8 : .i1, "unlock \(operation) went out after its command expired")
        }
    }

    /// I8, as an unlock is accepted: whatever the clock said, its command was not known to be over.
    func checkAcceptance(_ obligation: Obligation, _ record: Record) {
        guard let command = obligation.command, let issued = witness.issued[command.hash], let floor = shelf.floor else { return }
        let known = floor.known(atBootMilliseconds: record.bootMilliseconds, of: settings.bootID).milliseconds
        if issued.expires + 2 * skew <= known {
            violate(.i8, "unlock \(obligation.operation) was accepted though its command was known to be over")
        }
    }

    /// What the gateway knows for certain of time, by its records.
    private var knownTime: Int64 {
        core.machine.ledger.floor?.known(atBootMilliseconds: instants.bootMilliseconds, of: settings.bootID).milliseconds ?? 0
    }

    private var skew: Int64 { Int64(settings.limits.skewSeconds) * 1000 }

    /// I1c, counted by what was really sent.
    private func checkUses(_ id: TokenID, _ delivery: String?) {
        guard let grant = witness.granted[id] else { return }
        if grant.uses > grant.maxUses { violate(.i1c, "\(grant.uses) uses were sent of a grant with \(grant.maxUses)") }
        if let delivery, let sent = grant.sent[delivery], sent > grant.maxEntries + 1 {
            violate(.i1c, "delivery \(delivery) entered \(sent) times, with \(grant.maxEntries) re-entries allowed")
        }
    }

    /// I14: the lock's own timer as ordered, its auto-relock as last read, or the installer's waiver; and as much as the grant asks for.
    private func checkAssurance(_ lock: LockID, _ obligation: Obligation, _ reading: LockReading, _ timed: Int?) {
        guard let capabilities = doors[lock]?.capabilities else { return }
        var assurance: RelockAssurance?
        let needed = obligation.openSeconds + (capabilities.motorMilliseconds + 999) / 1000
        if let range = capabilities.timedUnlock, timed == obligation.openSeconds, (range.min...range.max).contains(obligation.openSeconds) {
            assurance = .lockTimed
        } else if let auto = reading.autoRelock, auto.armed, auto.waitsForDoor || auto.seconds >= needed {
            assurance = .lockAuto
        } else if witness.waived.contains(lock) {
            assurance = .gatewayOnly
        }
        guard let assurance else {
            violate(.i14, "unlock \(obligation.operation) went to \(lock), which nothing is known to lock again")
            return
        }
        if let id = obligation.command?.grant, let minimum = witness.granted[id]?.minRelock, assurance < minimum {
            violate(.i14, "unlock \(obligation.operation) has \(assurance.rawValue) where its grant asks for \(minimum.rawValue)")
        }
    }

    /// I2c, within the rules: no motor against a door known to be open, none with a battery known to be critical.
    private func checkLockOrder(_ lock: LockID) {
        witness.locks[lock, default: Witness.Lock()].effort = now
        guard let known = core.machine.locks[lock] else { return }
        if known.door.isOpen { violate(.i2c, "the motor of \(lock) was run against a door known to be open") }
        if known.battery.level == .critical { violate(.i2c, "the motor of \(lock) was run on a battery known to be critical") }
    }

    // MARK: What is true of tokens

    func noteIssued(_ command: CommandToken) {
        guard command.envelope.signature.isEmpty else { return }
        var until = now + command.expires.milliseconds - clientWall.milliseconds + skew
        // Without a clock to believe, a nonce of the last minute stands for freshness, and an unlock never waits longer than a command lives.
        if command.nonce != nil { until = max(until, now + 60_000 + 120_000 + skew) }
        witness.owners[command.envelope.id] = command.envelope.issuer
        let before = witness.issued[command.envelope.hash]?.until ?? Int64.min
        witness.issued[command.envelope.hash] = Witness.Issued(
            issuer: command.envelope.issuer, until: max(before, until), expires: command.expires.milliseconds)
    }

    func noteGranted(_ grant: Grant) {
        witness.granted[grant.id] = Witness.Granted(
            lock: grant.lock, retailer: grant.retailer, until: grant.expires.milliseconds, maxUses: grant.maxUses,
            maxEntries: grant.maxEntries, minRelock: grant.minRelock, windows: grant.windows)
    }
}
