import LockModel
import Testing

@testable import Journal

@Suite("What the file tells without its keys")
struct SecrecyTests {
    private func holds(_ text: String, _ bytes: [[UInt8]]) -> Bool {
        let wanted = Array(text.utf8)
        return bytes.contains { file in
            guard file.count >= wanted.count else { return false }
            return (0...file.count - wanted.count).contains { start in
                file[start] == wanted[0] && file[start..<start + wanted.count].elementsEqual(wanted)
            }
        }
    }

    @Test("no record's content stands in clear in the file or its log: not who, not what was answered, not where the door was")
    func sealed() throws {
        let notebook = try Notebook()
        let journal = try notebook.open()
        try journal.append(Sample.records)
        for state in ["with its log", "closed"] {
            let bytes = notebook.bytes()
            #expect(holds("SQLite format 3", bytes), "\(state)")
            #expect(holds("lock.doorOpened", bytes) || holds("door.opened", bytes), "kinds are told, \(state)")
            for secret in [
                "slot-secret-7", "words only the record has", "boltAndDoor", "observedAt", "a.grant.token", "Haustür", "closes itself",
            ] {
                #expect(!holds(secret, bytes), "\(secret) stands in the file, \(state)")
            }
            if state == "with its log" { try journal.close() }
        }
    }

    @Test("no row tells a door's title, a grant's token or a delivery, in the journal or in a snapshot's copy")
    func sealedRows() throws {
        let notebook = try Notebook()
        let uses = GrantUses(grant: Sample.id(1), deliveries: [GrantUses.Delivery(label: "parcel-4711", unlocks: 1)])
        let changes: [LedgerChange] = [.lock(Sample.lock), .grant(Sample.grantEntry), .uses(uses), .obligation(Sample.obligation)]
        try notebook.withJournal { journal in
            try journal.append([JournalEntry(record: Sample.record(1, .gatewayStopped), changes: changes)])
            _ = try journal.takeSnapshot(into: notebook.folder + "/snapshot-1", signedBy: Notebook.gateway)
        }
        let bytes = notebook.bytes() + [Notebook.read(notebook.folder + "/snapshot-1")]
        for secret in ["Haustür", "closes itself", "a.grant.token", "parcel-4711", "d-1", "maxUses"] {
            #expect(!holds(secret, bytes), "\(secret) stands in a file")
        }
    }

    @Test("the same content sealed twice looks different each time")
    func salted() throws {
        let notebook = try Notebook()
        try notebook.withJournal { try $0.append([Sample.record(1, .gatewayStopped), Sample.record(2, .gatewayStopped)]) }
        #expect(try notebook.fetch("SELECT count(DISTINCT substr(sealed, 1, 64)) FROM details", Int.self) == 2)
        #expect(try notebook.fetch("SELECT count(DISTINCT d) FROM records", Int.self) == 2)
    }

    @Test("destroying a resident's key leaves nothing to read of hers, and the chain still verifies")
    func erased() throws {
        let notebook = try Notebook()
        try notebook.withJournal { try $0.append(Sample.records) }
        try notebook.tamper("DELETE FROM keys WHERE id = 'resident:anna'")
        try notebook.withJournal { journal in
            let result = try journal.audit()
            #expect(result.records == Int64(Sample.records.count))
            #expect(result.erased == Int64(Sample.records.count { $0.owner == Sample.anna }))
            #expect(try journal.record(1) == nil)
            #expect(try journal.record(2) == Sample.records[1])
        }
    }

    @Test("an operation's or event's outside name is 26 characters, the same after every start, and another for each number and kind")
    func opaqueIDs() throws {
        let names = OpaqueIDs(try Notebook.keys(seal: 7))
        let again = OpaqueIDs(try Notebook.keys(seal: 7))
        let elsewhere = OpaqueIDs(try Notebook.keys(seal: 8))
        var seen: Set<String> = []
        for number in Int64(1)...50 {
            let operation = names.name(of: OperationNumber(number))
            let event = names.name(ofEvent: number)
            for name in [operation, event] {
                #expect(name.utf8.count == 26)
                #expect(name.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x32...0x37).contains($0) })
                #expect(seen.insert(name).inserted)
            }
            #expect(again.name(of: OperationNumber(number)) == operation)
            #expect(elsewhere.name(of: OperationNumber(number)) != operation)
        }
    }
}
