import GRDB
import LockCrypto
import LockModel

/// Follows records one after another: every number there, every head right, every content the one its digest was made from, every event addressed.
struct ChainWalk {
    private(set) var mark: JournalMark
    /// Records whose content is gone.
    private(set) var erased: Int64 = 0
    /// Events that the records address.
    private(set) var addressed: Int64 = 0
    private let journal: Journal
    private var sealing: SealingKeys

    init(_ journal: Journal, after mark: JournalMark) {
        self.journal = journal
        self.mark = mark
        sealing = SealingKeys(site: journal.keys.site)
    }

    /// Follows at most `limit` records and hands each to `visit` with its number; `nil` for one that was erased.
    /// - Returns: how many there were; fewer than `limit` at the end of the journal.
    /// - Throws: `.damaged` at the first record that is not as it was written.
    mutating func advance(by limit: Int, in db: Database, visit: (Int64, LockModel.Record?) throws -> Void) throws -> Int {
        let rows = try Row.fetchCursor(
            db,
            sql: """
                SELECT records.n, records.kind, records.at, records.boot, records.d, records.head, details.keyId, details.sealed
                FROM records LEFT JOIN details ON details.n = records.n WHERE records.n > ? ORDER BY records.n LIMIT ?
                """, arguments: [mark.number, limit])
        var count = 0
        while let row = try rows.next() {
            let record = try follow(row, in: db)
            if record == nil { erased += 1 }
            count += 1
            try visit(mark.number, record)
        }
        if count < limit { try checkNothingIsLeft(db) }
        return count
    }

    private mutating func follow(_ row: Row, in db: Database) throws -> LockModel.Record? {
        let number = try row.integer("n")
        guard number == mark.number + 1 else { throw JournalFailure.damaged(record: mark.number + 1, what: "it is missing") }
        let digest = try row.bytes("d")
        let head = HashChain.head(after: mark.head.bytes, digest: digest)
        guard try row.bytes("head") == head, let head = Digest(head) else {
            throw JournalFailure.damaged(record: number, what: "the chain breaks here")
        }
        mark = JournalMark(number: number, head: head)
        guard row.has("keyId"), let opened = try journal.open(row, sealing: &sealing, in: db) else { return nil }
        guard HashChain.digest(salt: opened.salt, content: opened.content) == digest else {
            throw JournalFailure.damaged(record: number, what: "its content is not the one its digest was made from")
        }
        guard opened.kind == (try row.text("kind")) else {
            throw JournalFailure.damaged(record: number, what: "its kind is not the one in its content")
        }
        let (at, boot) = (try row.integer("at"), try row.integer("boot"))
        guard opened.record.at.milliseconds == at, opened.record.bootMilliseconds == boot else {
            throw JournalFailure.damaged(record: number, what: "its time is not the one in its content")
        }
        try checkAddressees(of: opened.record, in: db)
        return opened.record
    }

    private mutating func checkAddressees(of record: LockModel.Record, in db: Database) throws {
        for addressee in record.addressees {
            let number = try Int64.fetchOne(
                db.cachedStatement(sql: "SELECT n FROM outbox WHERE principal = ? AND sequence = ?"),
                arguments: [addressee.principal.text, addressee.sequence])
            guard number == record.number else {
                throw JournalFailure.damaged(record: record.number, what: "its event is not the one that was addressed")
            }
        }
        addressed += Int64(record.addressees.count)
    }

    private func checkNothingIsLeft(_ db: Database) throws {
        if let orphan = try Int64.fetchOne(db, sql: "SELECT min(n) FROM details WHERE n > ?", arguments: [mark.number]) {
            throw JournalFailure.damaged(record: orphan, what: "it is missing, and its content is not")
        }
        if let orphan = try Int64.fetchOne(db, sql: "SELECT min(n) FROM outbox WHERE n > ?", arguments: [mark.number]) {
            throw JournalFailure.damaged(record: orphan, what: "it is missing, and its event is not")
        }
    }
}
