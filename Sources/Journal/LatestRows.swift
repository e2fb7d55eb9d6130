import LockModel

/// The ledger's rows as a batch leaves them: of several changes of one row only the last is written, since they are one transaction.
struct LatestRows {
    private enum Row: Hashable {
        case principal(PrincipalID), lock(LockID), grant(TokenID), uses(TokenID), revocations(PrincipalID), obligation(OperationNumber)
        case usedID(PrincipalID, TokenID), cursor(PrincipalID), alarm(LockID), floor, trust, adapter(AdapterName), commissioned
    }

    /// One for each row, in the order in which the rows were first changed.
    private(set) var changes: [LedgerChange] = []
    /// The highest operation among the batch's obligations.
    private(set) var lastOperation: OperationNumber?
    private var places: [Row: Int] = [:]

    init(of batch: [JournalEntry]) {
        for entry in batch {
            for change in entry.changes { add(change) }
        }
    }

    private mutating func add(_ change: LedgerChange) {
        if case .obligation(let obligation) = change { lastOperation = max(lastOperation ?? obligation.operation, obligation.operation) }
        let row = LatestRows.row(of: change)
        if let place = places[row] {
            changes[place] = change
        } else {
            places[row] = changes.count
            changes.append(change)
        }
    }

    private static func row(of change: LedgerChange) -> Row {
        switch change {
        case .principal(let row): .principal(row.id)
        case .lock(let row): .lock(row.lock)
        case .lockRemoved(let lock): .lock(lock)
        case .grant(let row): .grant(row.grant.id)
        case .uses(let row): .uses(row.grant)
        case .revocations(let row): .revocations(row.resident)
        case .obligation(let row): .obligation(row.operation)
        case .obligationEnded(let operation): .obligation(operation)
        case .usedID(let row): .usedID(row.issuer, row.id)
        case .usedIDDropped(let issuer, let id): .usedID(issuer, id)
        case .cursor(let row): .cursor(row.principal)
        case .alarm(let row): .alarm(row.lock)
        case .alarmEnded(let lock): .alarm(lock)
        case .floor: .floor
        case .trust: .trust
        case .adapter(let row): .adapter(row.adapter)
        case .commissioned: .commissioned
        }
    }
}
