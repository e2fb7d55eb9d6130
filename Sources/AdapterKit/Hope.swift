import Synchronization

/// What one task waits for and another brings, where the one that waits may go away: then who brings it is told, and keeps it.
final class Hope<Value: Sendable>: Sendable {
    private enum State {
        case open
        case waiting(CheckedContinuation<Value, any Error>)
        case fulfilled(Result<Value, any Error>)
        case over
    }

    private let state = Mutex(State.open)

    /// Whether nobody waits for it any more.
    var isGivenUp: Bool { state.withLock { if case .over = $0 { true } else { false } } }

    /// Waits; once.
    /// - Throws: what the other task failed with; `CancellationError` once given up.
    func value() async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            let result = state.withLock { state -> Result<Value, any Error>? in
                switch state {
                case .open:
                    state = .waiting(continuation)
                    return nil
                case .fulfilled(let result):
                    state = .over
                    return result
                case .waiting, .over: return .failure(CancellationError())
                }
            }
            if let result { continuation.resume(with: result) }
        }
    }

    /// Brings it.
    /// - Returns: `false` where nobody waits any more.
    func fulfil(_ result: Result<Value, any Error>) -> Bool {
        let (isTaken, continuation) = state.withLock { state -> (Bool, CheckedContinuation<Value, any Error>?) in
            switch state {
            case .open:
                state = .fulfilled(result)
                return (true, nil)
            case .waiting(let continuation):
                state = .over
                return (true, continuation)
            case .fulfilled, .over: return (false, nil)
            }
        }
        continuation?.resume(with: result)
        return isTaken
    }

    /// Waits no more. What was brought and not taken up yet is taken up all the same.
    func giveUp() {
        let continuation = state.withLock { state -> CheckedContinuation<Value, any Error>? in
            switch state {
            case .open:
                state = .over
                return nil
            case .waiting(let continuation):
                state = .over
                return continuation
            case .fulfilled, .over: return nil
            }
        }
        continuation?.resume(throwing: CancellationError())
    }
}
