import GRDB

/// The journal's tables. Rows of projections are JSON of the ledger's values, sealed where the column is a blob; `records` and `details` are the append-only record.
enum Schema {
    /// `LkBr`, so that `file(1)` and a start tell a journal from another database.
    static let applicationID: Int32 = 0x4C6B_4272
    static let version = 1

    /// The statements that make tables, by the table's name.
    static var tables: [(name: String, statement: String)] {
        statements.compactMap { statement in
            let words = statement.split(separator: " ", maxSplits: 3)
            return words.starts(with: ["CREATE", "TABLE"]) ? (String(words[2]), statement) : nil
        }
    }

    static let statements = [
        "CREATE TABLE records (n INTEGER PRIMARY KEY, kind TEXT NOT NULL, at INTEGER NOT NULL, boot INTEGER NOT NULL, d BLOB NOT NULL, head BLOB NOT NULL) STRICT",
        "CREATE TABLE details (n INTEGER PRIMARY KEY, keyId TEXT NOT NULL, sealed BLOB NOT NULL) STRICT",
        "CREATE TABLE outbox (principal TEXT NOT NULL, sequence INTEGER NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (principal, sequence)) STRICT, WITHOUT ROWID",
        "CREATE TABLE used_ids (issuer TEXT NOT NULL, jti TEXT NOT NULL, hash TEXT NOT NULL, n INTEGER NOT NULL, boot TEXT NOT NULL, dropAfter INTEGER NOT NULL, PRIMARY KEY (issuer, jti)) STRICT, WITHOUT ROWID",
        "CREATE TABLE cursors (principal TEXT PRIMARY KEY, assigned INTEGER NOT NULL, acknowledged INTEGER NOT NULL) STRICT, WITHOUT ROWID",
        "CREATE TABLE obligations (operation INTEGER PRIMARY KEY, row BLOB NOT NULL) STRICT",
        "CREATE TABLE principals (id TEXT PRIMARY KEY, row TEXT NOT NULL) STRICT, WITHOUT ROWID",
        "CREATE TABLE locks (id TEXT PRIMARY KEY, row BLOB NOT NULL) STRICT, WITHOUT ROWID",
        "CREATE TABLE grants (id TEXT PRIMARY KEY, row BLOB NOT NULL) STRICT, WITHOUT ROWID",
        "CREATE TABLE uses (id TEXT PRIMARY KEY, row BLOB NOT NULL) STRICT, WITHOUT ROWID",
        "CREATE TABLE revocations (id TEXT PRIMARY KEY, row TEXT NOT NULL) STRICT, WITHOUT ROWID",
        "CREATE TABLE alarms (id TEXT PRIMARY KEY, row TEXT NOT NULL) STRICT, WITHOUT ROWID",
        "CREATE TABLE adapters (id TEXT PRIMARY KEY, row TEXT NOT NULL) STRICT, WITHOUT ROWID",
        "CREATE TABLE keys (id TEXT PRIMARY KEY, sealed BLOB NOT NULL) STRICT, WITHOUT ROWID",
        "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID",
        "INSERT INTO meta VALUES ('format', '1'), ('lastOperation', '0'), ('commissioned', '0')",
    ]
}
