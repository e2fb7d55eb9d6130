import FaultyDisk
import GatewayCore
import Journal
import LockCrypto
import LockModel
import Synchronization

/// The real journal on a disk that does what its faults say to single writes and syncs of SQLite's.
///
/// Beside it stands the anchor, which a real gateway writes after each commit. What was acknowledged and then lost shows by it.
package final class JournalStore: RecordStore {
    private static let made = Mutex(0)
    /// About as many operations as a commit takes, until one was counted.
    private static let usualOperations: UInt64 = 12

    private let disk: FaultyDisk
    private let keys: JournalKeys
    private let terms: AuditTerms
    private var journal: Journal?
    private var anchor = JournalMark.start
    private var operationsPerCommit = JournalStore.usualOperations
    private var losses = 0
    /// A sync failed and nothing of what it was to bring is to be found again.
    private var forgets = false

    /// Makes an empty disk with a journal. Two stores that are told the same do the same.
    package init() {
        let number = JournalStore.made.withLock { made in
            made += 1
            return made
        }
        var seal = [UInt8](repeating: 1, count: 32)
        guard let disk = FaultyDisk(name: "simulated-\(number)", seed: 1), let key = try? SigningKey.generate(),
            let keys = try? JournalKeys(seal: SecretBytes(wiping: &seal))
        else { preconditionFailure("SQLite or libsodium refuses to work") }
        self.disk = disk
        self.keys = keys
        terms = AuditTerms(key: key.verifyingKey, snapshotFile: { _ in "" }) { state, bootID in
            var ledger = Ledger(
                state, settings: GatewaySettings(gateway: "", version: "", bootID: bootID, buses: [:]), bootMilliseconds: 0)
            return { ledger.apply($0) }
        }
    }

    // The connections go before the disk they are to.
    deinit { try? journal?.close() }

    package func load() throws(StoreFailure) -> LedgerState {
        let state: LedgerState?
        do throws(JournalFailure) {
            let journal = try opened()
            if try journal.mark(after: anchor.number)?.head == anchor.head {
                _ = try journal.verifyTail(terms)
                anchor = try journal.mark()
                state = try journal.load()
            } else {
                state = nil
            }
        } catch {
            throw .damaged("\(error)")
        }
        guard let state else { throw .rolledBack }
        return state
    }

    package func append(_ batch: [JournalEntry], fault: DiskFault?) throws(StoreFailure) {
        let before = disk.operations
        switch fault {
        case nil: disk.plan(nil)
        case .full: disk.plan(.full)
        case .failedSync: disk.plan(.failedSync)
        case .torn(let thousandths): disk.plan(.crash, at: UInt64(thousandths) * operationsPerCommit / 1000)
        case .lostSync: disk.plan(.lostSync)
        }
        defer { disk.plan(nil) }
        do throws(JournalFailure) {
            let mark = try opened().append(batch)
            if case .torn = fault {} else { anchor = mark }
            operationsPerCommit = disk.operations - before
        } catch {
            switch fault {
            case .torn: throw .powerLost
            case .full: throw .full
            case .failedSync(let survives):
                forgets = !survives
                throw .failed
            case .lostSync, nil: throw .damaged("\(error)")
            }
        }
        // The commit took fewer operations than thought, and the power goes right after it.
        if case .torn = fault { throw .powerLost }
    }

    package func crash(power: Bool) {
        if power || forgets {
            // Each time another part of what was not synced survives.
            losses += 1
            let kept = FaultyDisk.Kept.allCases
            disk.losePower(keeping: forgets ? .nothing : kept[losses % kept.count])
        } else {
            disk.endProcess()
        }
        forgets = false
        // Fails, as everything does after the end of a process; the connection's memory goes.
        try? journal?.close()
        journal = nil
    }

    package func records(after number: Int64) throws(StoreFailure) -> [Record] {
        do throws(JournalFailure) {
            return try opened().records(after: number, limit: .max)
        } catch {
            throw .damaged("\(error)")
        }
    }

    private func opened() throws(JournalFailure) -> Journal {
        if let journal { return journal }
        let opened = try Journal(path: disk.address(of: "journal"), keys: keys)
        journal = opened
        return opened
    }
}
