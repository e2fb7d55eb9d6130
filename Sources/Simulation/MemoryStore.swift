import LockModel

/// A disk in memory, which does what its faults say and nothing else.
package final class MemoryStore: RecordStore {
    private var shelf = Shelf()
    /// Batches acknowledged by a disk that lied about its sync.
    private var unsynced: [[JournalEntry]] = []
    /// Records that were acknowledged and are gone, which the anchor beside a journal tells.
    private var hasLostRecords = false

    package init() {}

    package func load() throws(StoreFailure) -> LedgerState {
        if hasLostRecords { throw .rolledBack }
        settle()
        return shelf.state
    }

    package func salvage() -> LedgerState? { shelf.state }

    package func append(_ batch: [JournalEntry], fault: DiskFault?) throws(StoreFailure) {
        switch fault {
        case nil:
            settle()
            write(batch)
        case .full: throw .full
        case .failedSync(let survives):
            if survives {
                settle()
                write(batch)
            }
            throw .failed
        case .torn: throw .powerLost
        case .lostSync: unsynced.append(batch)
        }
    }

    package func crash(power: Bool) {
        if power && !unsynced.isEmpty {
            hasLostRecords = true
            unsynced = []
        }
    }

    package func records(after number: Int64) throws(StoreFailure) -> [Record] {
        (shelf.records + unsynced.joined().map(\.record)).filter { $0.number > number }
    }

    /// What an honest sync, or the system's cache while the power stays, makes of batches that were not synced.
    private func settle() {
        for batch in unsynced { write(batch) }
        unsynced = []
    }

    private func write(_ batch: [JournalEntry]) { for entry in batch { shelf.write(entry) } }
}
