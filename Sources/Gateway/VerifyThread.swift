import LinuxIO
import LockCrypto
import LockModel
import Tokens

/// Checks signatures on a thread of its own, in the order they were asked for.
final class VerifyThread {
    private struct Job: Sendable {
        let ticket: Int64
        let envelope: TokenEnvelope
        let key: PrincipalKey
    }

    private struct Verdict: Sendable {
        let ticket: Int64
        let isValid: Bool
    }

    private let jobs: Mailbox<Job>
    private var watch: Watch?

    /// Starts the thread; verdicts come to `handler` on the loop's thread. `capacity` is the machine's own bound on checks under way.
    init(capacity: Int, loop: EventLoop, handler: @escaping (Int64, Bool) -> Void) throws(IOFailure) {
        let jobs = try Mailbox<Job>(capacity: capacity)
        let verdicts = try Mailbox<Verdict>(capacity: capacity)
        self.jobs = jobs
        watch = try loop.receive(from: verdicts) { all in for verdict in all { handler(verdict.ticket, verdict.isValid) } }
        try DetachedThread.start(named: "verify") {
            var known: [PrincipalKey: VerifyingKey] = [:]
            while let batch = jobs.waitForMessages() {
                for job in batch {
                    if known.count > 1024 { known = [:] }
                    let key = known[job.key] ?? (try? job.key.verifyingKey())
                    known[job.key] = key
                    let isValid = key.map { VerifyThread.verifies(job.envelope, $0) } ?? false
                    _ = verdicts.post(Verdict(ticket: job.ticket, isValid: isValid))
                }
            }
        }
    }

    private static func verifies(_ envelope: TokenEnvelope, _ key: VerifyingKey) -> Bool {
        do throws(TokenRefusal) {
            try TokenVerifier.verify(envelope, with: key)
            return true
        } catch {
            return false
        }
    }

    /// Asks for one check; `false` when as many are under way as there may be.
    func verify(_ ticket: Int64, _ envelope: TokenEnvelope, _ key: PrincipalKey) -> Bool {
        jobs.post(Job(ticket: ticket, envelope: envelope, key: key)) == .accepted
    }

    func stop() { _ = jobs.close() }
}
