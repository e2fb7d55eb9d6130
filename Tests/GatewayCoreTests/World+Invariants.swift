import LockModel

@testable import GatewayCore

/// What must hold after every step, by the names of `engine`, Invariants. A breach is noted in `faults`.
extension World {
    /// I1, I1b, I4, I5 and I6, at the moment an unlock leaves for a lock.
    func checkDrive(_ lock: LockID, _ operation: OperationNumber, _ action: MotorAction) {
        guard action != .lock else { return }
        guard let obligation = shelf.accepted[operation] else {
            faults.append("I1: unlock \(operation) went out before its acceptance was durable")
            return
        }
        if shelf.ended.contains(operation) { faults.append("I1: unlock \(operation) went out after it ended") }
        if acceptedBefore.contains(operation) { faults.append("I5: unlock \(operation) went out after a restart") }
        if drives.count(where: { $0.operation == operation && $0.action != .lock }) > 1 {
            faults.append("I1b: unlock \(operation) went out twice")
        }
        if machine.locks[lock]?.reading == nil { faults.append("I6: unlock \(operation) went to a lock that was not read") }
        guard let command = obligation.command else { return }
        if !driven.insert(command.id).inserted { faults.append("I1b: command \(command.id) went out twice") }
        if let until = sent[command.id], until <= now { faults.append("I1: unlock \(operation) went out after its command expired") }
        guard let grant = command.grant.flatMap({ machine.ledger.grants[$0]?.grant }), instants.wall < grant.expires else {
            faults.append("I1: unlock \(operation) went out without a live grant")
            return
        }
        if machine.ledger.principals[command.issuer]?.suspended == true {
            faults.append("I4: unlock \(operation) of a suspended principal")
        }
    }

    /// I2b, at the moment a motor moves for an unlock: its relock may be taken for confirmed only once it was dropped and had settled.
    func checkSettled(_ lock: LockID, _ operation: OperationNumber) {
        guard shelf.ended.contains(operation), let drive = drives.last(where: { $0.operation == operation && $0.action != .lock }) else {
            return
        }
        let dropped = drops.first { $0.lock == lock && $0.at >= drive.at }
        if now < (dropped?.at ?? now) + 6000 {
            faults.append("I2b: \(lock) moved for unlock \(operation) that had not settled when it was taken for locked")
        }
    }

    /// I1c, I2b and I10.
    func checkAll() {
        for row in machine.ledger.uses.values {
            guard let grant = machine.ledger.grants[row.grant]?.grant else { continue }
            if row.spent > grant.maxUses { faults.append("I1c: \(row.spent) uses of \(grant.maxUses)") }
            if row.deliveries.contains(where: { $0.unlocks > grant.maxEntries + 1 }) { faults.append("I1c: too many entries in \(row)") }
        }
        for lock in machine.locks.values {
            if lock.waiting.count > settings.relock.waitingUnlocks + 1 { faults.append("I10: \(lock.waiting.count) unlocks wait") }
        }
        for (lock, door) in doors {
            let machine = machine.locks[lock]
            guard door.openedAt != nil, machine?.phase == .closed, machine?.bolt == .locked, machine?.alarm == nil,
                machine?.reading?.confirmedBy.endsObligation == true
            else {
                mistakenSince[lock] = nil
                continue
            }
            let since = mistakenSince[lock] ?? now
            mistakenSince[lock] = since
            if now - since > 10_000 { faults.append("I2b: \(lock) is open and taken for closed") }
        }
    }

    /// Memory and journal agree whenever nothing is on its way between them.
    func checkFoldIfIdle() {
        if syncing.isEmpty && commits.isIdle && !machine.isFrozen { checkFold() }
    }

    /// Memory and what the journal would load are the same.
    func checkFold() {
        let loaded = shelf.state
        let ledger = machine.ledger
        if Dictionary(loaded.principals.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
            != Dictionary(uniqueKeysWithValues: ledger.principals.map { ($0, $1) })
        {
            faults.append("fold: principals differ")
        }
        if Set(loaded.locks.map(\.lock)) != Set(ledger.locks.keys) { faults.append("fold: locks differ") }
        if Set(loaded.grants.map(\.grant.id)) != Set(ledger.grants.keys) { faults.append("fold: grants differ") }
        if Dictionary(loaded.uses.map { ($0.grant, $0) }, uniquingKeysWith: { $1 }) != ledger.uses { faults.append("fold: uses differ") }
        if loaded.obligations.sorted(by: { $0.operation < $1.operation })
            != ledger.openObligations.sorted(by: { $0.operation < $1.operation })
        {
            faults.append("fold: obligations differ")
        }
        if loaded.usedIDs.count != ledger.usedIDs.count
            || loaded.usedIDs.contains(where: { used in
                guard let found = ledger.usedIDs.find(used.issuer, used.id) else { return true }
                return found.hash != used.hash || found.record != used.record
            })
        {
            faults.append("fold: used ids differ")
        }
        if loaded.cursors.contains(where: { ledger.cursors[$0.principal]?.assigned != $0.assigned }) {
            faults.append("fold: cursors differ")
        }
        var uses: [TokenID: GrantUses] = [:]
        for (operation, obligation) in shelf.accepted where !shelf.cancelled.contains(operation) {
            guard let command = obligation.command, let grant = command.grant else { continue }
            var row = uses[grant] ?? GrantUses(grant: grant)
            if command.delivery == nil {
                row.plain += 1
            } else if !row.deliveries.contains(where: { $0.label == command.delivery }) {
                row.deliveries.append(GrantUses.Delivery(label: command.delivery ?? "", unlocks: 1))
            }
            uses[grant] = row
        }
        for (grant, row) in ledger.uses where row.spent != uses[grant]?.spent ?? 0 { faults.append("I1c: \(row) was not what was sent") }
        if loaded.lastRecord != ledger.lastRecord { faults.append("fold: last record differs") }
    }

    /// I3: each principal's events are numbered 1, 2, 3 … over all restarts.
    func checkSequences() {
        var last: [PrincipalID: Int64] = [:]
        for record in shelf.records {
            for addressee in record.addressees {
                let before = last.updateValue(addressee.sequence, forKey: addressee.principal) ?? 0
                if addressee.sequence != before + 1 { faults.append("I3: \(addressee) follows \(before)") }
            }
        }
    }

    /// I2 and I2c: every accepted unlock has ended, and what the gateway opened is locked.
    func checkEnds() {
        for operation in shelf.accepted.keys where !shelf.ended.contains(operation) { faults.append("I2: unlock \(operation) never ended") }
        for (lock, door) in doors {
            // A radio that outlives the gateway and moves after the relock was confirmed is found open at the next start: told, not relocked.
            guard let openedAt = door.openedAt, crashedAt < openedAt - 60_000 else { continue }
            faults.append("I2c: \(lock) is \(door.bolt) since \(openedAt) and nothing relocks it")
        }
    }
}
