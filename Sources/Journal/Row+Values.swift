import Foundation
import GRDB

/// Values of columns, and blobs at the one place where GRDB wants Foundation's `Data`.
///
/// GRDB's own `row["n"]` ends the process where a damaged file has another kind of value; here that is damage, and told.
extension Row {
    /// A blob column's bytes.
    func bytes(_ column: String) throws(JournalFailure) -> [UInt8] { Array(try value(column, Data.self)) }

    /// An integer column's number.
    func integer(_ column: String) throws(JournalFailure) -> Int64 { try value(column, Int64.self) }

    /// A text column's text.
    func text(_ column: String) throws(JournalFailure) -> String { try value(column, String.self) }

    /// Whether the column has any value: a row of a join that found nothing has none.
    func has(_ column: String) -> Bool { !(self[column] as DatabaseValue).isNull }

    private func value<Value: DatabaseValueConvertible>(_ column: String, _ type: Value.Type) throws(JournalFailure) -> Value {
        guard let value = Value.fromDatabaseValue(self[column] as DatabaseValue) else {
            let number = Int64.fromDatabaseValue(self["n"] as DatabaseValue)
            throw JournalFailure.damaged(record: number ?? 0, what: "\(column) has another kind of value")
        }
        return value
    }
}

extension [UInt8] {
    /// The bytes as a blob argument.
    var blob: Data { Data(self) }
}
