import FaultyDisk
import GatewayCore
import LockModel
import Synchronization
import Testing

@testable import Journal

/// A gateway's journal on a disk that fails, and what was acknowledged.
private final class Ordeal {
    private static let made = Mutex(0)

    let disk: FaultyDisk
    let keys: JournalKeys
    /// The story in batches, and the ledger's state after so many of them.
    let batches: [[JournalEntry]]
    let states: [LedgerState]
    /// Batches that `append` returned from.
    private(set) var acknowledged = 0
    /// The end of the chain after the newest of them, which the anchor would hold.
    private(set) var anchored = JournalMark.start
    private(set) var failure: JournalFailure?

    init(seed: UInt64, batches: [[JournalEntry]], states: [LedgerState]) throws {
        let number = Ordeal.made.withLock { number in
            number += 1
            return number
        }
        disk = try #require(FaultyDisk(name: "ordeal-\(number)", seed: seed))
        keys = try Notebook.keys(seal: 7)
        self.batches = batches
        self.states = states
    }

    func open() throws -> Journal { try Journal(path: disk.address(of: "journal"), keys: keys) }

    /// Appends the story until something fails. With `isKilled` the process ends there, without a word.
    func run(isKilled: Bool = false) {
        do {
            let journal = try open()
            defer {
                if isKilled { disk.endProcess() }
                try? journal.close()
            }
            for batch in batches[acknowledged...] {
                anchored = try journal.append(batch)
                acknowledged += 1
            }
        } catch {
            failure = error as? JournalFailure
        }
    }

    /// What an honest start finds: the state after so many batches; `nil` when it would freeze.
    func found(_ terms: AuditTerms) throws -> Int? {
        let journal: Journal
        do { journal = try open() } catch { return nil }
        defer { try? journal.close() }
        let state: LedgerState
        do {
            guard try journal.mark(after: anchored.number)?.head == anchored.head else { return nil }
            _ = try journal.audit(terms)
            state = try journal.load()
        } catch {
            return nil
        }
        let place: Int = try #require(states.firstIndex(of: state), "the state is no prefix of history")
        return place
    }
}

@Suite("A journal on a faulty disk")
struct FaultyDiskTests {
    private let batches: [[JournalEntry]]
    private let states: [LedgerState]
    private let terms: AuditTerms

    init() throws {
        let (_, _, entries) = Story.told()
        batches = stride(from: 0, to: entries.count, by: 5).map { Array(entries[$0..<min($0 + 5, entries.count)]) }
        let notebook = try Notebook()
        terms = notebook.terms(byLedger: true)
        let all = batches
        states = try notebook.withJournal { journal in
            try [journal.load()]
                + all.map { batch in
                    try journal.append(batch)
                    return try journal.load()
                }
        }
    }

    private func ordeal(_ seed: UInt64) throws -> Ordeal { try Ordeal(seed: seed, batches: batches, states: states) }

    /// How many writes and syncs the whole story takes.
    private func length() throws -> UInt64 {
        let whole = try ordeal(0)
        whole.run()
        #expect(whole.failure == nil && whole.acknowledged == batches.count)
        #expect(try whole.found(terms) == batches.count)
        return whole.disk.operations
    }

    /// Every third operation, each with `LOCKBRIDGE_LONG`.
    private func sample(_ length: UInt64, from first: Int32) -> [UInt64] {
        let step: UInt64 = isLong ? 1 : 3
        return Array(stride(from: UInt64(first) % step, to: length, by: UInt64.Stride(step)))
    }

    @Test(
        "wherever the power goes, everything acknowledged is there, and nothing of what was not but whole batches",
        arguments: FaultyDisk.Kept.allCases)
    func powerLoss(kept: FaultyDisk.Kept) throws {
        for operation in 0..<(try length()) {
            let ordeal = try ordeal(operation + 1)
            ordeal.disk.plan(.crash, at: operation)
            ordeal.run()
            ordeal.disk.losePower(keeping: kept)
            let found = try #require(try ordeal.found(terms), "operation \(operation): frozen, though the disk was honest")
            #expect(found == ordeal.acknowledged || found == ordeal.acknowledged + 1, "operation \(operation)")
            ordeal.disk.plan(nil)
            let acknowledged = ordeal.acknowledged
            if found == ordeal.acknowledged { ordeal.run() }
            #expect(try ordeal.found(terms) == (found == acknowledged ? batches.count : found), "operation \(operation)")
        }
    }

    @Test(
        "a write or a sync that fails is told, and what was acknowledged stays", arguments: [FaultyDisk.Fault.failedWrite, .failedSync],
        FaultyDisk.Kept.allCases)
    func failures(fault: FaultyDisk.Fault, kept: FaultyDisk.Kept) throws {
        for operation in sample(try length(), from: fault.rawValue + kept.rawValue) {
            let ordeal = try ordeal(operation + 1)
            ordeal.disk.plan(fault, at: operation)
            ordeal.run()
            ordeal.disk.losePower(keeping: kept)
            guard let found = try ordeal.found(terms) else { continue }
            #expect(found == ordeal.acknowledged || found == ordeal.acknowledged + 1, "operation \(operation)")
        }
    }

    @Test(
        "a disk that says it synced and did not loses what was acknowledged: the start sees it by the anchor and freezes",
        arguments: FaultyDisk.Kept.allCases)
    func liar(kept: FaultyDisk.Kept) throws {
        var frozen = 0
        for operation in sample(try length(), from: kept.rawValue) {
            let ordeal = try ordeal(operation + 1)
            ordeal.disk.plan(.lostSync, at: operation)
            ordeal.run()
            ordeal.disk.losePower(keeping: kept)
            guard let found = try ordeal.found(terms) else {
                frozen += 1
                continue
            }
            #expect(found >= ordeal.acknowledged, "operation \(operation)")
        }
        #expect(frozen > 0 || kept == .all)
    }

    @Test(
        "what a start finds is durable with its first commit, though the sync of a process before it failed",
        arguments: FaultyDisk.Kept.allCases)
    func found(kept: FaultyDisk.Kept) throws {
        for operation in sample(try length(), from: kept.rawValue) {
            let ordeal = try ordeal(operation + 1)
            ordeal.disk.plan(.failedSync, at: operation)
            // What it wrote is read by the next process, from the system's memory.
            ordeal.run(isKilled: true)
            ordeal.disk.plan(nil)
            let next = try ordeal.open()
            let found = try #require(states.firstIndex(of: try next.load()) as Int?)
            for batch in batches[found...] { try next.append(batch) }
            ordeal.disk.losePower(keeping: kept)
            try? next.close()
            guard found < batches.count else { continue }
            #expect(try ordeal.found(terms) == batches.count, "operation \(operation)")
        }
    }

    @Test("a full disk is told as full, loses nothing, and the same batch goes in when there is room")
    func full() throws {
        var filled = 0
        for operation in 0..<(try length()) {
            let ordeal = try ordeal(operation + 1)
            ordeal.disk.plan(.full, at: operation)
            ordeal.run()
            guard ordeal.disk.hasStruck, let failure = ordeal.failure else { continue }
            #expect(failure.isFull, "operation \(operation): \(failure)")
            filled += 1
            ordeal.disk.plan(nil)
            #expect(try ordeal.found(terms) == ordeal.acknowledged)
            ordeal.run()
            #expect(try ordeal.found(terms) == batches.count)
        }
        #expect(filled > batches.count)
    }
}
