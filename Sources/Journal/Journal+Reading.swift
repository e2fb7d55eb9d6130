import GRDB
import LockCrypto
import LockModel

/// What the journal tells; on a connection of its own, so that a reader never waits for a commit.
extension Journal {
    /// The ledger's rows, for a start.
    /// - Throws: `.damaged` for a row that can't be read: refuse to open doors. `.database`: the disk.
    package func load() throws(JournalFailure) -> LedgerState {
        try Journal.translating { try reader.read { try projections.load($0) } }
    }

    /// What can be read of a damaged journal's rows: enough to lock by, and never to unlock by.
    package func loadWhatIsLegible() -> LedgerState {
        (try? reader.read { try projections.load($0, leniently: true) }) ?? LedgerState()
    }

    /// A record's content, or `nil` when there is no such record or its content was erased.
    /// - Throws: `.damaged` when it does not open or can't be read.
    package func record(_ number: Int64) throws(JournalFailure) -> LockModel.Record? {
        try Journal.translating {
            try reader.read { db in
                var sealing = SealingKeys(site: keys.site)
                guard let row = try Row.fetchOne(db, sql: "SELECT n, keyId, sealed FROM details WHERE n = ?", arguments: [number]) else {
                    return nil
                }
                return try open(row, sealing: &sealing, in: db)?.record
            }
        }
    }

    /// The newest records, or those after one, in order; erased ones are left out.
    package func records(after number: Int64, limit: Int) throws(JournalFailure) -> [LockModel.Record] {
        try Journal.translating {
            try reader.read { db in
                var sealing = SealingKeys(site: keys.site)
                let rows = try Row.fetchAll(
                    db, sql: "SELECT n, keyId, sealed FROM details WHERE n > ? ORDER BY n LIMIT ?", arguments: [number, limit])
                return try rows.compactMap { try open($0, sealing: &sealing, in: db)?.record }
            }
        }
    }

    /// A principal's events after a sequence, in order, each with the record it tells of; `nil` where that was erased.
    package func events(of principal: PrincipalID, after sequence: Int64, limit: Int) throws(JournalFailure) -> [(
        sequence: Int64, number: Int64, record: LockModel.Record?
    )] {
        try Journal.translating {
            try reader.read { db in
                var sealing = SealingKeys(site: keys.site)
                let rows = try Row.fetchAll(
                    db,
                    sql: """
                        SELECT outbox.sequence, outbox.n, details.keyId, details.sealed FROM outbox LEFT JOIN details ON details.n = outbox.n
                        WHERE outbox.principal = ? AND outbox.sequence > ? ORDER BY outbox.sequence LIMIT ?
                        """, arguments: [principal.text, sequence, limit])
                return try rows.map { row in
                    let record = row.has("keyId") ? try open(row, sealing: &sealing, in: db)?.record : nil
                    return (try row.integer("sequence"), try row.integer("n"), record)
                }
            }
        }
    }
}
