import GRDB
import LockCrypto
import LockModel

/// The result of following the chain to the last record.
package struct AuditResult: Sendable, Equatable {
    /// Records in the journal.
    package var records: Int64
    /// Of those followed, how many have no content any more because it was erased.
    package var erased: Int64
    /// The head after the last one.
    package var head: Digest
    /// Whether the rows were made again from records and found the same; not when records they follow from were erased.
    package var rowsFollow: Bool
}

/// What an audit holds the journal against.
package struct AuditTerms: Sendable {
    /// The gateway's key, which signs snapshots.
    package var key: VerifyingKey
    /// The file of the snapshot after that record.
    package var snapshotFile: @Sendable (Int64) -> String
    package var fold: RecordFold

    package init(key: VerifyingKey, snapshotFile: @escaping @Sendable (Int64) -> String, fold: @escaping RecordFold) {
        self.key = key
        self.snapshotFile = snapshotFile
        self.fold = fold
    }
}

extension Journal {
    /// How many records are followed in one transaction, so that a long audit keeps no old pages of the journal alive.
    private static let stride = 5000

    /// Follows the whole chain: every number there, every head right, every content the one its digest was made from, every snapshot the gateway's;
    /// makes the rows again from the records, and compares them with the tables.
    ///
    /// Does not find records cut off at the end together with all that follows from them: for that hold the head against one kept elsewhere.
    ///
    /// `progress` is called about every thousand records with how many are done.
    /// - Throws: `.damaged` at the first record or table that is not as it was written; `.newerFormat`; `.database`: the disk.
    package func audit(_ terms: AuditTerms, progress: (Int64) -> Void = { _ in }) throws(JournalFailure) -> AuditResult {
        try verify(from: Base(mark: .start, state: LedgerState()), orFrom: newestBase(terms), terms, progress: progress)
    }

    /// The same from the newest snapshot only, so that a start does not depend on the length of history: the rows as they were then, by the
    /// snapshot's file, and the records since.
    ///
    /// Without a snapshot, or without its file, it follows everything.
    /// - Throws: as `audit`.
    package func verifyTail(_ terms: AuditTerms) throws(JournalFailure) -> AuditResult {
        guard let base = try newestBase(terms) else { return try audit(terms) }
        return try verify(from: base, orFrom: nil, terms, progress: { _ in })
    }

    /// Rows that can be believed, and the point of the chain they were made at.
    private struct Base {
        var mark: JournalMark
        var state: LedgerState
        /// The boot of the run it was made in.
        var bootID = ""
        /// Of its used ids, those on that boot's clock.
        var usedIDs: [UsedID] { state.usedIDs.filter { $0.bootID == bootID } }
    }

    private func newestBase(_ terms: AuditTerms) throws(JournalFailure) -> Base? {
        guard let snapshot = try newestSnapshot(), let state = state(of: snapshot, in: terms.snapshotFile(snapshot.after)) else {
            return nil
        }
        try check(snapshot, terms.key)
        let start = try Journal.translating {
            try reader.read {
                try Int64.fetchOne(
                    $0, sql: "SELECT n FROM records WHERE kind = 'gateway.started' AND n <= ? ORDER BY n DESC LIMIT 1",
                    arguments: [snapshot.after])
            }
        }
        var base = Base(mark: JournalMark(number: snapshot.after, head: snapshot.head), state: state)
        if let start, case .gatewayStarted(let run)? = try record(start)?.body { base.bootID = run.bootID }
        return base
    }

    /// Follows the chain from one base; rows that can't be made from there, because records were erased, are made from the other.
    private func verify(
        from first: Base, orFrom base: Base?, _ terms: AuditTerms, progress: (Int64) -> Void
    ) throws(JournalFailure) -> AuditResult {
        var walk = ChainWalk(self, after: first.mark)
        var rows: FoldedRows? = FoldedRows(first.state, bootID: first.bootID, by: terms.fold)
        var spent = RecentlySpent(first.usedIDs)
        var difference: String?
        var isAtEnd = false
        while !isAtEnd {
            try readApart { db in
                let count = try walk.advance(by: Journal.stride, in: db) { number, record in
                    if case .snapshotTaken(let snapshot)? = record?.body { try check(snapshot, terms.key) }
                    if let record { spent.take(record, rows?.take(record) ?? []) } else { rows = nil }
                    if rows == nil, let base, base.mark.number == number {
                        rows = FoldedRows(base.state, bootID: base.bootID, by: terms.fold)
                    }
                    if number % 1000 == 0 { progress(number) }
                }
                guard count < Journal.stride else { return }
                isAtEnd = true
                let live = try projections.load(db)
                difference = rows?.difference(from: live)
                if rows != nil, spent.isMissing(in: live.usedIDs) { difference = "used_ids" }
                if first.mark == .start && walk.erased == 0 { try Journal.checkOutbox(walk.addressed, in: db) }
            }
        }
        if let difference { throw .damaged(record: walk.mark.number, what: "the table \(difference) does not follow from the records") }
        return AuditResult(records: walk.mark.number, erased: walk.erased, head: walk.mark.head, rowsFollow: rows != nil)
    }

    private func check(_ snapshot: JournalSnapshot, _ key: VerifyingKey) throws(JournalFailure) {
        guard snapshot.isSigned(by: key) else { throw .damaged(record: snapshot.after, what: "its snapshot is not signed by this gateway") }
        guard try mark(after: snapshot.after)?.head == snapshot.head else {
            throw .damaged(record: snapshot.after, what: "its snapshot has another head")
        }
    }

    private static func checkOutbox(_ addressed: Int64, in db: Database) throws {
        guard try Int64.fetchOne(db, sql: "SELECT count(*) FROM outbox") == addressed else {
            throw JournalFailure.damaged(record: 0, what: "the table outbox has events that no record addressed")
        }
    }
}
