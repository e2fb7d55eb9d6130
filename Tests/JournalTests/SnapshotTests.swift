import GRDB
import GatewayCore
import Glibc
import LockCrypto
import LockModel
import Testing

@testable import Journal

/// A story with a snapshot after so many of its records, and the journal it is in.
private struct Snapped {
    let notebook: Notebook
    var terms: AuditTerms { notebook.terms(byLedger: true) }

    /// - Parameter after: `nil` for none.
    init(after: Int?, signedBy key: SigningKey = Notebook.gateway) throws {
        let notebook = try Notebook()
        self.notebook = notebook
        let (_, settings, entries) = Story.told()
        var ledger = Ledger(LedgerState(), settings: settings, bootMilliseconds: 0)
        var shift: Int64 = 0
        func entry(_ record: LockModel.Record) -> JournalEntry { JournalEntry(record: record, changes: ledger.apply(record)) }
        try notebook.withJournal { journal in
            for (index, told) in entries.enumerated() {
                var record = told.record
                record.number += shift
                try journal.append([entry(record)])
                guard index + 1 == after else { continue }
                let snapshot = try journal.takeSnapshot(into: notebook.folder + "/new", signedBy: key)
                rename(notebook.folder + "/new", notebook.folder + "/snapshot-\(snapshot.after)")
                let taken = LockModel.Record(
                    number: record.number + 1, at: record.at, bootMilliseconds: record.bootMilliseconds, timeTrust: .trusted,
                    body: .snapshotTaken(snapshot))
                try journal.append([entry(taken)])
                shift = 1
            }
        }
    }

    static var length: Int { Story.told().2.count }

    func tail() throws -> AuditResult { try notebook.withJournal { try $0.verifyTail(terms) } }
    func all() throws -> AuditResult { try notebook.withJournal { try $0.audit(terms) } }

    /// What is wrong by the short way and by the long one.
    func found() -> (tail: JournalFailure?, all: JournalFailure?) {
        (failure(of: { _ = try tail() }), failure(of: { _ = try all() }))
    }
}

@Suite("Snapshots")
struct SnapshotTests {
    @Test("wherever one was taken, rows and records are found sound from there on, as from the beginning")
    func sound() throws {
        for after in 0...Snapped.length {
            let journal = try Snapped(after: after)
            let tail = try journal.tail()
            #expect(tail.rowsFollow)
            #expect(try journal.all() == tail)
            #expect(tail.records == Int64(Snapped.length) + (after == 0 ? 0 : 1))
        }
    }

    @Test("a row that was changed, taken away or put in is found by the start and by the audit, and the table is named")
    func tampered() throws {
        let changes = [
            ("principals", "UPDATE principals SET row = replace(row, 'retailer', 'resident')"), ("principals", "DELETE FROM principals"),
            ("locks", "DELETE FROM locks"), ("grants", "DELETE FROM grants"), ("uses", "DELETE FROM uses"),
            ("obligations", "DELETE FROM obligations"), ("cursors", "UPDATE cursors SET assigned = assigned - 1"),
            ("cursors", "UPDATE cursors SET acknowledged = assigned + 1"),
            ("used_ids", "DELETE FROM used_ids WHERE jti = (SELECT max(jti) FROM used_ids)"),
            ("used_ids", "UPDATE used_ids SET hash = '\(String(repeating: "0", count: 64))'"),
            ("meta", "UPDATE meta SET value = '0' WHERE name = 'commissioned'"),
            ("meta", "UPDATE meta SET value = '1' WHERE name = 'lastOperation'"),
        ]
        for after in [nil, 3, Snapped.length] {
            let whole = try Snapped(after: after)
            let before = whole.notebook.bytes()
            for (table, change) in changes {
                try whole.notebook.tamper(change)
                let found = whole.found()
                for failure in [found.tail, found.all] {
                    guard case .damaged(_, let what)? = failure else {
                        Issue.record("\(change) after \(String(describing: after)): not found")
                        continue
                    }
                    #expect(what.contains("table \(table) "), "\(change)")
                }
                unlink(whole.notebook.path + "-wal")
                unlink(whole.notebook.path + "-shm")
                Notebook.write(before[0], to: whole.notebook.path)
            }
            #expect(try whole.tail().rowsFollow)
        }
    }

