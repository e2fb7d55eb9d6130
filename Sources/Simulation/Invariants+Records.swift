import GatewayCore
import LockModel

/// What must hold of records, of what is told of them, and of a start on them: I3, I9, and what later checks need to know.
extension World {
    /// A record became durable.
    func checkRecord(_ record: Record) {
        checkAddressees(record)
        for answer in record.answers {
            if let id = answer.reply.id { witness.answered.insert(Witness.Answer(id: id, status: answer.reply.status)) }
        }
        for addressee in record.addressees {
            let before = witness.sequences.updateValue(addressee.sequence, forKey: addressee.principal) ?? 0
            if addressee.sequence != before + 1 { violate(.i3, "\(addressee.principal)'s \(addressee.sequence) follows \(before)") }
        }
        switch record.body {
        case .unlockAccepted(let body):
            coverage.note(.accepted)
            let obligation = body.obligation
            checkAcceptance(obligation, record)
            let bound = obligation.relockBy.milliseconds - obligation.since.milliseconds
            // While it waits for its turn, and then for its notice, it may be given up until its command is over.
            let issued = obligation.command.flatMap { witness.issued[$0.hash]?.until } ?? now + 60_000
            if let retailer = obligation.command?.issuer {
                witness.customers.insert(Witness.Customer(lock: obligation.lock, retailer: retailer))
            }
            witness.open.append(
                Witness.Open(
                    operation: obligation.operation, lock: obligation.lock, issuer: obligation.command?.issuer,
                    deadline: max(now + bound, issued + witness.largestError + settings.relock.noticeMilliseconds) + 1000))
        case .unlockCancelled(let body):
            coverage.note(body.reason == .noticeUndelivered ? .noticeUndelivered : .neverSent)
            end(body.operation, record)
            if witness.driven[body.operation] != nil, witness.granted[body.command?.grant ?? Home.tokenID(0)] != nil {
                refund(body)
            }
        case .lockChanged(let body):
            for operation in body.ended { end(operation, record) }
            if !body.ended.isEmpty { coverage.note(hasBus ? .relockConfirmed : .relockedWithoutBus) }
            if body.event == .foundOpen { coverage.note(.foundOpen) }
        case .operationFailed(let body): if body.outcome == .unknown { coverage.note(.unknownOutcome) }
        case .grantRevoked(let body):
            coverage.note(.revoked)
            witness.revoked.insert(body.grant)
        case .principalAdded(let principal), .principalChanged(let principal):
            if principal.suspended { coverage.note(.suspended) }
            if principal.suspended { witness.suspended.insert(principal.id) } else { witness.suspended.remove(principal.id) }
        case .lockAdded(let entry), .lockSet(let entry), .lockReplaced(let entry):
            if entry.relockWaiver != nil { witness.waived.insert(entry.lock) } else { witness.waived.remove(entry.lock) }
        case .lockReleased(let body):
            coverage.note(.released)
            for operation in body.operations { end(operation, record) }
            // The operator took the door on.
            doors[body.lock]?.openedAt = nil
        case .handedOver: witness.isCommissioned = true
        case .alarmRaised(let alarm): witness.standing[alarm.lock] = alarm.reason
        case .alarmCleared(let alarm): witness.standing[alarm.lock] = nil
        case .gatewayStarted, .gatewayStopped, .snapshotTaken, .clockChanged, .clockAccepted, .trustAccepted, .adapterAccepted,
            .lockRemoved, .lockProved, .grantInstalled,
            .revocationAccepted, .commandAnswered, .lockAccepted,
            .deviceChanged:
            break
        }
    }

    /// A batch became history.
    func keep(_ batch: [JournalEntry]) {
        for entry in batch {
            shelf.write(entry)
            checkRecord(entry.record)
        }
    }

    /// One end for each unlock, and never for one that was not accepted.
    private func end(_ operation: OperationNumber, _ record: Record) {
        guard let index = witness.open.firstIndex(where: { $0.operation == operation }) else {
            violate(.i3, "record \(record.number) ends unlock \(operation), which was not open")
            return
        }
        witness.open.remove(at: index)
    }

    /// The adapter said of an order that nothing was sent: it is as if it had never gone out.
    private func refund(_ body: UnlockCancelled) {
        guard let command = body.command, let id = command.grant, let sent = witness.granted[id]?.sent[command.delivery] else { return }
        witness.granted[id]?.sent[command.delivery] = sent > 1 ? sent - 1 : nil
    }

    /// Events go out in the order of their records, each once, and only of records that are durable.
    func checkPublished(_ record: Record) {
        if record.number > shelf.lastRecord { violate(.i9, "the event of record \(record.number) went out before it was durable") }
        if record.number <= witness.lastPublished { violate(.i3, "record \(record.number) was published after \(witness.lastPublished)") }
        witness.lastPublished = record.number
    }

    // MARK: A start

