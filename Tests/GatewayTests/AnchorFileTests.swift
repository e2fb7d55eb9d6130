import Glibc
import Journal
import LockCrypto
import LockModel
import Testing

@testable import Gateway

/// A home with a journal of so many records, and its anchor.
private final class AnchoredHome {
    let home: GatewayHome
    let journal: Journal
    let file: AnchorFile

    init(records: Int64) throws {
        var template = Array("/tmp/anchor-XXXXXX".utf8CString)
        let folder = try template.withUnsafeMutableBufferPointer { room in
            String(cString: try #require(room.baseAddress.flatMap { mkdtemp($0) }))
        }
        home = GatewayHome(path: folder)
        var seal = [UInt8](repeating: 3, count: 32)
        journal = try Journal(path: home.journal, keys: JournalKeys(seal: SecretBytes(wiping: &seal)))
        file = AnchorFile(path: home.anchor, key: try SigningKey.generate())
        for number in 0..<records { try append(number + 1) }
    }

    func append(_ number: Int64) throws {
        let record = Record(
            number: number, at: Timestamp(milliseconds: number), bootMilliseconds: number, timeTrust: .trusted, body: .gatewayStopped)
        try journal.append([JournalEntry(record: record, changes: [])])
    }

    deinit {
        try? journal.close()
        for name in ["journal.sqlite", "journal.sqlite-wal", "journal.sqlite-shm", "anchor", "anchor.new"] {
            unlink(home.path + "/" + name)
        }
        rmdir(home.path)
    }
}

@Suite("The anchor's file")
struct AnchorFileTests {
    @Test("a new journal has its anchor before its first record, and from then on needs one")
    func first() throws {
        let home = try AnchoredHome(records: 0)
        #expect(try home.file.doubtAtStart(of: home.journal) == nil)
        #expect(try home.file.read()?.mark == .start)
        #expect(try home.journal.isAnchored())
        try home.append(1)
        #expect(try home.file.doubtAtStart(of: home.journal) == nil)
        unlink(home.home.anchor)
        #expect(try home.file.doubtAtStart(of: home.journal) == .anchorMissing(found: 1))
    }

    @Test("a journal from before there were anchors gets one, once")
    func upgrade() throws {
        let home = try AnchoredHome(records: 3)
        #expect(try home.file.doubtAtStart(of: home.journal) == nil)
        #expect(try home.file.read()?.mark == home.journal.mark())
        unlink(home.home.anchor)
        #expect(try home.file.doubtAtStart(of: home.journal) == .anchorMissing(found: 3))
    }

    @Test("a journal past its anchor is believed; one behind it, or with another head there, is not")
    func positions() throws {
        let home = try AnchoredHome(records: 3)
        let end = try home.journal.mark()
        for number in Int64(0)...3 {
            try home.file.write(#require(try home.journal.mark(after: number)))
            #expect(try home.file.doubt(of: home.journal) == nil)
        }
        try home.file.write(JournalMark(number: 4, head: end.head))
        #expect(try home.file.doubt(of: home.journal) == .rolledBack(anchored: 4, found: 3))
        try home.file.write(JournalMark(number: 2, head: end.head))
        #expect(try home.file.doubt(of: home.journal) == .rewritten(anchored: 2))
    }

    @Test("the newest point is on disk when the thread has ended, however many came, and never one that did not")
    func thread() throws {
        let home = try AnchoredHome(records: 0)
        let thread = try AnchorThread(home.file) { Issue.record("\($0)") }
        for number in Int64(1)...200 {
            try home.append(number)
            thread.note(try home.journal.mark())
            if let written = try home.file.read() { #expect(written.mark.number <= number) }
        }
        thread.finish()
        #expect(try home.file.read()?.mark == home.journal.mark())
    }
}
