import GRDB
import LockCrypto
import LockModel
import WireBytes

/// A record's content as it was sealed, and what it says.
struct OpenedRecord {
    var salt: [UInt8]
    /// R, byte for byte.
    var content: [UInt8]
    /// Its kind as it was written.
    var kind: String
    /// Lifted to the present version.
    var record: LockModel.Record
}

extension Journal {
    /// Opens a `details` row; `nil` when its key was destroyed.
    ///
    /// - Throws: `.newerFormat` for a record of a later version; `.damaged` when it does not open or can't be read.
    func open(_ row: Row, sealing: inout SealingKeys, in db: Database) throws -> OpenedRecord? {
        let number = try row.integer("n")
        do {
            guard let key = try sealing.key(named: row.text("keyId"), in: db) else { return nil }
            let opened = try AESGCM256.open(try row.bytes("sealed"), key: key, associatedData: SealingKeys.associatedData(number))
            guard opened.count > HashChain.saltLength else {
                throw JournalFailure.damaged(record: number, what: "its content is cut short")
            }
            let content = Array(opened[HashChain.saltLength...])
            let value = try StrictJSON.parse(content, maximumDepth: 16)
            let record = try LockModel.Record(stored: value, upcasters: upcasters)
            guard record.number == number else { throw JournalFailure.damaged(record: number, what: "its content is another record's") }
            return OpenedRecord(
                salt: Array(opened[..<HashChain.saltLength]), content: content,
                kind: value.object?["kind"]?.string ?? "", record: record)
        } catch let failure as JournalFailure {
            throw failure
        } catch let failure as DatabaseError {
            throw failure
        } catch {
            throw JournalFailure.damaged(record: number, what: "its content does not open: \(error)")
        }
    }
}
