import GRDB
import LockModel
import Testing

@testable import Journal

@Suite("Opening a journal")
struct OpeningTests {
    @Test("the writer itself says that commits are durable: WAL, synchronous FULL, also when opened again")
    func durable() throws {
        let notebook = try Notebook()
        for _ in 0..<2 {
            let level = try notebook.withJournal { try $0.synchronousLevel() }
            #expect(level == 2)
            #expect(try notebook.fetch("PRAGMA journal_mode", String.self) == "wal")
        }
    }

    @Test("a new journal is empty, and its head is 32 zeros")
    func empty() throws {
        let notebook = try Notebook()
        try notebook.withJournal { journal in
            #expect(try journal.load() == LedgerState())
            let head = try journal.mark()
            #expect(head.number == 0)
            #expect(head.head == .zero)
            #expect(try journal.audit() == AuditResult(records: 0, erased: 0, head: .zero, rowsFollow: true))
        }
    }

    @Test("one that a newer gateway wrote is refused and left as it is")
    func newer() throws {
        let notebook = try Notebook()
        try notebook.withJournal { try $0.append(Sample.records) }
        try notebook.tamper("PRAGMA user_version = 2")
        let before = notebook.bytes()
        #expect(failure(of: { _ = try notebook.open() }) == .newerFormat(2))
        #expect(notebook.bytes() == before)
    }

    @Test("another program's database is refused and left as it is")
    func foreign() throws {
        let notebook = try Notebook()
        try notebook.tamper("CREATE TABLE notes (text)")
        let before = notebook.bytes()
        #expect(failure(of: { _ = try notebook.open() }) == .notAJournal)
        #expect(notebook.bytes() == before)
        try notebook.tamper("PRAGMA application_id = 1234")
        #expect(failure(of: { _ = try notebook.open() }) == .notAJournal)
    }

    @Test("a file that is no database is refused and left as it is")
    func noDatabase() throws {
        let notebook = try Notebook()
        Notebook.write(Array("Dear diary, today the door was open again. ".utf8) + [UInt8](repeating: 1, count: 5000), to: notebook.path)
        let before = notebook.bytes()
        #expect(failure(of: { _ = try notebook.open() }) == .notAJournal)
        #expect(notebook.bytes() == before)
    }

    @Test("a path where nothing can be written fails as the database's own failure")
    func noFolder() throws {
        let keys = try Notebook.keys(seal: 1)
        guard case .database? = failure(of: { _ = try Journal(path: "/nonexistent/journal.sqlite", keys: keys) }) else {
            Issue.record("not refused")
            return
        }
    }

    @Test("with another seal nothing can be read, and the audit says at which record")
    func otherSeal() throws {
        let notebook = try Notebook()
        try notebook.withJournal { try $0.append(Sample.records) }
        let other = try Journal(path: notebook.path, keys: Notebook.keys(seal: 8))
        guard case .damaged(1, _)? = failure(of: { _ = try other.audit() }) else {
            Issue.record("not found")
            return
        }
        guard case .damaged(2, _)? = failure(of: { _ = try other.record(2) }) else {
            Issue.record("not found")
            return
        }
        try other.close()
    }
}
