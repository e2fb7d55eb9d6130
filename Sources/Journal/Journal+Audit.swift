import GRDB
import LockCrypto
import LockModel

/// The result of following the chain from the first record to the last.
package struct AuditResult: Sendable, Equatable {
    /// Records followed.
    package var records: Int64
    /// Of them, how many have no content any more because it was erased.
    package var erased: Int64
    /// The head after the last one.
    package var head: Digest
}

extension Journal {
    /// Follows the whole chain: every number there, every head right, every content the one its digest was made from.
    ///
    /// Does not find records cut off at the end together with their content, nor changed rows of projections: for the first compare the head
    /// with one kept elsewhere.
    ///
    /// `progress` is called about every thousand records with how many are done.
    /// - Throws: `.damaged` at the first record that is not as it was written; `.database`: the disk.
    package func audit(progress: (Int64) -> Void = { _ in }) throws(JournalFailure) -> AuditResult {
        try readApart { db in
            var sealing = SealingKeys(site: keys.site)
            var result = AuditResult(records: 0, erased: 0, head: .zero)
            var head = Digest.zero.bytes
            let rows = try Row.fetchCursor(
                db,
                sql: """
                    SELECT records.n, records.kind, records.at, records.boot, records.d, records.head, details.keyId, details.sealed
                    FROM records LEFT JOIN details ON details.n = records.n ORDER BY records.n
                    """)
            while let row = try rows.next() {
                let number: Int64 = row["n"]
                guard number == result.records + 1 else {
                    throw JournalFailure.damaged(record: result.records + 1, what: "it is missing")
                }
                let digest = try row.bytes("d")
                head = HashChain.head(after: head, digest: digest)
                guard try row.bytes("head") == head else { throw JournalFailure.damaged(record: number, what: "the chain breaks here") }
                try Journal.check(row, digest, sealing: &sealing, in: db, &result)
                result.records = number
                if number % 1000 == 0 { progress(number) }
            }
            if let orphan = try Int64.fetchOne(db, sql: "SELECT min(n) FROM details WHERE n > ?", arguments: [result.records]) {
                throw JournalFailure.damaged(record: orphan, what: "it is missing, and its content is not")
            }
            guard let end = Digest(head) else { throw JournalFailure.damaged(record: result.records, what: "head has not 32 bytes") }
            result.head = end
            return result
        }
    }

    private static func check(_ row: Row, _ digest: [UInt8], sealing: inout SealingKeys, in db: Database, _ result: inout AuditResult)
        throws
    {
        let number: Int64 = row["n"]
        guard (row["keyId"] as String?) != nil, let opened = try open(row, sealing: &sealing, in: db) else {
            result.erased += 1
            return
        }
        guard HashChain.digest(salt: opened.salt, content: opened.content) == digest else {
            throw JournalFailure.damaged(record: number, what: "its content is not the one its digest was made from")
        }
        guard opened.record.body.kind == row["kind"] as String else {
            throw JournalFailure.damaged(record: number, what: "its kind is not the one in its content")
        }
        guard opened.record.at.milliseconds == row["at"] as Int64, opened.record.bootMilliseconds == row["boot"] as Int64 else {
            throw JournalFailure.damaged(record: number, what: "its time is not the one in its content")
        }
    }
}
