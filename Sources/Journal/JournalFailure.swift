/// Why the journal could not do what was asked. None of these is ever tried again behind the caller's back.
package enum JournalFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// SQLite said no: its extended result code and text. After a failed commit the gateway freezes.
    case database(code: Int, message: String)
    /// The file is another program's.
    case notAJournal
    /// Written by a newer gateway; this one refuses to start.
    case newerFormat(Int)
    /// `synchronous` is not FULL on the writer, so commits would not be durable.
    case notDurable(synchronous: Int)
    /// A record, or a row made from records, is not as it was written.
    case damaged(record: Int64, what: String)
    /// A batch does not follow the last record.
    case gap(expected: Int64, found: Int64)
    /// Something of ours could not be written as JSON; nothing was appended.
    case unwritable(String)

    /// Whether nothing was appended because the disk is full, and the same may be tried again once there is room.
    package var isFull: Bool {
        // SQLITE_FULL: raised before the commit's record is written, and the transaction is rolled back. An fsync that fails is SQLITE_IOERR.
        if case .database(13, _) = self { true } else { false }
    }

    package var description: String {
        switch self {
        case .database(let code, let message): "SQLite error \(code): \(message)"
        case .notAJournal: "the file is not a Lockbridge journal"
        case .newerFormat(let version): "the journal has format \(version), which a newer Lockbridge wrote; start that one"
        case .notDurable(let synchronous): "PRAGMA synchronous is \(synchronous) on the writer, not 2 (FULL)"
        case .damaged(let record, let what): record == 0 ? what : "record \(record): \(what)"
        case .gap(let expected, let found): "record \(found) does not follow record \(expected - 1)"
        case .unwritable(let what): "a record could not be written: \(what)"
        }
    }
}
