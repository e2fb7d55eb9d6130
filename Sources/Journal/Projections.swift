import GRDB
import LockCrypto
import LockModel
import WireBytes

/// The ledger's rows: each change of a record's transaction, and all of them at a start.
///
/// Rows of `locks`, `grants`, `uses` and `obligations` rest sealed, each bound to its place: titles, tokens and deliveries stand in no file in clear.
struct Projections {
    private let key: SecretBytes

    init(_ keys: JournalKeys) { key = keys.rows }

    func write(_ change: LedgerChange, in db: Database) throws {
        switch change {
        case .principal(let row): try put("principals", row.id.text, row, in: db)
        case .lock(let row): try putSealed("locks", row.lock.text, row, in: db)
        case .lockRemoved(let lock): try db.execute(sql: "DELETE FROM locks WHERE id = ?", arguments: [lock.text])
        case .grant(let row): try putSealed("grants", row.grant.id.description, row, in: db)
        case .uses(let row): try putSealed("uses", row.grant.description, row, in: db)
        case .revocations(let row): try put("revocations", row.resident.text, row, in: db)
        case .obligation(let row):
            let sealed = try seal(StrictJSON.encode(row), "obligations", String(row.operation.value))
            try db.cachedStatement(sql: "INSERT OR REPLACE INTO obligations (operation, row) VALUES (?, ?)").execute(
                arguments: [row.operation.value, sealed.blob])
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
        case .adapter(let row): try put("adapters", row.adapter.text, row, in: db)
        case .alarmEnded(let lock): try db.cachedStatement(sql: "DELETE FROM alarms WHERE id = ?").execute(arguments: [lock.text])
        case .floor(let row):
            try db.cachedStatement(sql: "INSERT OR REPLACE INTO meta VALUES ('floor', ?)").execute(arguments: [try text(row)])
        case .trust(let row):
            try db.cachedStatement(sql: "INSERT OR REPLACE INTO meta VALUES ('trust', ?)").execute(arguments: [try text(row)])
        case .commissioned: try db.execute(sql: "UPDATE meta SET value = '1' WHERE name = 'commissioned'")
        }
    }

    /// The highest operation number ever given out, which no later start gives out again.
    func write(lastOperation: OperationNumber, in db: Database) throws {
        try db.cachedStatement(sql: "UPDATE meta SET value = max(CAST(value AS INTEGER), ?) WHERE name = 'lastOperation'").execute(
            arguments: [lastOperation.value])
    }

    /// What a start needs of a journal; with `leniently`, what can be read of it.
    func load(_ db: Database, leniently: Bool = false) throws -> LedgerState {
        var state = try rows(db, leniently: leniently)
        state.lastRecord = try Int64.fetchOne(db, sql: "SELECT max(n) FROM records") ?? 0
        return state
    }

    /// All rows, of a journal or of a snapshot's copy.
    func rows(_ db: Database, leniently: Bool = false) throws -> LedgerState {
        func all<Value: Decodable>(_ table: String, key column: String = "id", isSealed: Bool = false) throws -> [Value] {
            try rows(table, column, isSealed: isSealed, leniently: leniently, in: db)
        }
        var state = LedgerState()
        state.lastOperation = try Int64.fetchOne(db, sql: "SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'lastOperation'") ?? 0
        state.isCommissioned = try String.fetchOne(db, sql: "SELECT value FROM meta WHERE name = 'commissioned'") == "1"
        state.principals = try all("principals")
        state.locks = try all("locks", isSealed: true)
        state.grants = try all("grants", isSealed: true)
        state.uses = try all("uses", isSealed: true)
        state.revocations = try all("revocations")
        state.obligations = try all("obligations", key: "operation", isSealed: true)
        state.alarms = try all("alarms")
        state.adapters = try all("adapters")
        if leniently { return state }
        state.usedIDs = try Row.fetchAll(db, sql: "SELECT * FROM used_ids ORDER BY issuer, jti").map(Projections.usedID)
        state.cursors = try Projections.cursors(db)
        state.trust = try meta("trust", in: db)
        state.floor = try meta("floor", in: db)
        return state
    }

    /// How far each principal's events came.
    static func cursors(_ db: Database) throws -> [EventCursor] {
        try Row.fetchAll(db, sql: "SELECT * FROM cursors ORDER BY principal").map(cursor)
    }

    private func put(_ table: String, _ id: String, _ row: some Encodable, in db: Database) throws {
        try db.cachedStatement(sql: "INSERT OR REPLACE INTO \(table) (id, row) VALUES (?, ?)").execute(arguments: [id, try text(row)])
    }

    private func putSealed(_ table: String, _ id: String, _ row: some Encodable, in db: Database) throws {
        try db.cachedStatement(sql: "INSERT OR REPLACE INTO \(table) (id, row) VALUES (?, ?)").execute(
            arguments: [id, try seal(StrictJSON.encode(row), table, id).blob])
    }

    private func text(_ row: some Encodable) throws -> String { String(decoding: try StrictJSON.encode(row), as: UTF8.self) }

    private func seal(_ row: [UInt8], _ table: String, _ id: String) throws -> [UInt8] {
        try AESGCM256.seal(row, key: key, associatedData: Array("\(table):\(id)".utf8))
    }

    private func rows<Value: Decodable>(
        _ table: String, _ column: String, isSealed: Bool, leniently: Bool, in db: Database
    ) throws -> [Value] {
        let all = try Row.fetchAll(db, sql: "SELECT CAST(\(column) AS TEXT) AS id, row FROM \(table) ORDER BY \(column)")
        return try all.compactMap { row in
            do {
                guard isSealed else { return try Projections.value(Array(row.text("row").utf8)) }
                let place = Array("\(table):\(try row.text("id"))".utf8)
                return try Projections.value(AESGCM256.open(row.bytes("row"), key: key, associatedData: place))
            } catch {
                if leniently { return nil }
                throw JournalFailure.damaged(record: 0, what: "a row of \(table): \(error)")
            }
        }
    }

    private func meta<Value: Decodable>(_ name: String, in db: Database) throws -> Value? {
        guard let text = try String.fetchOne(db, sql: "SELECT value FROM meta WHERE name = ?", arguments: [name]) else { return nil }
        do {
            return try Projections.value(Array(text.utf8)) as Value
        } catch {
            throw JournalFailure.damaged(record: 0, what: "the row \(name) of meta: \(error)")
        }
    }

    private static func value<Value: Decodable>(_ json: [UInt8]) throws -> Value {
        try StrictJSON.decode(Value.self, from: StrictJSON.parse(json, maximumDepth: 16))
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
