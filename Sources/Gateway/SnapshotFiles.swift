import GatewayCore
import Glibc
import Journal
import LockCrypto
import LockModel

/// The home's files `snapshot-N`: the journal's rows as they were after record N, which a start begins from.
struct SnapshotFiles: Sendable {
    let home: GatewayHome
    let key: SigningKey

    /// Copies and hashes the journal's rows as they are now; commits go on meanwhile.
    ///
    /// The file is there for good when this returns. It counts once the snapshot is a record; until then the one before it stays.
    func take(of journal: Journal) throws -> JournalSnapshot {
        let newest = try journal.newestSnapshot()?.after
        removeAll(but: newest)
        let new = home.path + "/snapshot.new"
        unlink(new)
        defer { unlink(new) }
        try PrivateFile.write([], to: new)
        let snapshot = try journal.takeSnapshot(into: new, signedBy: key)
        let path = home.snapshot(after: snapshot.after)
        guard rename(new, path) == 0 else { throw GatewayHome.Failure.io(path, .last("rename")) }
        try PrivateFile.syncFolder(of: path)
        return snapshot
    }

    /// What the journal is verified with; the fold is the gateway's own ledger.
    func terms(_ settings: GatewaySettings) -> AuditTerms {
        let home = home
        return AuditTerms(key: key.verifyingKey, snapshotFile: { home.snapshot(after: $0) }) { state, bootID in
            var settings = settings
            settings.bootID = bootID
            var ledger = Ledger(state, settings: settings, bootMilliseconds: 0)
            return { ledger.apply($0) }
        }
    }

    /// Removes every copy but one.
    func removeAll(but newest: Int64? = nil) {
        guard let folder = opendir(home.path) else { return }
        defer { closedir(folder) }
        var old: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard name.hasPrefix("snapshot-"), let number = Int64(name.dropFirst(9)), number != newest else { continue }
            old.append(name)
        }
        for name in old { unlink(home.path + "/" + name) }
    }
}
