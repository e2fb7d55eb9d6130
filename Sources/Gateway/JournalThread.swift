import Journal
import LinuxIO
import LockModel

/// The journal's own thread: commits one batch after another and says so.
///
/// At most one batch is ever on its way (`CommitMachine` sees to that), so the mailbox never fills. A failed commit is never tried again.
final class JournalThread {
    enum Answer: Sendable {
        case committed(Int64)
        case failed(JournalFailure)
        case audited(Int64, AuditOutcome)
        case auditProgress(Int64, Int64)
        case history(Int64, LockID, Result<[LockModel.Record], JournalFailure>)
    }

    private let jobs: Mailbox<[JournalEntry]>

    /// Starts the thread; answers come to `handler` on the loop's thread.
    init(journal: Journal, anchors: AnchorThread, loop: EventLoop, handler: @escaping (Answer) -> Void) throws(IOFailure) {
        let jobs = try Mailbox<[JournalEntry]>(capacity: 4)
        let answers = try Mailbox<Answer>(capacity: 1024)
        self.jobs = jobs
        self.answers = answers
        self.journal = journal
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
    private var watch: Watch?

    func commit(_ batch: [JournalEntry]) { _ = jobs.post(batch) }

    /// Follows the whole chain on a thread of its own and holds it against the anchor; the answer carries the ticket.
    func audit(ticket: Int64, anchor: AnchorFile) throws(IOFailure) {
        let (journal, answers) = (self.journal, self.answers)
        try DetachedThread.start(named: "audit") {
            let outcome = AuditOutcome(of: journal, anchor: anchor) { done in _ = answers.post(.auditProgress(ticket, done)) }
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

    func stop() { _ = jobs.close() }
}