    @Test("a row put back as it was before, sealed and whole, is found: a use is not given back by hand")
    func oldRow() throws {
        let (_, _, entries) = Story.told()
        let notebook = try Notebook()
        var old: [UInt8]?
        let journal = try notebook.open()
        for entry in entries {
            try journal.append([entry])
            let row = try journal.reader.read { db in try Row.fetchOne(db, sql: "SELECT row FROM uses") }
            if old == nil { old = try row?.bytes("row") }
        }
        try journal.close()
        try notebook.tamper("UPDATE uses SET row = ?", [try #require(old).blob])
        let found = try notebook.withJournal { journal in failure(of: { _ = try journal.audit(notebook.terms(byLedger: true)) }) }
        guard case .damaged(_, let what)? = found else {
            Issue.record("not found")
            return
        }
        #expect(what.contains("table uses "))
    }

    @Test("rows made again from the records are the same rows, acknowledgements and used ids among them")
    func rebuilt() throws {
        let journal = try Snapped(after: nil)
        try journal.notebook.tamper("UPDATE cursors SET acknowledged = 1")
        let before = try journal.notebook.withJournal { try $0.load() }
        try journal.notebook.tamper(
            "DELETE FROM grants; DELETE FROM alarms; UPDATE locks SET row = zeroblob(40); DELETE FROM meta WHERE name = 'floor'")
        try journal.notebook.withJournal { try $0.rebuildRows(journal.terms, rules: 2) }
        #expect(try journal.notebook.withJournal { try $0.load() } == before)
        #expect(try journal.all().rowsFollow)
    }

    @Test("events that no record addressed, or that lost their record, are found")
    func outbox() throws {
        for change in [
            "DELETE FROM outbox WHERE sequence = 2", "UPDATE outbox SET n = n + 1 WHERE sequence = 1",
            "INSERT INTO outbox VALUES ('eve', 1, 1)",
        ] {
            let journal = try Snapped(after: nil)
            try journal.notebook.tamper(change)
            #expect(journal.found().all != nil, "\(change)")
        }
    }

    @Test("a start does not read what came before the last one; the audit reads everything")
    func independent() throws {
        let journal = try Snapped(after: Snapped.length)
        try journal.notebook.tamper("UPDATE records SET head = zeroblob(32) WHERE n = 2")
        #expect(try journal.tail().rowsFollow)
        #expect(journal.found().all == .damaged(record: 2, what: "the chain breaks here"))
    }

    @Test("one that another key signed, or whose hash or place was changed, is damage")
    func forged() throws {
        let stranger = try SigningKey.generate()
        let forged = try Snapped(after: 4, signedBy: stranger)
        let found = forged.found()
        #expect(found.tail != nil && found.all != nil)
        let snapshot = try #require(try forged.notebook.withJournal { try $0.newestSnapshot() })
        #expect(!snapshot.isSigned(by: Notebook.gateway.verifyingKey) && snapshot.isSigned(by: stranger.verifyingKey))
        var changed = snapshot
        changed.projections[0].digest = Sample.digest(1)
        #expect(!changed.isSigned(by: stranger.verifyingKey))
        changed = snapshot
        changed.after += 1
        #expect(!changed.isSigned(by: stranger.verifyingKey))
    }

    @Test("rows copied wrongly beside the journal are not begun from: then everything is followed")
    func changedCopy() throws {
        let journal = try Snapped(after: Snapped.length)
        let copy = try DatabaseQueue(path: journal.notebook.folder + "/snapshot-\(Snapped.length)")
        try copy.write { try $0.execute(sql: "DELETE FROM uses") }
        try copy.close()
        #expect(try journal.tail().rowsFollow)
        try journal.notebook.tamper("UPDATE records SET head = zeroblob(32) WHERE n = 2")
        #expect(journal.found().tail == .damaged(record: 2, what: "the chain breaks here"))
    }

    @Test("after an erasure rows are followed from the last one, and where there is none it is not said that they follow")
    func erased() throws {
        let journal = try Snapped(after: Snapped.length - 2)
        try journal.notebook.tamper("DELETE FROM details WHERE n = 3")
        let audit = try journal.all()
        #expect(audit.erased == 1 && audit.rowsFollow)
        try journal.notebook.tamper("DELETE FROM uses")
        #expect(journal.found().all != nil)
        let without = try Snapped(after: nil)
        try without.notebook.tamper("DELETE FROM details WHERE n = 3")
        #expect(try without.all().rowsFollow == false)
    }

    @Test("commits go on while one is taken, and it is of one moment")
    func concurrent() throws {
        let notebook = try Notebook()
        try notebook.withJournal { journal in
            try journal.append([JournalEntry(record: Sample.record(1, .gatewayStopped), changes: [.lock(Sample.lock)])])
            let copy = try DatabaseQueue(path: notebook.path)
            try copy.inDatabase { db in
                try db.execute(sql: "BEGIN; SELECT count(*) FROM records")
                try journal.append([JournalEntry(record: Sample.record(2, .gatewayStopped), changes: [.lockRemoved(Sample.front)])])
                #expect(try JournalMark.last(in: db).number == 1)
                try db.execute(sql: "COMMIT")
            }
            try copy.close()
            let snapshot = try journal.takeSnapshot(into: notebook.folder + "/snapshot-2", signedBy: Notebook.gateway)
            #expect(snapshot.after == 2)
            #expect(snapshot.head == (try journal.mark().head))
            #expect(journal.state(of: snapshot, in: notebook.folder + "/snapshot-2")?.locks == [])
        }
    }
}