    /// I9: what a start finds is history up to some record, and holds everything that was acknowledged.
    func checkLoaded(_ state: LedgerState) {
        let inDoubt = disk.inDoubt
        disk.inDoubt = []
        if state.lastRecord > shelf.lastRecord, let last = inDoubt.last?.record.number, state.lastRecord == last {
            keep(inDoubt)
        }
        if state.lastRecord < shelf.lastRecord {
            violate(.i9, "\(shelf.lastRecord) records were acknowledged and \(state.lastRecord) are there, and the gateway opens")
        } else if let difference = state.difference(from: shelf.state) {
            violate(.i9, "the state after record \(state.lastRecord) is not what history adds up to: \(difference)")
        }
    }

    func noteStart(_ state: LedgerState) {
        witness.operationsBefore = state.lastOperation
        witness.startedAt = now
        witness.drivesBefore = drives.count
        witness.lastPublished = state.lastRecord
        if !state.obligations.isEmpty { coverage.note(.restartWithObligation) }
    }

    /// I2: what an earlier process owed has its alarm from the start on.
    func checkStart(_ state: LedgerState) {
        for alarm in state.alarms where alarms[alarm.lock] == nil && isUp {
            violate(.i2, "the alarm \(alarm.reason.rawValue) of \(alarm.lock) is forgotten over a restart")
        }
        for obligation in state.obligations where alarms[obligation.lock] == nil && isUp {
            violate(.i2, "the gateway starts with unlock \(obligation.operation) of \(obligation.lock) open, and raises no alarm")
        }
    }

    func noteCrash(power: Bool) {
        coverage.note(power ? .powerLoss : .crash)
        for machine in core.machine.locks.values {
            switch machine.phase {
            case .accepted: coverage.note(.crashAccepted)
            case .unlocking: coverage.note(.crashUnlocking)
            case .unlocked: coverage.note(.crashUnlocked)
            case .relocking: coverage.note(.crashRelocking)
            case .unread, .closed: break
            }
        }
        witness.crashedAt = now
        witness.fenced = []
        witness.deadlines = [:]
        witness.announced = []
        witness.isRoomScarce = false
        challenges = [:]
        witness.dieAfterEffects = 0
        for lock in doors.keys {
            witness.locks[lock, default: Witness.Lock()].reading = nil
            witness.locks[lock]?.wellSince = nil
            witness.locks[lock]?.lastRead = 0
            witness.locks[lock]?.fencedReads = 0
            witness.locks[lock]?.mistakenSince = nil
        }
    }

    func noteDisk(_ fault: DiskFault?) {
        switch fault {
        case .full: coverage.note(.fullDisk)
        case .failedSync: coverage.note(.failedSync)
        case .torn: coverage.note(.tornWrite)
        case .lostSync: coverage.note(.lostSync)
        case nil: break
        }
        if let fault { tell(.disk, "\(fault)") }
    }

    // MARK: Memory

    /// Memory and journal agree whenever nothing is on its way between them.
    package func checkFold() {
        guard isUp, syncing.isEmpty, core.commits.isIdle, !core.machine.isFrozen else { return }
        let ledger = core.machine.ledger
        let rows = shelf.state
        var kept = LedgerState(
            lastRecord: ledger.lastRecord, lastOperation: rows.lastOperation, principals: Array(ledger.principals.values),
            locks: Array(ledger.locks.values), grants: Array(ledger.grants.values), uses: Array(ledger.uses.values),
            revocations: Array(ledger.revocations.values), obligations: ledger.openObligations, usedIDs: rows.usedIDs,
            cursors: rows.cursors, alarms: ledger.alarms.map { LockAlarm(lock: $0.key, reason: $0.value) }, floor: ledger.floor,
            trust: ledger.trust, isCommissioned: ledger.isCommissioned)
        // Of these, memory holds more than rows: how far a principal acknowledged, and an index by id.
        if ledger.usedIDs.count != rows.usedIDs.count { kept.usedIDs = [] }
        for used in rows.usedIDs where ledger.usedIDs.find(used.issuer, used.id).map({ $0 == (used.hash, used.record) }) != true {
            kept.usedIDs = []
        }
        for cursor in rows.cursors where ledger.cursors[cursor.principal]?.assigned != cursor.assigned { kept.cursors = [] }
        if let difference = kept.difference(from: rows) { violate(.i9, "memory and journal differ: \(difference)") }
        checkUsesLeft(rows)
    }

    /// I1c, by the books: what was accepted and not refunded is what was spent.
    private func checkUsesLeft(_ state: LedgerState) {
        var spent: [TokenID: (plain: Int, deliveries: Set<String>)] = [:]
        for (operation, obligation) in shelf.accepted where !shelf.cancelled.contains(operation) {
            guard let command = obligation.command, let grant = command.grant else { continue }
            if let delivery = command.delivery {
                spent[grant, default: (0, [])].deliveries.insert(delivery)
            } else {
                spent[grant, default: (0, [])].plain += 1
            }
        }
        for row in state.uses {
            let truth = spent[row.grant] ?? (0, [])
            if row.spent != truth.plain + truth.deliveries.count {
                violate(.i1c, "\(row.spent) uses are booked, and not what was accepted")
            }
            if let grant = witness.granted[row.grant], row.spent > grant.maxUses {
                violate(.i1c, "\(row.spent) uses are booked of \(grant.maxUses)")
            }
        }
    }
}
