import GRDB
import LockCrypto
import LockModel
import Synchronization

/// The append-only record of the gateway, with the ledger's rows beside it, in one SQLite file.
///
/// Guarantees: `append` returns only after everything it was given is durable (WAL, `synchronous=FULL` read back from the writer at opening); the
/// records and the rows they leave are one transaction; each record is chained to the one before, and its content is sealed.
/// Does not: run on a thread of its own. Its calls block; `append` belongs on a thread that may wait for a disk, the reading calls use a
/// connection of their own and never wait for a commit.
package final class Journal: Sendable {
    let writer: DatabaseQueue
    /// The end of the chain and the keys, kept from one transaction to the next; `nil` before the first and after one that failed. Nothing else
    /// writes to this file while it is open.
    private let end = Mutex<ChainEnd?>(nil)
    let reader: DatabaseQueue
    let keys: JournalKeys
    let projections: Projections
    let upcasters: Upcasters
    let path: String

    /// Opens a journal, making it if there is none.
    ///
    /// - Throws: `JournalFailure.notAJournal`, `.newerFormat`: refuse to start. `.notDurable`: a fault of this build. `.database`: the disk.
    package init(path: String, keys: JournalKeys, upcasters: Upcasters = .standard) throws(JournalFailure) {
        self.keys = keys
        self.upcasters = upcasters
        projections = Projections(keys)
        writer = try Journal.translating {
            // GRDB's own WAL mode would change a file before it is known to be ours, and set synchronous=NORMAL.
            let queue = try DatabaseQueue(path: path)
            let isNew = try queue.read { try Journal.isNew($0) }
            try queue.writeWithoutTransaction { db in
                let mode = try String.fetchOne(db, sql: "PRAGMA journal_mode = WAL") ?? ""
                guard mode == "wal" else { throw JournalFailure.database(code: 0, message: "journal_mode is \(mode), not wal") }
                try db.execute(sql: "PRAGMA synchronous = FULL; PRAGMA secure_delete = ON")
            }
            if !isNew { try queue.writeWithoutTransaction { try Journal.bringHome($0) } }
            try queue.write { try isNew ? Journal.make($0) : Journal.complete($0) }
            return queue
        }
        self.path = path
        reader = try Journal.openReader(path)
        let level = try synchronousLevel()
        guard level == 2 else { throw .notDurable(synchronous: level) }
        // The newest record is of the newest version: a later one is refused before anything is believed or written.
        do throws(JournalFailure) { _ = try record(try mark().number) } catch {
            if case .newerFormat = error { throw error }
        }
    }

    /// `PRAGMA synchronous` as the writer itself has it: 2 is FULL.
    package func synchronousLevel() throws(JournalFailure) -> Int {
        try Journal.translating { try writer.writeWithoutTransaction { try Int.fetchOne($0, sql: "PRAGMA synchronous") ?? -1 } }
    }

    /// Appends a batch and its rows in one transaction, and returns when it is durable.
    ///
    /// - Throws: `.gap` when the batch does not follow the last record, `.unwritable`: nothing was appended, a fault of ours. `.database`: whether
    ///   it was appended is not known; the gateway freezes.
    /// - Returns: the end of the chain with the batch, now durable.
    @discardableResult
    package func append(_ batch: [JournalEntry]) throws(JournalFailure) -> JournalMark {
        let rows = LatestRows(of: batch)
        return try Journal.translating {
            try writer.writeWithoutTransaction { db in
                try end.withLock { end in
                    // Compiled once: a transaction of GRDB's own compiles its statements each time.
                    try db.cachedStatement(sql: "BEGIN IMMEDIATE").execute()
                    do {
                        var chain = try end ?? ChainEnd(db, site: keys.site)
                        end = nil
                        for entry in batch { try chain.append(entry.record, in: db) }
                        for change in rows.changes { try projections.write(change, in: db) }
                        if let operation = rows.lastOperation { try projections.write(lastOperation: operation, in: db) }
                        let mark = try chain.mark
                        try db.cachedStatement(sql: "COMMIT").execute()
                        end = chain
                        return mark
                    } catch {
                        // Without it the connection would hold the transaction open; when it fails too, the first failure is the one to tell.
                        if db.isInsideTransaction { try? db.execute(sql: "ROLLBACK") }
                        throw error
                    }
                }
            }
        }
    }

    /// Whether an anchor was ever written for this journal: one without was made before there were anchors, or is being made.
    package func isAnchored() throws(JournalFailure) -> Bool {
        try Journal.translating {
            try reader.read { try String.fetchOne($0, sql: "SELECT value FROM meta WHERE name = 'anchored'") == "1" }
        }
    }

    /// Says that from here a missing anchor is a sign of harm. Call it when the first one is durable.
    package func setAnchored() throws(JournalFailure) {
        try Journal.translating { try writer.write { try $0.execute(sql: "INSERT OR REPLACE INTO meta VALUES ('anchored', '1')") } }
    }

    /// Moves what the write-ahead log holds into the journal's file, so that the log is written from its beginning again and grows no more.
    /// - Throws: `.database`: there was no room for that either, and nothing is lost by it.
    package func checkpoint() throws(JournalFailure) {
        try Journal.translating { try writer.writeWithoutTransaction { try $0.execute(sql: "PRAGMA wal_checkpoint(RESTART)") } }
    }

    /// Reads on a connection of its own, so that a long reading (an audit) keeps nobody waiting.
    func readApart<Value>(_ work: (Database) throws -> Value) throws(JournalFailure) -> Value {
        let apart = try Journal.openReader(path)
        return try Journal.translating {
            defer { try? apart.close() }
            return try apart.read(work)
        }
    }

    private static func openReader(_ path: String) throws(JournalFailure) -> DatabaseQueue {
        try translating {
            var configuration = Configuration()
            configuration.readonly = true
            return try DatabaseQueue(path: path, configuration: configuration)
        }
    }

    /// Closes both connections; call it last.
    package func close() throws(JournalFailure) {
        try Journal.translating {
            try reader.close()
            try writer.close()
        }
    }

    /// True for an empty file, false for a journal of this format; anything else is refused as it is.
    private static func isNew(_ db: Database) throws -> Bool {
        let application = try Int32.fetchOne(db, sql: "PRAGMA application_id") ?? 0
        let version = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
        let tables = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") ?? 0
        if application == 0 && version == 0 && tables == 0 { return true }
        guard application == Schema.applicationID else { throw JournalFailure.notAJournal }
        guard version <= Schema.version else { throw JournalFailure.newerFormat(version) }
        return false
    }

    private static func make(_ db: Database) throws {
        for statement in Schema.statements { try db.execute(sql: statement) }
        try db.execute(sql: "PRAGMA application_id = \(Schema.applicationID); PRAGMA user_version = \(Schema.version)")
    }

    /// Writes and syncs again what the log of the process before holds, so that what is read from here on is durable with the next commit.
    ///
    /// After a sync that failed, the log may be read whole from the system's memory and not be on the disk, where no later sync brings it: its pages
    /// count as clean. A commit after them would be acknowledged, and lost with them when the power goes.
    private static func bringHome(_ db: Database) throws {
        do {
            try db.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)")
        } catch let error as DatabaseError where error.resultCode == .SQLITE_FULL {
            // On a full disk what there is stays in the log.
        }
    }

    /// Makes the tables that an earlier version did not have yet.
    private static func complete(_ db: Database) throws {
        let known = try Set(String.fetchAll(db, sql: "SELECT name FROM sqlite_schema WHERE type = 'table'"))
        for (table, statement) in Schema.tables where !known.contains(table) { try db.execute(sql: statement) }
    }

    /// Runs what may fail and says it in our words.
    static func translating<Value>(_ work: () throws -> Value) throws(JournalFailure) -> Value {
        do {
            return try work()
        } catch let failure as JournalFailure {
            throw failure
        } catch let error as DatabaseError {
            if error.resultCode == .SQLITE_NOTADB { throw .notAJournal }
            if error.resultCode == .SQLITE_CORRUPT { throw .damaged(record: 0, what: error.message ?? "the file is malformed") }
            throw .database(code: Int(error.extendedResultCode.rawValue), message: error.message ?? "no text")
        } catch {
            throw .unwritable(String(describing: error))
        }
    }
}
