import Glibc
import Journal
import LinuxIO
import LockModel
import Logging

/// The journal's own thread: commits one batch after another and says so.
///
/// At most one batch is ever on its way (`CommitMachine` sees to that), so the mailbox never fills. A failed commit is never tried again.
final class JournalThread {
    enum Answer: Sendable {
        case committed(Int64)
        case failed(JournalFailure)
        /// `nil` when none could be taken.
        case snapshot(JournalSnapshot?)
        /// Without a ticket nobody asked for it.
        case audited(Int64?, AuditOutcome)
        case auditProgress(Int64, Int64)
        case history(Int64, LockID, Result<[LockModel.Record], JournalFailure>)
    }

    private let jobs: Mailbox<[JournalEntry]>

    /// Starts the thread; answers come to `handler` on the loop's thread.
    init(journal: Journal, anchors: AnchorThread, loop: EventLoop, log: Logger, handler: @escaping (Answer) -> Void) throws(IOFailure) {
        let jobs = try Mailbox<[JournalEntry]>(capacity: 4)
        let answers = try Mailbox<Answer>(capacity: 1024)
        self.jobs = jobs
        self.answers = answers
        self.journal = journal
        self.log = log
        watch = try loop.receive(from: answers) { all in for answer in all { handler(answer) } }
        try DetachedThread.start(named: "journal") {
            while let batches = jobs.waitForMessages() {
                for batch in batches {
                    guard let last = batch.last?.record.number else { continue }
                    do throws(JournalFailure) {
                        let end = try journal.append(batch)
                        _ = answers.post(.committed(last))
                        anchors.note(end)
                    } catch {
                        _ = answers.post(.failed(error))
                        return
                    }
                }
            }
        }
    }

    private let answers: Mailbox<Answer>
    private let journal: Journal
    private let log: Logger
    private var watch: Watch?

    func commit(_ batch: [JournalEntry]) { _ = jobs.post(batch) }

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
