import LockModel

/// A journal's records and the rows they add up to, in memory.
package struct Shelf {
    package private(set) var records: [Record] = []
    /// Every unlock ever accepted, and those of them that ended.
    package private(set) var accepted: [OperationNumber: Obligation] = [:]
    package private(set) var ended: Set<OperationNumber> = []
    package private(set) var cancelled: Set<OperationNumber> = []
    /// Those the operator took on, whatever the bolt does.
    package private(set) var released: Set<OperationNumber> = []

    private(set) var lastRecord: Int64 = 0
    private var lastOperation: Int64 = 0
    private var isCommissioned = false
    private var principals = Rows<PrincipalID, Principal>()
    private var locks = Rows<LockID, LockEntry>()
    private var grants = Rows<TokenID, GrantEntry>()
    private var uses = Rows<TokenID, GrantUses>()
    private var revocations = Rows<PrincipalID, ResidentRevocations>()
    private var obligations = Rows<OperationNumber, Obligation>()
    private var usedIDs = Rows<UsedKey, UsedID>()
    private var cursors = Rows<PrincipalID, EventCursor>()
    private var alarms = Rows<LockID, LockAlarm>()
    private(set) var floor: TimeFloor?
    private var trust: TrustList?
    private var adapters = Rows<AdapterName, AdapterNeeds>()

    private struct UsedKey: Hashable {
        let issuer: PrincipalID
        let id: TokenID
    }

    package init() {}

    /// The ledger's rows, each table in the order its rows first came.
    package var state: LedgerState {
        LedgerState(
            lastRecord: lastRecord, lastOperation: lastOperation, principals: principals.all, locks: locks.all, grants: grants.all,
            uses: uses.all, revocations: revocations.all, obligations: obligations.all, usedIDs: usedIDs.all, cursors: cursors.all,
            alarms: alarms.all, floor: floor, trust: trust, adapters: adapters.all, isCommissioned: isCommissioned
        )
    }

    /// Unlocks accepted and not ended.
    package var open: [Obligation] { obligations.all }

    /// Adds a record. One that leaves a gap is a fault of the caller.
    package mutating func write(_ entry: JournalEntry) {
        precondition(entry.record.number == lastRecord + 1, "record \(entry.record.number) leaves a gap")
        records.append(entry.record)
        lastRecord = entry.record.number
        for change in entry.changes { write(change) }
        switch entry.record.body {
        case .unlockAccepted(let body): accepted[body.obligation.operation] = body.obligation
        case .unlockCancelled(let body):
            ended.insert(body.operation)
            cancelled.insert(body.operation)
        case .lockChanged(let body): ended.formUnion(body.ended)
        case .lockReleased(let body): released.formUnion(body.operations)
        default: break
        }
    }

    private mutating func write(_ change: LedgerChange) {
        switch change {
        case .principal(let row): principals.put(row, for: row.id)
        case .lock(let row): locks.put(row, for: row.lock)
        case .lockRemoved(let lock): locks.remove(lock)
        case .grant(let row): grants.put(row, for: row.grant.id)
        case .uses(let row): uses.put(row, for: row.grant)
        case .revocations(let row): revocations.put(row, for: row.resident)
        case .obligation(let row):
            obligations.put(row, for: row.operation)
            lastOperation = max(lastOperation, row.operation.value)
        case .obligationEnded(let operation): obligations.remove(operation)
        case .usedID(let row): usedIDs.put(row, for: UsedKey(issuer: row.issuer, id: row.id))
        case .usedIDDropped(let issuer, let id): usedIDs.remove(UsedKey(issuer: issuer, id: id))
        case .cursor(let row): cursors.put(row, for: row.principal)
        case .alarm(let row): alarms.put(row, for: row.lock)
        case .alarmEnded(let lock): alarms.remove(lock)
        case .floor(let row): floor = row
        case .trust(let row): trust = row
        case .adapter(let row): adapters.put(row, for: row.adapter)
        case .commissioned: isCommissioned = true
        }
    }
}

/// A table: rows by key, in the order they first came.
private struct Rows<Key: Hashable, Row> {
    private var rows: [Row?] = []
    private var places: [Key: Int] = [:]

    var all: [Row] { rows.compactMap { $0 } }

    mutating func put(_ row: Row, for key: Key) {
        if let place = places[key] {
            rows[place] = row
        } else {
            places[key] = rows.count
            rows.append(row)
        }
    }

    mutating func remove(_ key: Key) {
        if let place = places.removeValue(forKey: key) { rows[place] = nil }
    }
}
