import GRDB
import LockModel

/// A point of the chain: so many records, and the head after the last of them.
package struct JournalMark: Sendable, Equatable {
    package var number: Int64
    package var head: LockModel.Digest

    package init(number: Int64, head: LockModel.Digest) {
        self.number = number
        self.head = head
    }

    /// Before the first record.
    package static let start = JournalMark(number: 0, head: .zero)
}

extension Journal {
    /// The end of the chain, as the reader's connection sees it.
    /// - Throws: `.damaged` when the head can't be read; `.database`: the disk.
    package func mark() throws(JournalFailure) -> JournalMark {
        try Journal.translating { try reader.read { try JournalMark.last(in: $0) } }
    }

    /// The point after that record; `nil` when there is no such record.
    /// - Throws: `.damaged` when the head can't be read; `.database`: the disk.
    package func mark(after number: Int64) throws(JournalFailure) -> JournalMark? {
        if number == 0 { return .start }
        return try Journal.translating {
            try reader.read { db in
                try Row.fetchOne(db, sql: "SELECT n, head FROM records WHERE n = ?", arguments: [number]).map(JournalMark.init)
            }
        }
    }
}

extension JournalMark {
    /// Reads a row of `records`.
    init(_ row: Row) throws {
        guard let head = Digest(try row.bytes("head")) else {
            throw JournalFailure.damaged(record: try row.integer("n"), what: "head has not 32 bytes")
        }
        self.init(number: try row.integer("n"), head: head)
    }

    /// The end of the chain in one transaction.
    static func last(in db: Database) throws -> JournalMark {
        try Row.fetchOne(db, sql: "SELECT n, head FROM records ORDER BY n DESC LIMIT 1").map(JournalMark.init) ?? .start
    }
}
