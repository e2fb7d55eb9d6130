import Glibc
import Journal
import LinuxIO
import LockCrypto

/// The home's file `anchor`, and what a start makes of it.
struct AnchorFile: Sendable {
    let path: String
    let key: SigningKey

    /// Replaces the file durably; a crash leaves the old one or the new one.
    func write(_ mark: JournalMark) throws {
        try PrivateFile.replace(Anchor(mark, signedBy: key).encoded, at: path)
    }

    /// The anchor; `nil` when there is no such file.
    func read() throws(FreezeCause) -> Anchor? {
        guard access(path, F_OK) == 0 || errno != ENOENT else { return nil }
        let bytes: [UInt8]
        do throws(GatewayHome.Failure) {
            bytes = try PrivateFile.read(path, maximumBytes: Anchor.maximumBytes)
        } catch {
            throw .anchorUnreadable("\(error)")
        }
        do throws(Anchor.Refusal) {
            return try Anchor(bytes, signedBy: key.verifyingKey)
        } catch {
            switch error {
            case .unreadable: throw .anchorUnreadable("it is no anchor")
            case .forged: throw .anchorForged
            }
        }
    }

    /// Holds a journal against its anchor: `nil` when it reaches the anchor, by the same head.
    ///
    /// - Throws: `JournalFailure`: the journal can't be read.
    func doubt(of journal: Journal) throws(JournalFailure) -> FreezeCause? {
        let anchor: Anchor?
        do throws(FreezeCause) { anchor = try read() } catch { return error }
        let end = try journal.mark()
        guard let anchor else { return end.number == 0 ? nil : .anchorMissing(found: end.number) }
        guard anchor.mark.number <= end.number, let there = try journal.mark(after: anchor.mark.number) else {
            return .rolledBack(anchored: anchor.mark.number, found: end.number)
        }
        return there.head == anchor.mark.head ? nil : .rewritten(anchored: anchor.mark.number)
    }

    /// The same at a start, where a journal that never had an anchor gets its first one.
    ///
    /// A new journal has its anchor before its first record. So records without an anchor are either of a version before anchors, which the journal
    /// itself says by lacking its mark, or somebody took the anchor away.
    /// - Throws: `GatewayHome.Failure`: the first anchor can't be written. `JournalFailure`: the journal can't be read or marked.
    func doubtAtStart(of journal: Journal) throws -> FreezeCause? {
        let isAnchored = try journal.isAnchored()
        if !isAnchored && access(path, F_OK) != 0 { try write(journal.mark()) }
        if let doubt = try doubt(of: journal) { return doubt }
        if !isAnchored { try journal.setAnchored() }
        return nil
    }
}
