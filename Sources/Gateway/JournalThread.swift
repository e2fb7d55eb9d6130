import Glibc
import Journal
import LinuxIO
import LockModel
import Logging

/// The journal's own thread: commits one batch after another and says so.
///
/// At most one batch is ever on its way (`CommitMachine` sees to that), so the mailbox never fills. A commit that failed is never tried again, but for
/// one that found the disk full: it was not begun, and the reserve makes room for it.
final class JournalThread {
    enum Answer: Sendable {
        case committed(Int64)
        case failed(JournalFailure)
        /// Whether the reserve was given up, or is there again.
        case reserve(isInUse: Bool)
        /// `nil` when none could be taken.
        case snapshot(JournalSnapshot?)
        /// Without a ticket nobody asked for it.
        case audited(Int64?, AuditOutcome)
        case auditProgress(Int64, Int64)
        case history(Int64, LockID, Result<[LockModel.Record], JournalFailure>)
    }

    private enum Job: Sendable {
        case commit([JournalEntry])
        case restoreReserve
    }

    private let jobs: Mailbox<Job>

    /// Starts the thread; answers come to `handler` on the loop's thread.
    init(
        journal: Journal, anchors: AnchorThread, reserve: Reserve, loop: EventLoop, log: Logger, handler: @escaping (Answer) -> Void
    ) throws(IOFailure) {
        let jobs = try Mailbox<Job>(capacity: 4)
        let answers = try Mailbox<Answer>(capacity: 1024)
        self.jobs = jobs
        self.answers = answers
        self.journal = journal
        self.log = log
        watch = try loop.receive(from: answers) { all in for answer in all { handler(answer) } }
        try DetachedThread.start(named: "journal") {
            while let waiting = jobs.waitForMessages() {
                for job in waiting {
                    switch job {
                    case .commit(let batch):
                        do throws(JournalFailure) {
                            let end = try JournalThread.append(batch, to: journal, reserve, answers)
                            _ = answers.post(.committed(end.number))
                            anchors.note(end)
                        } catch {
                            _ = answers.post(.failed(error))
                            return
                        }
                    case .restoreReserve: if reserve.restore() { _ = answers.post(.reserve(isInUse: false)) }
                    }
                }
            }
        }
    }

    private static func append(
        _ batch: [JournalEntry], to journal: Journal, _ reserve: Reserve, _ answers: Mailbox<Answer>
    ) throws(JournalFailure) -> JournalMark {
        do throws(JournalFailure) {
            return try journal.append(batch)
        } catch {
            guard error.isFull, reserve.isThere else { throw error }
            reserve.release()
            // Told before the batch is durable, so that nothing in it opens a door any more.
            _ = answers.post(.reserve(isInUse: true))
            let end = try journal.append(batch)
            // With the log in the journal's file, it is written from its beginning again: most of what comes needs no room at all.
            try? journal.checkpoint()
            return end
        }
    }

    private let answers: Mailbox<Answer>
    private let journal: Journal
    private let log: Logger
    private var watch: Watch?

    func commit(_ batch: [JournalEntry]) { _ = jobs.post(.commit(batch)) }

    /// Keeps the reserve back again, if there is room by now.
    func restoreReserve() { _ = jobs.post(.restoreReserve) }

    /// Follows the whole chain on a thread of its own and holds it against the anchor; the answer carries the ticket.
    ///
    /// Without one it takes only the time that nobody else wants.
    func audit(ticket: Int64?, anchor: AnchorFile, terms: AuditTerms) throws(IOFailure) {
        let (journal, answers) = (self.journal, self.answers)
        try DetachedThread.start(named: "audit") {
            // Of this thread alone, as Linux has it.
            if ticket == nil { _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 19) }
            let outcome = AuditOutcome(of: journal, anchor: anchor, terms: terms) { done in
                if let ticket { _ = answers.post(.auditProgress(ticket, done)) }
            }
            _ = answers.post(.audited(ticket, outcome))
        }
    }

    /// Reads the last operation of a lock on a thread of its own; the answer carries the ticket.
    func readHistory(of lock: LockID, ticket: Int64) throws(IOFailure) {
        let (journal, answers) = (self.journal, self.answers)
        try DetachedThread.start(named: "history") {
            do throws(JournalFailure) {
                _ = answers.post(.history(ticket, lock, .success(try journal.lastHistory(of: lock))))
            } catch {
                _ = answers.post(.history(ticket, lock, .failure(error)))
            }
        }
    }

    /// Copies and hashes the rows on a thread of its own.
    func takeSnapshot(_ files: SnapshotFiles) throws(IOFailure) {
        let (journal, answers, log) = (self.journal, self.answers, self.log)
        try DetachedThread.start(named: "snapshot") {
            do {
                _ = answers.post(.snapshot(try files.take(of: journal)))
            } catch {
                log.error("no snapshot", metadata: ["error": "\(error)"])
                _ = answers.post(.snapshot(nil))
            }
        }
    }

    func stop() { _ = jobs.close() }
}
