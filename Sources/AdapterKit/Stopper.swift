/// Ends one waiting task from outside, once: cancellation for a single child of a task group, which groups don't have.
final class Stopper: Sendable {
    private let signal = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

    /// Ends the wait, now or when it begins.
    func stop() { signal.continuation.finish() }

    /// Returns after ``stop()``, or when the waiting task is cancelled.
    func wait() async {
        for await _ in signal.stream {}
    }

    /// Runs `work` until it ends; ``stop()`` cancels it. Returns when it has really ended.
    func run(_ work: @escaping @Sendable () async -> Void) async {
        await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                await work()
                return true
            }
            group.addTask {
                await self.wait()
                return false
            }
            for await isWorkDone in group {
                group.cancelAll()
                if isWorkDone { break }
            }
        }
    }
}
