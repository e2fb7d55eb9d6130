import Foundation
import GRDB
import LockCrypto
import LockModel

/// The tables of rows as a whole: copied, and hashed in the order of their keys.
///
/// Not among them: `keys`, whose destruction is what erasure is, and which therefore is copied nowhere; `outbox`, which the records themselves name.
extension Projections {
    private struct Table {
        var name: String
        var columns: String
        var key: String
        var filter = ""
    }

    private static let tables = [
        Table(name: "principals", columns: "id, row", key: "id"), Table(name: "locks", columns: "id, row", key: "id"),
        Table(name: "grants", columns: "id, row", key: "id"), Table(name: "uses", columns: "id, row", key: "id"),
        Table(name: "revocations", columns: "id, row", key: "id"),
        Table(name: "obligations", columns: "operation, row", key: "operation"),
        Table(name: "alarms", columns: "id, row", key: "id"), Table(name: "adapters", columns: "id, row", key: "id"),
        Table(name: "used_ids", columns: "issuer, jti, hash, n, boot, dropAfter", key: "issuer, jti"),
        Table(name: "cursors", columns: "principal, assigned, acknowledged", key: "principal"),
        Table(
            name: "meta", columns: "name, value", key: "name", filter: "WHERE name IN ('commissioned', 'floor', 'lastOperation', 'trust')"),
    ]

    /// Makes the tables and fills them from another database attached under that name.
    static func copy(from other: String, in db: Database) throws {
        for table in tables {
            guard let statement = Schema.tables.first(where: { $0.name == table.name })?.statement else { continue }
            try db.execute(sql: statement)
            try db.execute(sql: "INSERT INTO \(table.name) SELECT \(table.columns) FROM \(other).\(table.name) \(table.filter)")
        }
    }

    /// Makes the tables of rows that follow from records anew, empty. The last operation number only ever rises, and stays.
    static func clear(_ db: Database) throws {
        for table in tables where table.name != "used_ids" && table.name != "meta" {
            guard let statement = Schema.tables.first(where: { $0.name == table.name })?.statement else { continue }
            try db.execute(sql: "DROP TABLE \(table.name)")
            try db.execute(sql: statement)
        }
        try db.execute(sql: "DELETE FROM meta WHERE name IN ('floor', 'trust'); UPDATE meta SET value = '0' WHERE name = 'commissioned'")
    }

    /// SHA-256 of each table: for each row in the order of the key, each value as its kind, its length and its bytes.
    static func digests(in db: Database) throws -> [JournalSnapshot.Projection] {
        try tables.map { table in
            var hash = IncrementalSHA256()
            let rows = try Row.fetchCursor(db, sql: "SELECT \(table.columns) FROM \(table.name) \(table.filter) ORDER BY \(table.key)")
            while let row = try rows.next() {
                var bytes: [UInt8] = []
                for value in row.databaseValues { append(value, to: &bytes) }
                hash.update(bytes)
            }
            guard let digest = Digest(hash.finish()) else { throw JournalFailure.unwritable("SHA-256") }
            return JournalSnapshot.Projection(name: table.name, digest: digest)
        }
    }

    private static func append(_ value: DatabaseValue, to bytes: inout [UInt8]) {
        let kind: UInt8
        let content: [UInt8]
        switch value.storage {
        case .null: (kind, content) = (0, [])
        case .int64(let number): (kind, content) = (1, SealingKeys.associatedData(number))
        case .double(let number): (kind, content) = (2, SealingKeys.associatedData(Int64(bitPattern: number.bitPattern)))
        case .string(let text): (kind, content) = (3, Array(text.utf8))
        case .blob(let data): (kind, content) = (4, Array(data))
        }
        bytes.append(kind)
        bytes += SealingKeys.associatedData(Int64(content.count))
        bytes += content
    }
}
