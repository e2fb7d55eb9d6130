import LockModel

/// Makes the changes of rows that follow from records: the gateway's ledger, begun from some state, in the run of that boot (`decisions/0002`).
package typealias RecordFold = @Sendable (_ state: LedgerState, _ bootID: String) -> (LockModel.Record) -> [LedgerChange]

/// Rows as they follow from records, to hold against those in the tables.
struct FoldedRows {
    private var principals: [PrincipalID: Principal] = [:]
    private var locks: [LockID: LockEntry] = [:]
    private var grants: [TokenID: GrantEntry] = [:]
    private var uses: [TokenID: GrantUses] = [:]
    private var revocations: [PrincipalID: ResidentRevocations] = [:]
    private var obligations: [OperationNumber: Obligation] = [:]
    /// How many events each was addressed; how many were acknowledged is written with the next event, and follows from no record.
    private var assigned: [PrincipalID: Int64] = [:]
    private var alarms: [LockID: LockAlarm] = [:]
    private var floor: TimeFloor?
    private var trust: TrustList?
    private var adapters: [AdapterName: AdapterNeeds] = [:]
    private var lastOperation: Int64
    private var isCommissioned: Bool
    private let fold: (LockModel.Record) -> [LedgerChange]

    init(_ state: LedgerState, bootID: String, by fold: RecordFold) {
        lastOperation = state.lastOperation
        isCommissioned = state.isCommissioned
        self.fold = fold(state, bootID)
        floor = state.floor
        trust = state.trust
        for row in state.principals { apply(.principal(row)) }
        for row in state.locks { apply(.lock(row)) }
        for row in state.grants { apply(.grant(row)) }
        for row in state.uses { apply(.uses(row)) }
        for row in state.revocations { apply(.revocations(row)) }
        for row in state.obligations { apply(.obligation(row)) }
        for row in state.alarms { apply(.alarm(row)) }
        for row in state.adapters { apply(.adapter(row)) }
        for row in state.cursors { apply(.cursor(row)) }
    }

    /// Takes one record in; returns the ids it spent.
    mutating func take(_ record: LockModel.Record) -> [UsedID] {
        var spent: [UsedID] = []
        for change in fold(record) {
            apply(change)
            if case .usedID(let used) = change { spent.append(used) }
        }
        return spent
    }

    /// The first table whose rows are others; `nil` when all are as they follow from the records.
    func difference(from state: LedgerState) -> String? {
        if principals != FoldedRows.byKey(state.principals, \.id, \.self) { return "principals" }
        if locks != FoldedRows.byKey(state.locks, \.lock, \.self) { return "locks" }
        if grants != FoldedRows.byKey(state.grants, \.grant.id, \.self) { return "grants" }
        if uses != FoldedRows.byKey(state.uses, \.grant, \.self) { return "uses" }
        if revocations != FoldedRows.byKey(state.revocations, \.resident, \.self) { return "revocations" }
        if obligations != FoldedRows.byKey(state.obligations, \.operation, \.self) { return "obligations" }
        if assigned != FoldedRows.byKey(state.cursors, \.principal, \.assigned) { return "cursors" }
        if state.cursors.contains(where: { $0.acknowledged > $0.assigned }) { return "cursors" }
        if alarms != FoldedRows.byKey(state.alarms, \.lock, \.self) { return "alarms" }
        if adapters != FoldedRows.byKey(state.adapters, \.adapter, \.self) { return "adapters" }
        if floor != state.floor || trust != state.trust { return "meta" }
        if lastOperation != state.lastOperation || isCommissioned != state.isCommissioned { return "meta" }
        return nil
    }

    /// The rows as changes that write them.
    func changes(acknowledged: [PrincipalID: Int64]) -> [LedgerChange] {
        var changes: [LedgerChange] = principals.values.map { .principal($0) }
        changes += locks.values.map { .lock($0) }
        changes += grants.values.map { .grant($0) }
        changes += uses.values.map { .uses($0) }
        changes += revocations.values.map { .revocations($0) }
        changes += obligations.values.map { .obligation($0) }
        changes += alarms.values.map { .alarm($0) }
        changes += adapters.values.map { .adapter($0) }
        changes += assigned.map { principal, last in
            .cursor(EventCursor(principal: principal, assigned: last, acknowledged: min(last, acknowledged[principal] ?? 0)))
        }
        if let floor { changes.append(.floor(floor)) }
        if let trust { changes.append(.trust(trust)) }
        if isCommissioned { changes.append(.commissioned) }
        return changes
    }

    private static func byKey<Row, Key, Value>(_ rows: [Row], _ key: KeyPath<Row, Key>, _ value: KeyPath<Row, Value>) -> [Key: Value] {
        Dictionary(rows.map { ($0[keyPath: key], $0[keyPath: value]) }) { _, last in last }
    }

    private mutating func apply(_ change: LedgerChange) {
        switch change {
        case .principal(let row): principals[row.id] = row
        case .lock(let row): locks[row.lock] = row
        case .lockRemoved(let lock): locks[lock] = nil
        case .grant(let row): grants[row.grant.id] = row
        case .uses(let row): uses[row.grant] = row
        case .revocations(let row): revocations[row.resident] = row
        case .obligation(let row):
            obligations[row.operation] = row
            lastOperation = max(lastOperation, row.operation.value)
        case .obligationEnded(let operation): obligations[operation] = nil
        case .usedID, .usedIDDropped: break
        case .cursor(let row): assigned[row.principal] = row.assigned
        case .alarm(let row): alarms[row.lock] = row
        case .alarmEnded(let lock): alarms[lock] = nil
        case .floor(let row): floor = row
        case .trust(let row): trust = row
        case .adapter(let row): adapters[row.adapter] = row
        case .commissioned: isCommissioned = true
        }
    }
}
