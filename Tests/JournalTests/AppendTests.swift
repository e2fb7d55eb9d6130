import GRDB
import Glibc
import LockModel
import Testing

@testable import Journal

@Suite("What was appended")
struct AppendTests {
    @Test("is there after reopening, each record as it was")
    func reopened() throws {
        let notebook = try Notebook()
        let records = Sample.records
        let head = try notebook.withJournal { journal in
            try journal.append(Array(records.prefix(5)))
            try journal.append(Array(records.dropFirst(5)))
            return try journal.mark()
        }
        try notebook.withJournal { journal in
            #expect(try journal.records(after: 0, limit: 100) == records)
            #expect(try journal.records(after: 3, limit: 2) == Array(records[3..<5]))
            #expect(try journal.record(4) == records[3])
            #expect(try journal.record(99) == nil)
            let again = try journal.mark()
            #expect(again.number == Int64(records.count))
            #expect(again.head == head.head)
            #expect(try journal.audit().records == Int64(records.count))
        }
    }

    @Test("is there although the process was killed right after append returned")
    func killed() async throws {
        let notebook = try Notebook()
        let path = notebook.path
        await #expect(processExitsWith: .signal(9)) { [path = path as String] in
            let journal = try Journal(path: path, keys: Notebook.keys(seal: 7))
            try journal.append(Sample.records)
            kill(getpid(), SIGKILL)
        }
        let (kept, audit) = try notebook.withJournal { (try $0.records(after: 0, limit: 100), try $0.audit()) }
        #expect(kept == Sample.records)
        #expect(audit.records == Int64(Sample.records.count))
    }

    @Test("follows the last record: a gap, a repeat or another order is refused, and nothing of the batch is kept")
    func gap() throws {
        let notebook = try Notebook()
        try notebook.withJournal { journal in
            try journal.append([Sample.record(1, .gatewayStopped)])
            let change = JournalEntry(record: Sample.record(2, .handedOver), changes: [.commissioned, .lock(Sample.lock)])
            for (wrong, expected): (Int64, Int64) in [(4, 3), (2, 3), (1, 3)] {
                let batch = [change, JournalEntry(record: Sample.record(wrong, .gatewayStopped, owner: Sample.shop), changes: [])]
                #expect(failure(of: { try journal.append(batch) }) == .gap(expected: expected, found: wrong))
            }
            #expect(failure(of: { try journal.append([Sample.record(3, .gatewayStopped)]) }) == .gap(expected: 2, found: 3))
            #expect(try journal.mark().number == 1)
            #expect(try journal.load() == LedgerState(lastRecord: 1))
            try journal.append([Sample.record(2, .gatewayStopped)])
            #expect(try journal.audit().records == 2)
        }
    }

    @Test("a number JSON can't carry is refused, and nothing is appended")
    func unwritable() throws {
        let notebook = try Notebook()
        try notebook.withJournal { journal in
            var record = Sample.record(1, .gatewayStopped)
            record.bootMilliseconds = Int64.max
            guard case .unwritable? = failure(of: { try journal.append([record]) }) else {
                Issue.record("not refused")
                return
            }
            #expect(try journal.mark().number == 0)
            try journal.append([Sample.record(1, .gatewayStopped)])
        }
    }

    @Test("a principal's events come back by sequence; what was erased is a gap in content and not in numbers")
    func events() throws {
        let notebook = try Notebook()
        try notebook.withJournal { try $0.append(Array(Sample.records.prefix(4))) }
        try notebook.tamper("DELETE FROM details WHERE n = 2")
        try notebook.withJournal { journal in
            let events = try journal.events(of: Sample.shop, after: 0, limit: 3)
            #expect(events.map(\.sequence) == [1, 2, 3])
            #expect(events.map(\.number) == [1, 2, 3])
            #expect(events.map { $0.record != nil } == [true, false, true])
            #expect(try journal.events(of: Sample.anna, after: 0, limit: 3).isEmpty)
            #expect(try journal.events(of: Sample.shop, after: 3, limit: 9).map(\.sequence) == [4])
        }
    }
}
