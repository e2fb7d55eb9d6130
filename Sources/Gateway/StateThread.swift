import LinuxIO
import LockModel
import WireBytes

/// Writes adapters' states one after another on a thread of its own, and says when each is on disk.
///
/// **Bound**: 256 wait; one more is refused, and its adapter tries again.
final class StateThread {
    private struct Job: Sendable {
        var number: Int64
        var owner: AdapterStates.Owner
        /// `nil` forgets.
        var bytes: [UInt8]?
    }

    private struct Answer: Sendable {
        var number: Int64
        var failure: String?
    }

    private let jobs: Mailbox<Job>
    private var watch: Watch?
    private var waiting: [Int64: (String?) -> Void] = [:]
    private var last: Int64 = 0

    init(states: AdapterStates, loop: EventLoop) throws(IOFailure) {
        let jobs = try Mailbox<Job>(capacity: 256)
        let answers = try Mailbox<Answer>(capacity: 512)
        self.jobs = jobs
        watch = try loop.receive(from: answers) { [weak self] all in
            for answer in all { self?.waiting.removeValue(forKey: answer.number)?(answer.failure) }
        }
        try DetachedThread.start(named: "state") {
            while let batch = jobs.waitForMessages() {
                for job in batch {
                    var failure: String?
                    do {
                        if let bytes = job.bytes { try states.write(bytes, of: job.owner) } else { try states.forget(job.owner) }
                    } catch { failure = "\(error)" }
                    _ = answers.post(Answer(number: job.number, failure: failure))
                }
            }
        }
    }

    /// Writes a state; `done` is told what failed, or `nil` once it is on disk.
    func write(_ state: JSONObject, of owner: AdapterStates.Owner, done: @escaping (String?) -> Void) {
        guard let bytes = try? StrictJSON.encode(JSONValue.object(state)) else { return done("it can't be written as JSON") }
        write(bytes, of: owner, done: done)
    }

    /// Writes bytes, likewise.
    func write(_ bytes: [UInt8], of owner: AdapterStates.Owner, done: @escaping (String?) -> Void) { post(bytes, owner, done) }

    /// Forgets what was kept, after everything that waits to be written.
    func forget(_ owner: AdapterStates.Owner, done: @escaping (String?) -> Void) { post(nil, owner, done) }

    private func post(_ bytes: [UInt8]?, _ owner: AdapterStates.Owner, _ done: @escaping (String?) -> Void) {
        last += 1
        waiting[last] = done
        guard jobs.post(Job(number: last, owner: owner, bytes: bytes)) == .accepted else {
            waiting.removeValue(forKey: last)?("too many wait")
            return
        }
    }

    func stop() { jobs.close() }
}
