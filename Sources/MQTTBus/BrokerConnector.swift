import Glibc
import LinuxIO

/// Makes connections on threads of their own, since resolving a name and connecting may block for minutes.
///
/// One attempt counts at a time. One that was given up goes on in its thread until the kernel or the name service answers,
/// and is thrown away then; with eight such, no new attempt begins.
final class BrokerConnector {
    private struct Attempt: Sendable {
        let number: UInt64
        let result: Result<MosquittoHandle, ConnectionLoss>
    }

    private static let maximumThreads = 8

    private let results: Mailbox<Attempt>
    private var watch: Watch?
    private var running = 0
    private var current: UInt64 = 0
    private var answer: ((Result<MosquittoHandle, ConnectionLoss>) -> Void)?

    init(loop: EventLoop) throws(IOFailure) {
        results = try Mailbox(capacity: BrokerConnector.maximumThreads)
        watch = try loop.receive(from: results) { [weak self] attempts in
            for attempt in attempts { self?.finish(attempt) }
        }
    }

    /// Begins an attempt; its result comes on the loop, unless ``giveUp()`` comes first.
    func connect(_ settings: BusSettings, _ answer: @escaping (Result<MosquittoHandle, ConnectionLoss>) -> Void) {
        current += 1
        guard running < BrokerConnector.maximumThreads else { return answer(.failure(.timedOut)) }
        let (number, results) = (current, results)
        do throws(IOFailure) {
            try DetachedThread.start(named: "connect") {
                do throws(ConnectionLoss) {
                    _ = results.post(Attempt(number: number, result: .success(try MosquittoHandle.connect(settings))))
                } catch {
                    _ = results.post(Attempt(number: number, result: .failure(error)))
                }
            }
            running += 1
            self.answer = answer
        } catch {
            answer(.failure(.broken("\(error)")))
        }
    }

    /// Nobody waits for the attempt any more.
    func giveUp() {
        current += 1
        answer = nil
    }

    private func finish(_ attempt: Attempt) {
        running -= 1
        guard attempt.number == current, let answer else { return }
        self.answer = nil
        answer(attempt.result)
    }

    deinit {
        watch?.cancel()
        results.close()
    }
}
