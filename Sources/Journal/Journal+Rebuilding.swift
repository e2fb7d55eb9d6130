import GRDB
import LockModel

/// Rows of a ledger with other rules: a later version may know tables, or make rows, that an earlier one did not.
extension Journal {
    /// The version of the rules its rows were made by; 0 before there was any.
    package func rules() throws(JournalFailure) -> Int {
        try Journal.translating { try reader.read { try Journal.rules($0) } }
    }

    private static func rules(_ db: Database) throws -> Int {
        try Int.fetchOne(db, sql: "SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'rules'") ?? 0
    }

    /// Makes all rows again by the present rules, from the first record on, in one transaction; follows the whole chain for it.
    ///
    /// Used ids, and how far events were acknowledged, follow from no record and stay. Where records were erased, rows that follow from them can't be made
    /// again: then all stay as they are.
    /// - Throws: as `audit`, and nothing was changed.
    package func rebuildRows(_ terms: AuditTerms, rules: Int) throws(JournalFailure) {
        var walk = ChainWalk(self, after: .start)
        var rows = FoldedRows(LedgerState(), bootID: "", by: terms.fold)
        let acknowledged = try Journal.translating {
            try reader.read { Dictionary(try Projections.cursors($0).map { ($0.principal, $0.acknowledged) }) { $1 } }
        }
        try readApart { db in
            while try walk.advance(by: 5000, in: db, visit: { _, record in if let record { _ = rows.take(record) } }) == 5000 {}
        }
        let (isWhole, end) = (walk.erased == 0, walk.mark)
        try Journal.translating {
            try writer.write { db in
                guard try JournalMark.last(in: db) == end else { throw JournalFailure.gap(expected: end.number, found: end.number + 1) }
                if isWhole {
                    try Projections.clear(db)
                    for change in rows.changes(acknowledged: acknowledged) { try projections.write(change, in: db) }
                }
                try db.execute(sql: "INSERT OR REPLACE INTO meta VALUES ('rules', ?)", arguments: [String(rules)])
            }
        }
    }
}
