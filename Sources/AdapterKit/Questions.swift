import AdapterProtocol
import Synchronization
import WireBytes

/// The adapter's own requests to the core: numbered, each answered once, given up when the task that waits is cancelled.
///
/// Its lock is its own, because a task may be cancelled by somebody who holds the session's.
final class Questions: Sendable {
    private struct State {
        var pending = PendingRequests<CheckedContinuation<JSONObject, any Error>>()
        var isOpen = false
        var nextStatePut = ContinuousClock.now
    }

    private let link: AdapterLink
    private let state = Mutex(State())

    init(link: AdapterLink) { self.link = link }

    /// The core may be asked from now on.
    func open() { state.withLock { $0.isOpen = true } }

    /// Nothing may be asked any more; who still waits is told.
    func close() {
        let waiting = state.withLock { state in
            state.isOpen = false
            return state.pending.endAll()
        }
        for continuation in waiting { continuation.resume(throwing: CancellationError()) }
    }

    /// Asks, and waits for the answer.
    /// - Throws: ``AdapterFailure`` as the core refused it, or where the answer is not what the method carries; `CancellationError` when the task was
    ///   cancelled or the process ends; then whether it was done is not known.
    func ask<Params, Answer>(_ method: RequestMethod<Params, Answer>, _ params: Params) async throws -> Answer {
        let slot = RequestSlot()
        let object = try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let problem = state.withLock { state -> (any Error)? in
                    guard state.isOpen, !slot.isCancelled else { return CancellationError() }
                    let id = state.pending.issue(continuation)
                    do throws(LineCodec.WriteRefusal) {
                        link.send(try LineCodec.request(method, id: id, params))
                    } catch {
                        _ = state.pending.abandon(id)
                        return AdapterFailure(.unsupported, "longer than a line may be")
                    }
                    slot.take(id)
                    return nil
                }
                if let problem { continuation.resume(throwing: problem) }
            }
        } onCancel: {
            slot.cancel()
            let continuation = state.withLock { state in slot.id.flatMap { state.pending.abandon($0) } }
            continuation?.resume(throwing: CancellationError())
        }
        do throws(JSONDecodingError) { return try method.result(object) } catch {
            throw AdapterFailure(.unsupported, "the core's answer to \(method.method.rawValue) is not understood: \(error)")
        }
    }

    /// When the next `state.put` may go: one a second.
    func takeStatePutTurn() -> ContinuousClock.Instant {
        state.withLock { state in
            let turn = max(state.nextStatePut, .now)
            state.nextStatePut = turn + .seconds(1)
            return turn
        }
    }

    /// An answer came.
    /// - Returns: `false` where it answers what was not asked.
    func answered(_ id: RequestID, _ result: Result<JSONObject, any Error>) -> Bool {
        switch state.withLock({ $0.pending.claim(id) }) {
        case .open(let continuation): continuation.resume(with: result)
        case .late: break
        case .answeredTwice, .neverIssued: return false
        }
        return true
    }
}

/// The number of one question, shared with the handler of its cancellation, which may come first.
private final class RequestSlot: Sendable {
    private let state = Mutex<(id: RequestID?, isCancelled: Bool)>((nil, false))

    var id: RequestID? { state.withLock { $0.id } }
    var isCancelled: Bool { state.withLock { $0.isCancelled } }
    func take(_ id: RequestID) { state.withLock { $0.id = id } }
    func cancel() { state.withLock { $0.isCancelled = true } }
}
