import Collections
import LockModel

/// What the journal's records add up to: principals, locks, grants and their uses, open obligations, used ids, event cursors.
///
/// `apply` is the only way it changes, and it returns the rows that changed, so that memory and the journal's projections are one fold.
package struct Ledger: Sendable {
    /// Raised with every change of what rows records leave: a journal whose rows were made by other rules has them made again at its start.
    package static let rules = 1

    package private(set) var principals: OrderedDictionary<PrincipalID, Principal> = [:] {
        didSet { residents = principals.values.filter { $0.role == .resident }.map(\.id) }
    }
    /// The residents, in the order they came.
    package private(set) var residents: [PrincipalID] = []
    package private(set) var locks: OrderedDictionary<LockID, LockEntry> = [:]
    package private(set) var grants: OrderedDictionary<TokenID, GrantEntry> = [:]
    package private(set) var uses: [TokenID: GrantUses] = [:]
    package private(set) var revocations: [PrincipalID: ResidentRevocations] = [:]
    /// Ids of the grants of each lock, in the order they came.
    package private(set) var grantsOfLock: [LockID: [TokenID]] = [:]
    /// Everything owed; in order only by ``obligations(of:)``.
    package private(set) var obligations: [OperationNumber: Obligation] = [:]
    /// The open obligations of each lock, in the order they came.
    private var operationsOfLock: [LockID: [OperationNumber]] = [:]
    package private(set) var usedIDs = UsedIDs()
    package private(set) var cursors: OrderedDictionary<PrincipalID, EventCursor> = [:]
    /// The alarms that stand.
    package private(set) var alarms: [LockID: AlarmReason] = [:]
    /// What is known for certain about wall time.
    package private(set) var floor: TimeFloor?
    /// What each adapter may have.
    package private(set) var adapters: [AdapterName: AdapterNeeds] = [:]
    /// The trust list in force.
    package private(set) var trust: TrustList?
    package private(set) var isCommissioned: Bool
    package private(set) var lastRecord: Int64
    package private(set) var lastOperation: Int64
    private var bootID: String
    private let usedIDMilliseconds: Int64

    /// The ledger as the journal left it. Ids kept on another boot's clock start their time again from `now`.
    package init(_ state: LedgerState, settings: GatewaySettings, bootMilliseconds now: Int64) {
        bootID = settings.bootID
        usedIDMilliseconds = Int64(settings.limits.usedIDSeconds) * 1000
        isCommissioned = state.isCommissioned
        lastRecord = state.lastRecord
        lastOperation = state.lastOperation
        principals = OrderedDictionary(state.principals.map { ($0.id, $0) }) { _, last in last }
        residents = principals.values.filter { $0.role == .resident }.map(\.id)
        for entry in state.locks { locks[entry.lock] = entry }
        for entry in state.grants { insert(entry) }
        for row in state.uses { uses[row.grant] = row }
        for row in state.revocations { revocations[row.resident] = row }
        for obligation in state.obligations { open(obligation) }
        for cursor in state.cursors { cursors[cursor.principal] = cursor }
        floor = state.floor
        trust = state.trust
        for needs in state.adapters { adapters[needs.adapter] = needs }
        for alarm in state.alarms { alarms[alarm.lock] = alarm.reason }
        let restarted = state.usedIDs.map { used in
            var used = used
            if used.bootID != bootID { used.dropAfterBootMilliseconds = now + usedIDMilliseconds }
            return used
        }
        for used in restarted.sorted(by: { $0.dropAfterBootMilliseconds < $1.dropAfterBootMilliseconds }) { usedIDs.insert(used) }
    }

    /// Folds one record in and returns the rows it changed, in the order of the tables.
    package mutating func apply(_ record: Record) -> [LedgerChange] {
        lastRecord = record.number
        var changes: [LedgerChange] = []
        switch record.body {
        case .principalAdded(let principal), .principalChanged(let principal):
            principals[principal.id] = principal
            changes.append(.principal(principal))
        case .lockAdded(let entry), .lockSet(let entry), .lockReplaced(let entry):
            locks[entry.lock] = entry
            changes.append(.lock(entry))
        case .lockProved(let proof):
            guard var entry = locks[proof.lock] else { break }
            entry.proof = ((entry.proof ?? []).filter { $0.case != proof.proven.case } + [proof.proven]).sorted { $0.case < $1.case }
            locks[proof.lock] = entry
            changes.append(.lock(entry))
        case .adapterAccepted(let needs):
            adapters[needs.adapter] = needs
            changes.append(.adapter(needs))
        case .trustAccepted(let list):
            trust = list
            changes.append(.trust(list))
        case .lockRemoved(let reference):
            locks[reference.lock] = nil
            changes.append(.lockRemoved(reference.lock))
            for id in grantsOfLock[reference.lock, default: []] { revoke(id, record, &changes) }
        case .grantInstalled(let entry):
            insert(entry)
            changes.append(.grant(entry))
        case .revocationAccepted(let revocation): revoke(revocation, record, &changes)
        case .handedOver:
            isCommissioned = true
            changes.append(.commissioned)
        case .unlockAccepted(let accepted):
            let obligation = accepted.obligation
            lastOperation = max(lastOperation, obligation.operation.value)
            open(obligation)
            changes.append(.obligation(obligation))
            if let command = obligation.command {
                spend(command, record, &changes)
                use(command, &changes)
            }
        case .lockAccepted(let accepted):
            if let command = accepted.command { spend(command, record, &changes) }
        case .commandAnswered(let command):
            spend(command, record, &changes)
        case .unlockCancelled(let cancelled):
            end(cancelled.operation, &changes)
            if let command = cancelled.command { refund(command, &changes) }
        case .lockChanged(let change):
            if change.event == .unlocked || change.event == .unlatched, let operation = change.operation,
                var obligation = obligations[operation]
            {
                obligation.unlocked = true
                obligations[operation] = obligation
                changes.append(.obligation(obligation))
            }
            for operation in change.ended { end(operation, &changes) }
        case .operationFailed(let failure):
            if failure.outcome == .failed, var obligation = obligations[failure.operation] {
                obligation.isAnswered = true
                obligations[failure.operation] = obligation
                changes.append(.obligation(obligation))
            }
        case .lockReleased(let release):
            for operation in release.operations { end(operation, &changes) }
        case .alarmRaised(let alarm):
            alarms[alarm.lock] = alarm.reason
            changes.append(.alarm(alarm))
        case .alarmCleared(let alarm):
            alarms[alarm.lock] = nil
            changes.append(.alarmEnded(alarm.lock))
        case .gatewayStarted(let start): bootID = start.bootID
        case .gatewayStopped, .snapshotTaken, .grantRevoked, .deviceChanged, .clockChanged: break
        case .clockAccepted(let accepted):
            let row = TimeFloor(at: accepted.wall, bootID: bootID, bootMilliseconds: record.bootMilliseconds, wall: accepted.wall)
            floor = row
            changes.append(.floor(row))
        }
        if record.timeTrust == .trusted { raiseFloor(record, &changes) }
        for answer in record.answers {
            guard let id = answer.reply.id else { continue }
            if let row = usedIDs.setRecord(record.number, issuer: answer.principal, id: id, bootID: bootID) { changes.append(.usedID(row)) }
        }
        for addressee in record.addressees {
            var cursor = cursors[addressee.principal] ?? EventCursor(principal: addressee.principal)
            cursor.assigned = addressee.sequence
            cursors[addressee.principal] = cursor
            changes.append(.cursor(cursor))
        }
        for (issuer, id) in usedIDs.drop(before: record.bootMilliseconds, limit: 16) { changes.append(.usedIDDropped(issuer, id)) }
        return changes
    }

    /// Notes how far a principal's events were acknowledged; written with that principal's next event, so after a crash some are sent again.
    package mutating func acknowledge(_ sequence: Int64, of principal: PrincipalID) {
        guard var cursor = cursors[principal], sequence > cursor.acknowledged, sequence <= cursor.assigned else { return }
        cursor.acknowledged = sequence
        cursors[principal] = cursor
    }

    /// The number a principal's next event gets.
    package func nextSequence(of principal: PrincipalID) -> Int64 { (cursors[principal]?.assigned ?? 0) + 1 }

    /// What is owed on one lock, in the order it came.
    package func obligations(of lock: LockID) -> [Obligation] { operationsOfLock[lock, default: []].compactMap { obligations[$0] } }

    /// Whether anything is owed on the lock.
    package func isOwed(_ lock: LockID) -> Bool { operationsOfLock[lock] != nil }

    /// Everything owed, in the order it came.
    package var openObligations: [Obligation] { obligations.values.sorted { $0.operation < $1.operation } }

    // MARK: The fold's parts

    private mutating func raiseFloor(_ record: Record, _ changes: inout [LedgerChange]) {
        let first = TimeFloor(at: record.at, bootID: bootID, bootMilliseconds: record.bootMilliseconds, wall: record.at)
        let raised = floor.map { $0.raised(by: record.at, atBootMilliseconds: record.bootMilliseconds, of: bootID) } ?? first
        guard let raised else { return }
        floor = raised
        changes.append(.floor(raised))
    }

    private mutating func insert(_ entry: GrantEntry) {
        if grants.updateValue(entry, forKey: entry.grant.id) == nil { grantsOfLock[entry.grant.lock, default: []].append(entry.grant.id) }
    }

    private mutating func revoke(_ revocation: Revocation, _ record: Record, _ changes: inout [LedgerChange]) {
        var row = revocations[revocation.resident] ?? ResidentRevocations(resident: revocation.resident)
        row.add(revocation)
        for (id, entry) in grants where entry.grant.resident == revocation.resident && row.covers(entry.grant) {
            row.grants.removeAll { $0 == id }
            revoke(id, record, &changes)
        }
        revocations[revocation.resident] = row
        changes.append(.revocations(row))
    }

    private mutating func revoke(_ id: TokenID, _ record: Record, _ changes: inout [LedgerChange]) {
        guard var entry = grants[id], entry.revokedAt == nil else { return }
        entry.revokedAt = record.at
        grants[id] = entry
        changes.append(.grant(entry))
    }

    private mutating func open(_ obligation: Obligation) {
        if obligations.updateValue(obligation, forKey: obligation.operation) == nil {
            operationsOfLock[obligation.lock, default: []].append(obligation.operation)
        }
    }

    private mutating func end(_ operation: OperationNumber, _ changes: inout [LedgerChange]) {
        guard let obligation = obligations.removeValue(forKey: operation) else { return }
        operationsOfLock[obligation.lock]?.removeAll { $0 == operation }
        if operationsOfLock[obligation.lock]?.isEmpty == true { operationsOfLock[obligation.lock] = nil }
        changes.append(.obligationEnded(operation))
    }

    private mutating func spend(_ command: CommandReference, _ record: Record, _ changes: inout [LedgerChange]) {
        let used = UsedID(
            issuer: command.issuer, id: command.id, hash: command.hash, record: record.number, bootID: bootID,
            dropAfterBootMilliseconds: record.bootMilliseconds + usedIDMilliseconds
        )
        usedIDs.insert(used)
        changes.append(.usedID(used))
    }

    private mutating func use(_ command: CommandReference, _ changes: inout [LedgerChange]) {
        guard let grant = command.grant else { return }
        var row = uses[grant] ?? GrantUses(grant: grant)
        if let delivery = command.delivery {
            if let index = row.deliveries.firstIndex(where: { $0.label == delivery }) {
                row.deliveries[index].unlocks += 1
            } else {
                row.deliveries.append(GrantUses.Delivery(label: delivery, unlocks: 1))
            }
        } else {
            row.plain += 1
        }
        uses[grant] = row
        changes.append(.uses(row))
    }

    private mutating func refund(_ command: CommandReference, _ changes: inout [LedgerChange]) {
        guard let grant = command.grant, var row = uses[grant] else { return }
        if let delivery = command.delivery {
            guard let index = row.deliveries.firstIndex(where: { $0.label == delivery }) else { return }
            row.deliveries[index].unlocks -= 1
            if row.deliveries[index].unlocks == 0 { row.deliveries.remove(at: index) }
        } else {
            row.plain = max(0, row.plain - 1)
        }
        uses[grant] = row
        changes.append(.uses(row))
    }
}
