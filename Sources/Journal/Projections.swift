import GRDB
import LockModel
import WireBytes

/// The ledger's rows: each change of a record's transaction, and all of them at a start.
enum Projections {
    static func write(_ change: LedgerChange, in db: Database) throws {
        switch change {
        case .principal(let row): try put("principals", row.id.text, row, in: db)
        case .lock(let row): try put("locks", row.lock.text, row, in: db)
        case .lockRemoved(let lock): try db.execute(sql: "DELETE FROM locks WHERE id = ?", arguments: [lock.text])
        case .grant(let row): try put("grants", row.grant.id.description, row, in: db)
        case .uses(let row): try put("uses", row.grant.description, row, in: db)
        case .revocations(let row): try put("revocations", row.resident.text, row, in: db)
        case .obligation(let row):
            try db.cachedStatement(sql: "INSERT OR REPLACE INTO obligations (operation, row) VALUES (?, ?)").execute(
                arguments: [row.operation.value, try text(row)])
        case .obligationEnded(let operation):
            try db.cachedStatement(sql: "DELETE FROM obligations WHERE operation = ?").execute(arguments: [operation.value])
        case .usedID(let row):
            try db.cachedStatement(
                sql: "INSERT OR REPLACE INTO used_ids (issuer, jti, hash, n, boot, dropAfter) VALUES (?, ?, ?, ?, ?, ?)"
            ).execute(
                arguments: [
                    row.issuer.text, row.id.description, row.hash.description, row.record, row.bootID, row.dropAfterBootMilliseconds,
                ])
        case .usedIDDropped(let issuer, let id):
            try db.cachedStatement(sql: "DELETE FROM used_ids WHERE issuer = ? AND jti = ?").execute(arguments: [
                issuer.text, id.description,
            ])
        case .cursor(let row):
            try db.cachedStatement(sql: "INSERT OR REPLACE INTO cursors (principal, assigned, acknowledged) VALUES (?, ?, ?)").execute(
                arguments: [row.principal.text, row.assigned, row.acknowledged])
        case .alarm(let row): try put("alarms", row.lock.text, row, in: db)
        case .alarmEnded(let lock): try db.cachedStatement(sql: "DELETE FROM alarms WHERE id = ?").execute(arguments: [lock.text])
        case .floor(let row):
            try db.cachedStatement(sql: "INSERT OR REPLACE INTO meta VALUES ('floor', ?)").execute(arguments: [try text(row)])
        case .trust(let row):
            try db.cachedStatement(sql: "INSERT OR REPLACE INTO meta VALUES ('trust', ?)").execute(arguments: [try text(row)])
        case .commissioned: try db.execute(sql: "UPDATE meta SET value = '1' WHERE name = 'commissioned'")
        }
    }

    /// The highest operation number ever given out, which no later start gives out again.
    static func write(lastOperation: OperationNumber, in db: Database) throws {
        try db.cachedStatement(sql: "UPDATE meta SET value = max(CAST(value AS INTEGER), ?) WHERE name = 'lastOperation'").execute(
            arguments: [lastOperation.value])
    }

    /// What a start needs of a journal; with `leniently`, what can be read of it.
    static func load(_ db: Database, leniently: Bool = false) throws -> LedgerState {
        var state = try rows(db, leniently: leniently)
        state.lastRecord = try Int64.fetchOne(db, sql: "SELECT max(n) FROM records") ?? 0
        return state
    }

    /// All rows, of a journal or of a snapshot's copy.
    static func rows(_ db: Database, leniently: Bool = false) throws -> LedgerState {
        func rows<Value: Decodable>(_ table: String, orderedBy column: String = "id", in db: Database) throws -> [Value] {
            try Projections.rows(table, orderedBy: column, leniently: leniently, in: db)
        }
        var state = LedgerState()
        state.lastOperation = try Int64.fetchOne(db, sql: "SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'lastOperation'") ?? 0
        state.isCommissioned = try String.fetchOne(db, sql: "SELECT value FROM meta WHERE name = 'commissioned'") == "1"
        state.principals = try rows("principals", in: db)
        state.locks = try rows("locks", in: db)
        state.grants = try rows("grants", in: db)
        state.uses = try rows("uses", in: db)
        state.revocations = try rows("revocations", in: db)
        state.obligations = try rows("obligations", orderedBy: "operation", in: db)
        state.alarms = try rows("alarms", in: db)
        if leniently { return state }
        state.usedIDs = try Row.fetchAll(db, sql: "SELECT * FROM used_ids ORDER BY issuer, jti").map(usedID)
        state.cursors = try Row.fetchAll(db, sql: "SELECT * FROM cursors ORDER BY principal").map(cursor)
        state.trust = try String.fetchOne(db, sql: "SELECT value FROM meta WHERE name = 'trust'").map { try row($0, of: "meta") }
        state.floor = try String.fetchOne(db, sql: "SELECT value FROM meta WHERE name = 'floor'").map { try row($0, of: "meta") }
        return state
    }

    private static func put(_ table: String, _ id: String, _ row: some Encodable, in db: Database) throws {
        try db.cachedStatement(sql: "INSERT OR REPLACE INTO \(table) (id, row) VALUES (?, ?)").execute(arguments: [id, try text(row)])
    }

    private static func text(_ row: some Encodable) throws -> String { String(decoding: try StrictJSON.encode(row), as: UTF8.self) }

    private static func rows<Value: Decodable>(
        _ table: String, orderedBy column: String, leniently: Bool, in db: Database
    ) throws -> [Value] {
        try String.fetchAll(db, sql: "SELECT row FROM \(table) ORDER BY \(column)").compactMap { text in
            do throws(JournalFailure) {
                return try row(text, of: table)
            } catch {
                if leniently { return nil }
                throw error
            }
        }
    }

    private static func row<Value: Decodable>(_ text: String, of table: String) throws(JournalFailure) -> Value {
        do {
            return try StrictJSON.decode(Value.self, from: StrictJSON.parse(Array(text.utf8), maximumDepth: 16))
        } catch {
            throw JournalFailure.damaged(record: 0, what: "a row of \(table): \(error)")
        }
    }

    private static func usedID(_ row: Row) throws -> UsedID {
        guard let issuer = PrincipalID(try row.text("issuer")), let id = TokenID(try row.text("jti")),
            let hash = Digest(hex: try row.text("hash"))
        else {
            throw JournalFailure.damaged(record: try row.integer("n"), what: "a row of used_ids")
        }
        return UsedID(
            issuer: issuer, id: id, hash: hash, record: try row.integer("n"), bootID: try row.text("boot"),
            dropAfterBootMilliseconds: try row.integer("dropAfter"))
    }

    private static func cursor(_ row: Row) throws -> EventCursor {
        guard let principal = PrincipalID(try row.text("principal")) else {
            throw JournalFailure.damaged(record: 0, what: "a row of cursors")
        }
        return EventCursor(principal: principal, assigned: try row.integer("assigned"), acknowledged: try row.integer("acknowledged"))
    }
}
