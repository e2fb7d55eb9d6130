import GRDB
import LockModel
import Testing

@testable import Journal

@Suite("The audit")
struct AuditTests {
    private let count = Int64(Sample.bodies.count)

    private func written() throws -> Notebook {
        let notebook = try Notebook()
        try notebook.withJournal { try $0.append(Sample.records) }
        return notebook
    }

    private func found(_ notebook: Notebook) throws -> JournalFailure? {
        try notebook.withJournal { journal in failure(of: { _ = try journal.audit() }) }
    }

    /// The record the audit stops at; `nil` when it passes.
    private func record(foundIn notebook: Notebook) throws -> Int64? {
        guard let failure = try found(notebook) else { return nil }
        guard case .damaged(let record, _) = failure else {
            Issue.record("the audit failed otherwise: \(failure)")
            return nil
        }
        return record
    }

    @Test("passes over a whole journal, tells how far it is, and ends at the journal's head")
    func passes() throws {
        let notebook = try Notebook()
        try notebook.withJournal { journal in
            for batch in 0..<3 { try journal.append((1...1000).map { Sample.record(Int64(batch * 1000 + $0), .gatewayStopped) }) }
            var told: [Int64] = []
            let result = try journal.audit { told.append($0) }
            #expect(result.records == 3000)
            #expect(result.erased == 0)
            #expect(result.head == (try journal.mark().head))
            #expect(told == [1000, 2000, 3000])
        }
    }

    @Test("finds any byte changed in a record's d, head or sealed content, and says which record", arguments: ["d", "head", "sealed"])
    func flippedByte(column: String) throws {
        let notebook = try written()
        let table = column == "sealed" ? "details" : "records"
        for number in [1, count / 2, count] {
            let queue = try DatabaseQueue(path: notebook.path)
            let whole = try #require(try queue.read { try Row.fetchOne($0, sql: "SELECT \(column) FROM \(table) WHERE n = \(number)") })
            try queue.close()
            let bytes = try whole.bytes(column)
            for place in stride(from: 0, to: bytes.count, by: column == "sealed" ? max(1, bytes.count / 16) : 1) {
                var flipped = bytes
                flipped[place] ^= 0x10
                try notebook.tamper("UPDATE \(table) SET \(column) = ? WHERE n = \(number)", [flipped.blob])
                #expect(try record(foundIn: notebook) == number, "byte \(place)")
            }
            try notebook.tamper("UPDATE \(table) SET \(column) = ? WHERE n = \(number)", [bytes.blob])
        }
        #expect(try found(notebook) == nil)
    }

    @Test(
        "finds a kind, time or boot time that is not the one in the content",
        arguments: ["kind = 'lock.relocked'", "at = at + 1", "boot = 0"])
    func changedColumn(change: String) throws {
        let notebook = try written()
        try notebook.tamper("UPDATE records SET \(change) WHERE n = 4")
        #expect(try record(foundIn: notebook) == 4)
    }

    @Test("finds a record that was deleted, wherever it stood", arguments: [Int64(1), 7, Int64(Sample.bodies.count)])
    func deletedRecord(number: Int64) throws {
        let notebook = try written()
        try notebook.tamper("DELETE FROM records WHERE n = ?", [number])
        #expect(try record(foundIn: notebook) == number)
    }

    @Test("passes over deleted content and counts it as erased")
    func deletedDetail() throws {
        let notebook = try written()
        try notebook.tamper("DELETE FROM details WHERE n IN (2, 3, 9)")
        let result = try notebook.withJournal { try $0.audit() }
        #expect(result.records == count)
        #expect(result.erased == 3)
    }

    @Test("finds content moved to another record, or exchanged with it")
    func movedContent() throws {
        let notebook = try written()
        try notebook.tamper(
            "UPDATE details SET sealed = (SELECT sealed FROM details WHERE n = 5), keyId = (SELECT keyId FROM details WHERE n = 5) WHERE n = 3"
        )
        #expect(try record(foundIn: notebook) == 3)
        let other = try written()
        try other.tamper("DELETE FROM details WHERE n = 6; UPDATE details SET n = 6 WHERE n = 8")
        #expect(try record(foundIn: other) == 6)
    }

    @Test("finds a whole record exchanged for another, chained anew from there")
    func rewritten() throws {
        let notebook = try written()
        try notebook.tamper(
            "UPDATE records SET n = -1 WHERE n = 4; UPDATE records SET n = 4 WHERE n = 5; UPDATE records SET n = 5 WHERE n = -1")
        #expect(try record(foundIn: notebook) == 4)
    }

    @Test("finds a key that was changed, and says at which record")
    func changedKey() throws {
        let notebook = try written()
        try notebook.tamper("UPDATE keys SET sealed = zeroblob(length(sealed))")
        #expect(try record(foundIn: notebook) == 1)
    }

    @Test("finds content said to be sealed for another")
    func otherOwner() throws {
        let notebook = try written()
        try notebook.tamper("UPDATE details SET keyId = 'site' WHERE n = 1")
        #expect(try record(foundIn: notebook) == 1)
    }
}
