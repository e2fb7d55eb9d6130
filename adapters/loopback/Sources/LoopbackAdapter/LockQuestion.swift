import AdapterKit
import Synchronization

/// A question to a lock and the task that waits for its answer, exactly once answered: by the lock, by a cancellation, or, where the
/// question is lost with its link, by its own end.
final class LockQuestion: Sendable {
    private enum Stage {
        case new
        case waiting(CheckedContinuation<LockAnswer, any Error>)
        case finished(Result<LockAnswer, any Error>)
    }

    let number: Int
    let request: LockRequest
    private let stage = Mutex(Stage.new)

    init(number: Int, _ request: LockRequest) {
        self.number = number
        var numbered = request
        numbered.n = number
        self.request = numbered
    }

    var isFinished: Bool {
        stage.withLock { stage in
            if case .finished = stage { true } else { false }
        }
    }

    /// Lets a task wait; one whose question is over already goes on at once.
    func wait(_ continuation: CheckedContinuation<LockAnswer, any Error>) {
        let early = stage.withLock { stage -> Result<LockAnswer, any Error>? in
            if case .finished(let result) = stage { return result }
            stage = .waiting(continuation)
            return nil
        }
        if let early { continuation.resume(with: early) }
    }

    /// Gives the answer; a second one is ignored.
    func finish(_ result: Result<LockAnswer, any Error>) {
        let waiting = stage.withLock { stage -> CheckedContinuation<LockAnswer, any Error>? in
            defer { if case .finished = stage {} else { stage = .finished(result) } }
            if case .waiting(let continuation) = stage { return continuation }
            return nil
        }
        waiting?.resume(with: result)
    }

    deinit { finish(.failure(AdapterFailure(.deviceUnreachable, "the link to the locks has ended"))) }
}
