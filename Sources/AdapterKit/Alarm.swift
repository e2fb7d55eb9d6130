import LinuxIO

/// A time that was set on the link's thread.
final class Alarm: Sendable {
    private let executor: LoopExecutor
    // Touched on the link's thread only.
    nonisolated(unsafe) var token: TimerToken?

    init(executor: LoopExecutor) { self.executor = executor }

    /// Forgets it; one that has gone off stays so.
    func cancel() {
        executor.onLoop { loop in
            if let token = self.token { loop.cancel(token) }
            self.token = nil
        }
    }
}
