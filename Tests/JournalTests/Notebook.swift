import Foundation
import GRDB
import GatewayCore
import Glibc
import LockCrypto
import LockModel
import Testing

@testable import Journal

/// A journal in a folder of its own, which goes when the test ends.
final class Notebook {
    let folder: String
    let keys: JournalKeys
    var path: String { folder + "/journal.sqlite" }

    init(seal: UInt8 = 7) throws {
        var template = Array("/tmp/journal-XXXXXX".utf8CString)
        folder = try template.withUnsafeMutableBufferPointer { room in
            String(cString: try #require(room.baseAddress.flatMap { mkdtemp($0) }))
        }
        keys = try Notebook.keys(seal: seal)
    }

    deinit {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] { unlink(folder + "/" + name) }
        rmdir(folder)
    }

    static func keys(seal: UInt8) throws -> JournalKeys {
        var bytes = [UInt8](repeating: seal, count: 32)
        return try JournalKeys(seal: SecretBytes(wiping: &bytes))
    }

    func open() throws -> Journal { try Journal(path: path, keys: keys) }

    /// Opens, works and closes, so that the file can be looked at.
    @discardableResult
    func withJournal<Value>(_ work: (Journal) throws -> Value) throws -> Value {
        let journal = try open()
        let value = try work(journal)
        try journal.close()
        return value
    }

    /// Does what somebody with the file in hand can do.
    func tamper(_ sql: String, _ arguments: StatementArguments = []) throws {
        let queue = try DatabaseQueue(path: path)
        try queue.write { db in try db.execute(sql: sql, arguments: arguments) }
        try queue.close()
    }

    /// Puts other content in a record's place, sealed with the site's key as only a gateway can.
    func reseal(_ number: Int64, _ content: [UInt8]) throws {
        let sealed = try AESGCM256.seal(
            randomBytes(HashChain.saltLength) + content, key: keys.site, associatedData: SealingKeys.associatedData(number))
        try tamper("UPDATE details SET sealed = ?, keyId = 'site' WHERE n = ?", [sealed.blob, number])
    }

    func fetch<Value: DatabaseValueConvertible>(_ sql: String, _ type: Value.Type = Value.self) throws -> Value? {
        let queue = try DatabaseQueue(path: path)
        let value = try queue.read { try Value.fetchOne($0, sql: sql) }
        try queue.close()
        return value
    }

    /// Every byte of the journal's files.
    func bytes() -> [[UInt8]] {
        ["journal.sqlite", "journal.sqlite-wal"].map { Notebook.read(folder + "/" + $0) }
    }

    static func read(_ path: String) -> [UInt8] {
        let descriptor = Glibc.open(path, O_RDONLY)
        guard descriptor >= 0 else { return [] }
        defer { Glibc.close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            guard count > 0 else { return bytes }
            bytes += buffer[..<count]
        }
    }

    static func write(_ bytes: [UInt8], to path: String) {
        let descriptor = Glibc.open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        _ = Glibc.write(descriptor, bytes, bytes.count)
        Glibc.close(descriptor)
    }
}

/// Catches what the journal says when it fails.
func failure(of work: () throws -> Void) -> JournalFailure? {
    do {
        try work()
        return nil
    } catch {
        return error as? JournalFailure
    }
}

extension Notebook {
    /// The key that signs this notebook's snapshots.
    static let gateway: SigningKey = {
        do { return try SigningKey.generate() } catch { fatalError("no key: \(error)") }
    }()

    /// Terms under which rows follow from records by the gateway's ledger, or by no rule at all.
    func terms(byLedger: Bool = false) -> AuditTerms {
        let folder = folder
        return AuditTerms(key: Notebook.gateway.verifyingKey, snapshotFile: { folder + "/snapshot-\($0)" }) { state, bootID in
            guard byLedger else { return { _ in [] } }
            var ledger = Ledger(
                state, settings: GatewaySettings(gateway: "gw", version: "1", bootID: bootID, buses: [:]), bootMilliseconds: 0)
            return { ledger.apply($0) }
        }
    }
}

extension Journal {
    /// Audits records that no row follows from.
    func audit(progress: (Int64) -> Void = { _ in }) throws -> AuditResult {
        try audit(AuditTerms(key: Notebook.gateway.verifyingKey, snapshotFile: { _ in "" }) { _, _ in { _ in [] } }, progress: progress)
    }

    /// Appends records that change no rows.
    func append(_ records: [LockModel.Record]) throws { try append(records.map { JournalEntry(record: $0, changes: []) }) }
}
