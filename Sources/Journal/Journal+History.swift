import GRDB
import LockModel

extension Journal {
    /// The records of the last thing that was asked of a lock, in order: from its acceptance on, or the newest alarm's where nothing was asked.
    ///
    /// Looks back over `reach` records at most, on a connection of its own; empty when there is nothing of the lock among them.
    /// - Throws: `.damaged` for a record that can't be read; `.database`: the disk.
    package func lastHistory(of lock: LockID, reach: Int = 20_000, limit: Int = 64) throws(JournalFailure) -> [LockModel.Record] {
        try readApart { db in
            var sealing = SealingKeys(site: keys.site)
            var found: [LockModel.Record] = []
            // The kinds that can be of a lock, newest first: contents of others are not opened.
            let rows = try Row.fetchCursor(
                db,
                sql: """
                    SELECT details.n, details.keyId, details.sealed FROM records JOIN details ON details.n = records.n
                    WHERE records.n > (SELECT max(n) FROM records) - ?
                    AND (kind GLOB 'lock.*' OR kind GLOB 'door.*' OR kind GLOB 'device.*' OR kind GLOB 'battery.*')
                    ORDER BY records.n DESC
                    """, arguments: [reach])
            while let row = try rows.next() {
                guard let record = try open(row, sealing: &sealing, in: db)?.record, record.body.lock == lock else { continue }
                found.append(record)
                switch record.body {
                case .unlockAccepted, .lockAccepted: return found.reversed()
                default: if found.count == limit { return found.reversed() }
                }
            }
            return found.reversed()
        }
    }
}
