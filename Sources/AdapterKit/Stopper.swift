import Synchronization

/// Ends one running piece of work from outside: cancellation for a single child of a task group, which groups don't have.
///
/// - Guarantees: work that is stopped before it begins finds itself cancelled; ``stop()`` after its end does nothing.
/// - The work's cancellation handlers run within ``stop()``, on the thread and with the locks of whoever calls it: they must not wait.
final class Stopper: Sendable {
    private enum Stage {
        case new
        case stopped
        case running(RunningTask)
        case over
    }

    /// The task that is in ``run(_:)``. `UnsafeCurrentTask` allows another thread what `Task` has too, `cancel()` among it, for as long as the
    /// body it was given to has not returned; the stage is `over`, under the lock, before that.
    private struct RunningTask: @unchecked Sendable {
        let task: UnsafeCurrentTask
    }

    private let stage = Mutex(Stage.new)

    /// Cancels the work, now or when it begins.
    func stop() {
        stage.withLock { stage in
            switch stage {
            case .new: stage = .stopped
            case .running(let running): running.task.cancel()
            case .stopped, .over: break
            }
        }
    }

    /// Runs `work` until it ends, in the calling task, which ``stop()`` cancels: a child that does nothing else. To be called once.
    func run(_ work: @Sendable () async -> Void) async {
        await withUnsafeCurrentTask { task in
            if let task {
                let running = RunningTask(task: task)
                stage.withLock { stage in
                    if case .stopped = stage { running.task.cancel() }
                    stage = .running(running)
                }
            }
            await work()
            stage.withLock { $0 = .over }
        }
    }
}
