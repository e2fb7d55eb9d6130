import Foundation
import GRDB

/// Blobs in and out, at the one place where GRDB wants Foundation's `Data`.
extension Row {
    /// A blob column's bytes; a column of another kind is damage.
    func bytes(_ column: String) throws -> [UInt8] {
        guard let data = Data.fromDatabaseValue(self[column] as DatabaseValue) else {
            throw JournalFailure.damaged(record: self["n"] ?? 0, what: "\(column) is not a blob")
        }
        return Array(data)
    }
}

extension [UInt8] {
    /// The bytes as a blob argument.
    var blob: Data { Data(self) }
}
