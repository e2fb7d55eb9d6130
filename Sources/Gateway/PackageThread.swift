import AdapterHost
import LinuxIO
import LockModel

/// Checks and unpacks packages on a thread of its own, one after another, so that no relock waits for a disk.
///
/// **Bound**: 4 wait; one more is refused.
final class PackageThread {
    struct Job: Sendable {
        var number: Int64
        var name: AdapterName
        var digest: Digest
        var bytes: [UInt8]
    }

    struct Answer: Sendable {
        var number: Int64
        var result: Result<InstalledAdapter, AdapterPackages.Failure>
    }

    private let jobs: Mailbox<Job>
    private var watch: Watch?
    private var waiting: [Int64: (Result<InstalledAdapter, AdapterPackages.Failure>) -> Void] = [:]
    private var last: Int64 = 0

    init(_ packages: AdapterPackages, loop: EventLoop) throws(IOFailure) {
        let jobs = try Mailbox<Job>(capacity: 4)
        let answers = try Mailbox<Answer>(capacity: 8)
        self.jobs = jobs
        watch = try loop.receive(from: answers) { [weak self] all in
            for answer in all { self?.waiting.removeValue(forKey: answer.number)?(answer.result) }
        }
        try DetachedThread.start(named: "packages") {
            while let batch = jobs.waitForMessages() {
                for job in batch {
                    let result = Result { () throws(AdapterPackages.Failure) in try packages.keep(job.bytes, of: job.name, job.digest) }
                    _ = answers.post(Answer(number: job.number, result: result))
                }
            }
        }
    }

    /// Keeps a package; `done` is told on the loop.
    func keep(
        _ bytes: [UInt8], of name: AdapterName, _ digest: Digest,
        done: @escaping (Result<InstalledAdapter, AdapterPackages.Failure>) -> Void
    ) {
        last += 1
        waiting[last] = done
        guard jobs.post(Job(number: last, name: name, digest: digest, bytes: bytes)) == .accepted else {
            waiting.removeValue(forKey: last)?(.failure(AdapterPackages.Failure(description: "too many packages wait; try again")))
            return
        }
    }

    func stop() { jobs.close() }
}
