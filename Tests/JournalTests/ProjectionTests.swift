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
        try notebook.tamper("UPDATE \(table) SET row = replace(row, ':', ';')")
        try notebook.withJournal { journal in
            guard case .damaged? = failure(of: { _ = try journal.load() }) else {
                Issue.record("loaded all the same")
                return
            }
        }
    }

    /// A delivery from the first start to a crash while the next unlock is under way, every effect's record in the order it came.
    private func story() -> (GatewayMachine, GatewaySettings, [JournalEntry]) {
        let settings = GatewaySettings(
            gateway: "gw-abcdefghijklmnop", version: "1", bootID: "boot", buses: [Sample.name("bus"): [Sample.anna, Sample.shop]])
        var machine = GatewayMachine(state: LedgerState(), settings: settings, bootMilliseconds: 0)
        var now = Instants(bootMilliseconds: 1000, wall: Sample.time(0), trust: .trusted)
        var entries: [JournalEntry] = []
        var tickets: [Int64] = []
        var drives: [OperationNumber] = []
        var reads: [Int64] = []
        func keep(_ effects: [Effect]) {
            for effect in effects {
                switch effect {
                case .append(let entry): entries.append(entry)
                case .verify(let ticket, _, _): tickets.append(ticket)
                case .drive(_, let operation, _, _, _): drives.append(operation)
                case .read(_, let number): reads.append(number)
                default: break
                }
            }
        }
        func give(_ input: Input) {
            now.bootMilliseconds += 10
            keep(machine.handle(input, at: now))
            while let ticket = tickets.popLast() { keep(machine.handle(.verified(ticket, valid: true), at: now)) }
        }
        func read(_ bolt: BoltState) {
            let reading = LockReading(
                bolt: bolt, door: .closed, battery: Battery(level: .ok), jammed: false, autoRelock: nil, observedAt: now.wall,
                confirmedBy: .bolt)
            if let number = reads.popLast() { give(.lock(Sample.front, .read(number, .reading(reading)))) }
        }
        func unlock(_ number: UInt8, _ delivery: String?, _ grant: Grant) {
            let envelope = TokenEnvelope(
                issuer: Sample.shop, id: Sample.id(number), issuedAt: now.wall, keyID: "kid", algorithm: .es256,
                hash: Sample.digest(number),
                signingInput: [], signature: [])
            let command = CommandToken(
                envelope: envelope, audience: settings.gateway, lock: Sample.front, expires: now.wall.advanced(byMilliseconds: 60_000),
                action: .unlock, grant: grant.id, grantHash: grant.hash, openSeconds: 5, delivery: delivery)
            let route = ReplyRoute(bus: Sample.name("bus"), principal: Sample.shop)
            give(.arrived(Arrival(route: route, kind: .command, isRetained: false, digest: .zero, content: .command(command))))
        }
        keep(machine.start(at: now))
        var key = Sample.key
        (key.notBefore, key.expires) = (nil, nil)
        give(.admin(1, .addPrincipal(Principal(id: Sample.anna, role: .resident, keys: [key]))))
        give(.admin(2, .addPrincipal(Principal(id: Sample.shop, role: .retailer, keys: [key]))))
        give(.admin(3, .addLock(Sample.lock)))
        give(.admin(4, .handover))
        give(.lock(Sample.front, .linkUp(LockCapabilities(lock: true, unlock: true, connectMilliseconds: 0, motorMilliseconds: 100))))
        read(.locked)
        var grant = Sample.grant
        (grant.windows, grant.options, grant.minRelock, grant.couriers) = (nil, GrantOptions(), nil, nil)
        grant.notBefore = now.wall
        let envelope = TokenEnvelope(
            issuer: Sample.anna, id: grant.id, issuedAt: now.wall, keyID: "kid", algorithm: .es256, hash: grant.hash, signingInput: [],
            signature: [])
        give(.admin(5, .addGrant(GrantToken(envelope: envelope, grant: grant), text: "a.grant.token")))
        unlock(11, "d-1", grant)
        give(.noticeAcknowledged(Sample.front, OperationNumber(1)))
        give(.lock(Sample.front, .answered(OperationNumber(1), .result(.done, bolt: .unlocked, door: .closed, reason: nil))))
        unlock(12, nil, grant)
        now.bootMilliseconds += 6000
        now.wall = now.wall.advanced(byMilliseconds: 6000)
        give(.lock(Sample.front, .timer(.step)))
        if let relock = drives.last {
            give(.lock(Sample.front, .answered(relock, .result(.done, bolt: .locked, door: .closed, reason: nil))))
        }
        read(.locked)
        give(.noticeAcknowledged(Sample.front, OperationNumber(2)))
        return (machine, settings, entries)
    }

    @Test("of a machine's records, written and loaded again, are the machine's own ledger")
    func sameLedger() throws {
        let (machine, settings, entries) = story()
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
