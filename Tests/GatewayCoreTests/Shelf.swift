import LockModel

/// A journal in memory: the committed records, and the ledger's rows as their changes left them.
struct Shelf {
    private(set) var records: [Record] = []
    private(set) var state = LedgerState()
    /// Every unlock ever accepted, and those of them that ended.
    private(set) var accepted: [OperationNumber: Obligation] = [:]
    private(set) var ended: Set<OperationNumber> = []
    private(set) var cancelled: Set<OperationNumber> = []

    mutating func write(_ batch: [JournalEntry]) {
        for entry in batch {
            precondition(entry.record.number == state.lastRecord + 1, "record \(entry.record.number) leaves a gap")
            records.append(entry.record)
            state.lastRecord = entry.record.number
            for change in entry.changes { state.write(change) }
            switch entry.record.body {
            case .unlockAccepted(let body): accepted[body.obligation.operation] = body.obligation
            case .unlockCancelled(let body):
                ended.insert(body.operation)
                cancelled.insert(body.operation)
            case .lockChanged(let body): ended.formUnion(body.ended)
            default: break
            }
        }
    }
}

extension LedgerState {
    mutating func write(_ change: LedgerChange) {
        switch change {
        case .principal(let row): put(row, in: \.principals) { $0.id == row.id }
        case .lock(let row): put(row, in: \.locks) { $0.lock == row.lock }
        case .lockRemoved(let lock): locks.removeAll { $0.lock == lock }
        case .grant(let row): put(row, in: \.grants) { $0.grant.id == row.grant.id }
        case .uses(let row): put(row, in: \.uses) { $0.grant == row.grant }
        case .revocations(let row): put(row, in: \.revocations) { $0.resident == row.resident }
        case .obligation(let row):
            put(row, in: \.obligations) { $0.operation == row.operation }
            lastOperation = max(lastOperation, row.operation.value)
        case .obligationEnded(let operation): obligations.removeAll { $0.operation == operation }
        case .usedID(let row): put(row, in: \.usedIDs) { $0.issuer == row.issuer && $0.id == row.id }
        case .usedIDDropped(let issuer, let id): usedIDs.removeAll { $0.issuer == issuer && $0.id == id }
        case .cursor(let row): put(row, in: \.cursors) { $0.principal == row.principal }
        case .alarm(let row): put(row, in: \.alarms) { $0.lock == row.lock }
        case .alarmEnded(let lock): alarms.removeAll { $0.lock == lock }
        case .floor(let row): floor = row
        case .trust(let row): trust = row
        case .commissioned: isCommissioned = true
        }
    }

    private mutating func put<Row>(_ row: Row, in rows: WritableKeyPath<LedgerState, [Row]>, where isSame: (Row) -> Bool) {
        if let index = self[keyPath: rows].firstIndex(where: isSame) {
            self[keyPath: rows][index] = row
        } else {
            self[keyPath: rows].append(row)
        }
    }
}
