import LockModel
import Testing
import WireBytes

@testable import Journal

/// `Fixtures/journal-v0.sqlite` has three records in a form made up for these tests, version 0: a start, a lock, and a `lock.accepted` that is called
/// `lock.lockAccepted` today and names its actor in a member of its own. It is sealed with thirty-two bytes of 7.
@Suite("Records of older versions")
struct UpcasterTests {
    private static let older = Upcasters(
        oldest: 0,
        steps: [
            Upcasters.Step(kind: "lock.accepted", from: 0) { record in
                record["kind"] = "lock.lockAccepted"
                guard var data = record["data"]?.object, let actor = data["by"] else { return }
                data["by"] = nil
                data["actor"] = .object(["kind": actor])
                record["data"] = .object(data)
            }
        ])

    private func fixture() throws -> Notebook {
        let notebook = try Notebook()
        let folder = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        let bytes = Notebook.read(folder + "/Fixtures/journal-v0.sqlite")
        #expect(!bytes.isEmpty)
        Notebook.write(bytes, to: notebook.path)
        return notebook
    }

    @Test("are read as today's, and not one byte of them is rewritten")
    func lifted() throws {
        let notebook = try fixture()
        let journal = try Journal(path: notebook.path, keys: notebook.keys, upcasters: UpcasterTests.older)
        let before = try notebook.fetch("SELECT hex(group_concat(hex(sealed) || n)) FROM details", String.self)
        let records = try journal.records(after: 0, limit: 9)
        #expect(records.map(\.body.kind) == ["gateway.started", "lock.added", "lock.lockAccepted"])
        #expect(
            records[2].body
                == .lockAccepted(LockAccepted(lock: Sample.front, command: nil, actor: ChangeActor(kind: .installer))))
        try journal.append([JournalEntry(record: Sample.record(4, .gatewayStopped), changes: [])])
        #expect(try notebook.fetch("SELECT hex(group_concat(hex(sealed) || n)) FROM details WHERE n < 4", String.self) == before)
        try journal.close()
    }

    @Test("verify as they were written; rows that today's rules make and theirs did not are made again")
    func audited() throws {
        let notebook = try fixture()
        let journal = try Journal(path: notebook.path, keys: notebook.keys, upcasters: UpcasterTests.older)
        let terms = notebook.terms(byLedger: true)
        #expect(try journal.rules() == 0)
        guard case .damaged? = failure(of: { _ = try journal.audit(terms) }) else {
            Issue.record("the version before had no floor of time")
            return
        }
        try journal.rebuildRows(terms, rules: 7)
        #expect(try journal.rules() == 7)
        #expect(try journal.load().floor != nil && journal.load().locks.map(\.lock) == [Sample.front])
        let result = try journal.audit(terms)
        #expect(result.records == 3 && result.erased == 0 && result.rowsFollow)
        try journal.close()
    }

    @Test("without the step for them, or older than any step, are damage and never guessed at")
    func unknown() throws {
        let notebook = try fixture()
        for upcasters in [Upcasters(oldest: 0, steps: []), .standard] {
            let journal = try Journal(path: notebook.path, keys: notebook.keys, upcasters: upcasters)
            guard case .damaged(3, _)? = failure(of: { _ = try journal.record(3) }) else {
                Issue.record("read all the same")
                return
            }
            try journal.close()
        }
    }

    @Test("a journal whose newest record a newer gateway wrote is refused, and says so plainly")
    func newer() throws {
        let text = String(decoding: try Sample.record(1, .gatewayStopped).encoded(), as: UTF8.self).replacing("\"v\":1", with: "\"v\":2")
        #expect(failure(of: { _ = try LockModel.Record(encoded: Array(text.utf8)) }) == .newerFormat(2))
        #expect(JournalFailure.newerFormat(2).description == "the journal has format 2, which a newer Lockbridge wrote; start that one")
        let notebook = try Notebook()
        try notebook.withJournal { try $0.append([Sample.record(1, .gatewayStopped, owner: nil)]) }
        try notebook.reseal(1, Array(text.utf8))
        let before = notebook.bytes()
        #expect(failure(of: { _ = try notebook.open() }) == .newerFormat(2))
        #expect(notebook.bytes() == before)
    }
}
