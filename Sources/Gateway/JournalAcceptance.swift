import GatewayCore
import Glibc
import Journal
import LinuxIO

extension GatewayHome {
    /// Has the next start believe the journal as it is, though its anchor does not: for after an older copy was put back.
    ///
    /// The anchor that was not reached stays beside the new one, as `anchor.` and its number, to show that this was done.
    /// - Returns: the number of the last record and its head, in hexadecimal.
    /// - Throws: `Failure.running` while the gateway runs; `.damaged` when the journal is not sound in itself: nothing was changed.
    ///   `Failure`, `JournalFailure`: the disk.
    package func acceptJournal() throws -> (number: Int64, head: String) {
        let claim = try claim()
        defer { claim.close() }
        let file = AnchorFile(path: anchor, key: try readGatewayKey())
        let journal = try Journal(path: self.journal, keys: JournalKeys(seal: readSealKey()))
        defer { try? journal.close() }
        let configuration = try readConfiguration()
        let settings = GatewaySettings(
            gateway: configuration.gateway, version: "", bootID: try Clocks.bootID(), buses: [:], limits: configuration.limits)
        let terms = SnapshotFiles(home: self, key: file.key).terms(settings)
        do throws(JournalFailure) {
            _ = try journal.audit(terms)
        } catch {
            if case .damaged = error { throw Failure.damaged("\(error)") }
            throw error
        }
        let end = try journal.mark()
        if access(anchor, F_OK) == 0 {
            let number = (try? file.read())?.map { String($0.mark.number) } ?? "unreadable"
            guard rename(anchor, anchor + "." + number) == 0 else { throw Failure.io(anchor, .last("rename")) }
        }
        try file.write(end)
        try journal.setAnchored()
        return (end.number, end.head.description)
    }
}
