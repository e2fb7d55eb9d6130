import FaultyDisk
import Glibc
import LockModel
import Testing

@testable import Journal

/// More of everything, as `Tests/run --long` asks for.
let isLong = getenv("LOCKBRIDGE_LONG") != nil

/// A small journal on a disk in memory, and everything it says.
private final class Witnessed {
    let disk: FaultyDisk
    let keys: JournalKeys
    let terms: AuditTerms
    private let notebook: Notebook
    private(set) var said: Said?

    struct Said: Equatable {
        var state: LedgerState
        var records: [LockModel.Record]
        var audit: AuditResult
        var mark: JournalMark
    }

    init(_ name: String) throws {
        disk = try #require(FaultyDisk(name: name, seed: 1))
        notebook = try Notebook()
        keys = notebook.keys
        terms = notebook.terms(byLedger: true)
        let journal = try Journal(path: disk.address(of: "journal"), keys: keys)
        try journal.append(Array(Story.told().2.prefix(12)))
        try journal.close()
        said = try listen()
        disk.remember()
    }

    /// - Throws: when harm is noticed.
    private func listen() throws -> Said {
        let journal = try Journal(path: disk.address(of: "journal"), keys: keys)
        defer { try? journal.close() }
        return Said(
            state: try journal.load(), records: try journal.records(after: 0, limit: 100), audit: try journal.audit(terms),
            mark: try journal.mark())
    }

    /// Whether harm done to the file is noticed, or changes nothing of what the journal says.
    func withstands(_ harm: (FaultyDisk) -> Void) -> Bool {
        defer { disk.rollBack() }
        harm(disk)
        guard let heard = try? listen() else { return true }
        // A record that lost its key counts as erased, and the audit says how many are.
        if heard.audit.erased > 0 { return heard.state == said?.state }
        return heard == said
    }
}

@Suite("Harm to the journal's file")
struct HarmTests {
    @Test("any byte changed is noticed, or changes nothing of what the journal says")
    func flips() throws {
        let journal = try Witnessed("flips")
        let size = try #require(journal.disk.size(of: "journal"))
        var tried = 0
        for place in stride(from: 0, to: size, by: isLong ? 1 : 61) {
            #expect(journal.withstands { $0.flip("journal", at: place, mask: UInt8(1 << (place % 8))) }, "byte \(place)")
            tried += 1
        }
        #expect(tried > 500)
    }

    @Test("cut short anywhere it is noticed, or changes nothing of what the journal says")
    func cuts() throws {
        let journal = try Witnessed("cuts")
        let size = try #require(journal.disk.size(of: "journal"))
        for end in stride(from: 1, to: size, by: isLong ? 64 : 1021) {
            #expect(journal.withstands { $0.cut("journal", to: end) }, "cut to \(end)")
        }
    }
}
