import GRDB
import LockCrypto
import LockModel
import WireBytes

extension Journal {
    /// Copies the rows into a file of their own, as they are after the newest record, and hashes them.
    ///
    /// It reads in one transaction on a connection of its own: commits go on meanwhile. The file is synced when this returns; its name is the
    /// caller's to make durable. The snapshot becomes one when it is a record.
    /// - Parameter path: an empty file, or none.
    /// - Throws: `.database`: the disk; no snapshot was made. `.unwritable`: the crypto library.
    package func takeSnapshot(into path: String, signedBy key: SigningKey) throws(JournalFailure) -> JournalSnapshot {
        try Journal.translating {
            let copy = try DatabaseQueue(path: path)
            defer { try? copy.close() }
            return try copy.writeWithoutTransaction { db in
                // Made in one go and read only when whole: no journal of its own, and one sync at the end.
                try db.execute(sql: "PRAGMA journal_mode = OFF; PRAGMA synchronous = FULL")
                try db.execute(sql: "ATTACH ? AS journal", arguments: [self.path])
                var snapshot: JournalSnapshot?
                try db.inTransaction(.deferred) {
                    let mark = try JournalMark.last(in: db)
                    try Projections.copy(from: "journal", in: db)
                    let projections = try Projections.digests(in: db)
                    let signature = try key.sign(JournalSnapshot.signedBytes(mark, projections))
                    snapshot = JournalSnapshot(
                        after: mark.number, head: mark.head, projections: projections, signature: Base64URL.encode(signature))
                    return .commit
                }
                try db.execute(sql: "DETACH journal")
                guard let snapshot else { throw JournalFailure.unwritable("the snapshot") }
                return snapshot
            }
        }
    }

    /// The newest snapshot among the records, if there is one.
    /// - Throws: `.damaged` when its record can't be read; `.database`: the disk.
    package func newestSnapshot() throws(JournalFailure) -> JournalSnapshot? {
        let number = try Journal.translating {
            try reader.read { try Int64.fetchOne($0, sql: "SELECT n FROM records WHERE kind = 'gateway.snapshot' ORDER BY n DESC LIMIT 1") }
        }
        guard let number else { return nil }
        guard case .snapshotTaken(let snapshot)? = try record(number)?.body else {
            throw .damaged(record: number, what: "it is no snapshot")
        }
        return snapshot
    }

    /// The state a snapshot's file holds; `nil` when there is no such file, or its rows are not those of the snapshot.
    func state(of snapshot: JournalSnapshot, in path: String) -> LedgerState? {
        var configuration = Configuration()
        configuration.readonly = true
        guard let copy = try? DatabaseQueue(path: path, configuration: configuration) else { return nil }
        defer { try? copy.close() }
        return try? copy.read { db in
            guard try Projections.digests(in: db) == snapshot.projections else { return nil }
            return try projections.rows(db)
        }
    }
}

extension JournalSnapshot {
    /// Whether the gateway signed it.
    func isSigned(by key: VerifyingKey) -> Bool {
        guard let signature = try? Base64URL.decode(signature) else { return false }
        return key.isValidSignature(
            signature, for: JournalSnapshot.signedBytes(JournalMark(number: after, head: head), projections))
    }

    /// `lockbridge snapshot v1`, a zero byte, n as 8 bytes, the head's 32, then each projection's name, a zero byte and its hash's 32.
    static func signedBytes(_ mark: JournalMark, _ projections: [Projection]) -> [UInt8] {
        Array("lockbridge snapshot v1".utf8) + [0] + SealingKeys.associatedData(mark.number) + mark.head.bytes
            + projections.flatMap { Array($0.name.utf8) + [0] + $0.digest.bytes }
    }
}
