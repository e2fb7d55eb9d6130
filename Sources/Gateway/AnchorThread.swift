import Journal
import LinuxIO
import Synchronization

/// Writes the anchor after commits, on a thread of its own, so that no commit waits for it.
///
/// One write at a time, of the newest point: while the disk is busy with one anchor, later commits replace each other's. So the anchor lags by one
/// write at most, and is never ahead. A write that failed is told and made up for by the next commit's: until then the anchor only vouches for less.
final class AnchorThread: Sendable {
    private let file: AnchorFile
    private let newest = Mutex<JournalMark?>(nil)
    /// The number on disk; held during a write.
    private let written = Mutex<Int64>(-1)
    private let bell: Mailbox<Void>
    private let onFailure: @Sendable (any Error) -> Void

    /// Starts the thread. `onFailure` is called on it.
    init(_ file: AnchorFile, onFailure: @escaping @Sendable (any Error) -> Void) throws(IOFailure) {
        self.file = file
        self.onFailure = onFailure
        bell = try Mailbox<Void>(capacity: 1)
        try DetachedThread.start(named: "anchor") { [self] in
            while bell.waitForMessages() != nil { write() }
        }
    }

    /// This point is durable. Never waits.
    func note(_ mark: JournalMark) {
        newest.withLock { $0 = mark }
        _ = bell.post(())
    }

    /// Ends the thread with the newest anchor on disk; waits for it.
    func finish() {
        bell.close()
        write()
    }

    private func write() {
        written.withLock { written in
            guard
                let mark = newest.withLock({ newest in
                    defer { newest = nil }
                    return newest
                }), mark.number > written
            else { return }
            do {
                try file.write(mark)
                written = mark.number
            } catch {
                onFailure(error)
            }
        }
    }
}
