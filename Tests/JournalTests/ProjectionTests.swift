import GatewayCore
import LockModel
import Testing

@testable import Journal

@Suite("The ledger's rows")
struct ProjectionTests {
    private func entry(_ number: Int64, _ changes: [LedgerChange]) -> JournalEntry {
        JournalEntry(record: Sample.record(number, .gatewayStopped), changes: changes)
    }

    @Test("load back as they were written, the last word on each")
    func loaded() throws {
        let notebook = try Notebook()
        let uses = GrantUses(grant: Sample.id(1), plain: 2, deliveries: [GrantUses.Delivery(label: "d-1", unlocks: 3)])
        let used = UsedID(
            issuer: Sample.shop, id: Sample.id(3), hash: Sample.digest(4), record: 1, bootID: "boot", dropAfterBootMilliseconds: 720_000)
        var later = used
        later.record = 2
        let cursor = EventCursor(principal: Sample.shop, assigned: 9, acknowledged: 4)
        var principal = Sample.principal
        principal.suspended = false
        let first: [LedgerChange] = [
            .principal(Sample.principal), .lock(Sample.lock), .grant(Sample.grantEntry), .uses(GrantUses(grant: Sample.id(1))),
            .revocations(ResidentRevocations(resident: Sample.anna)), .obligation(Sample.obligation), .usedID(used),
            .cursor(EventCursor(principal: Sample.shop)),
        ]
        var revocations = ResidentRevocations(resident: Sample.anna)
        revocations.add(Sample.revocation)
        try notebook.withJournal {
            try $0.append([
                entry(1, first),
                entry(2, [.principal(principal), .uses(uses), .revocations(revocations), .usedID(later), .cursor(cursor)]),
            ])
        }
        var expected = LedgerState(
            lastRecord: 2, lastOperation: 41, principals: [principal], locks: [Sample.lock], grants: [Sample.grantEntry], uses: [uses],
            revocations: [revocations], obligations: [Sample.obligation], usedIDs: [later], cursors: [cursor])
        #expect(try notebook.withJournal { try $0.load() } == expected)

        let last: [LedgerChange] = [
            .obligationEnded(OperationNumber(41)), .usedIDDropped(Sample.shop, Sample.id(3)), .lockRemoved(Sample.front), .commissioned,
        ]
        try notebook.withJournal { try $0.append([entry(3, last)]) }
        expected.lastRecord = 3
        expected.obligations = []
        expected.usedIDs = []
        expected.locks = []
        expected.isCommissioned = true
        #expect(try notebook.withJournal { try $0.load() } == expected)
    }

    @Test("a row that can't be read is damage, not an empty ledger", arguments: ["principals", "locks", "grants", "uses", "obligations"])
    func damaged(table: String) throws {
        let notebook = try Notebook()
        let changes: [LedgerChange] = [
            .principal(Sample.principal), .lock(Sample.lock), .grant(Sample.grantEntry), .uses(GrantUses(grant: Sample.id(1))),
            .obligation(Sample.obligation),
        ]
        try notebook.withJournal { try $0.append([entry(1, changes)]) }
        let change = table == "principals" ? "replace(row, ':', ';')" : "CAST(substr(row, 1, length(row) - 1) AS BLOB)"
        try notebook.tamper("UPDATE \(table) SET row = \(change)")
        try notebook.withJournal { journal in
            guard case .damaged? = failure(of: { _ = try journal.load() }) else {
                Issue.record("loaded all the same")
                return
            }
        }
    }

    @Test("of a machine's records, written and loaded again, are the machine's own ledger")
    func sameLedger() throws {
        let (machine, settings, entries) = Story.told()
        let notebook = try Notebook()
        try notebook.withJournal { journal in
            for entry in entries { try journal.append([entry]) }
        }
        let state = try notebook.withJournal { try $0.load() }
        let loaded = Ledger(state, settings: settings, bootMilliseconds: 0)
        let ledger = machine.ledger
        #expect(ledger.obligations.count == 1 && ledger.uses.count == 1 && ledger.usedIDs.count == 2)
        #expect(
            Dictionary(uniqueKeysWithValues: loaded.principals.map { ($0, $1) })
                == Dictionary(uniqueKeysWithValues: ledger.principals.map { ($0, $1) }))
        #expect(loaded.locks == ledger.locks)
        #expect(loaded.grants == ledger.grants)
        #expect(loaded.uses == ledger.uses)
        #expect(loaded.obligations == ledger.obligations)
        #expect(
            Dictionary(uniqueKeysWithValues: loaded.cursors.map { ($0, $1) })
                == Dictionary(uniqueKeysWithValues: ledger.cursors.map { ($0, $1) }))
        #expect(loaded.isCommissioned && ledger.isCommissioned)
        #expect(loaded.floor == ledger.floor && ledger.floor != nil)
        #expect(loaded.alarms == ledger.alarms)
        #expect(loaded.lastRecord == ledger.lastRecord)
        #expect(loaded.lastOperation == ledger.lastOperation)
        #expect(loaded.usedIDs.count == ledger.usedIDs.count)
        for used in state.usedIDs {
            #expect(ledger.usedIDs.find(used.issuer, used.id)?.record == used.record)
            #expect(ledger.usedIDs.find(used.issuer, used.id)?.hash == used.hash)
        }
    }
}
