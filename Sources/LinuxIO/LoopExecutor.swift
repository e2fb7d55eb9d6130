import Glibc
import Synchronization

/// Runs Swift tasks on the thread of an ``EventLoop``, so that a process which waits for descriptors and for tasks alike needs one thread: a
/// line that comes in, the task that deals with it and the line that goes out are one turn, without another thread woken in between.
///
/// - Guarantees: jobs run one after another, in the order they were given from one thread; those given on the loop's thread run in the
///   same turn, 4,096 and what they started in one, then descriptors have their turn. Nothing is dropped before ``unbind()``.
/// - Does not: preempt. A task that blocks holds up the loop and every other task.
/// - Bound: none of its own, because a job must not be refused. There is one at most for each task that is alive, and those are bounded by
///   whoever starts them.
///
/// ```swift
/// await withTaskExecutorPreference(executor) { await session.run() }
/// ```
package final class LoopExecutor: TaskExecutor {
    private enum Order: Sendable {
        case job(UnownedJob)
        case call(@Sendable (EventLoop) -> Void)
    }

    /// What belongs to the loop's thread.
    private struct Inside {
        var loop: EventLoop
        var watch: Watch?
        var jobs: [UnownedJob] = []
        var isRunDue = false
    }

    private static let jobsPerTurn = 4096

    private let orders: Mailbox<Order>
    private let thread = Atomic<UInt>(0)
    // Touched on the loop's thread only, which `isCurrent` tells.
    nonisolated(unsafe) private var inside: Inside?

    /// An executor that begins to run what it is given once a loop is bound to it.
    /// - Throws: ``IOFailure`` when descriptors have run out.
    package init() throws(IOFailure) {
        orders = try Mailbox(capacity: .max)
    }

    /// Binds the loop of the calling thread.
    /// - Throws: ``IOFailure`` when the kernel takes no more watches.
    package func bind(_ loop: EventLoop) throws(IOFailure) {
        thread.store(UInt(pthread_self()), ordering: .releasing)
        inside = Inside(loop: loop)
        inside?.watch = try loop.receive(from: orders) { [weak self] orders in
            for order in orders { self?.perform(order) }
        }
    }

    /// Lets the loop go, for good, on its own thread and before that ends: another thread may come to have the same number. What is given
    /// from now on is never run.
    package func unbind() {
        orders.close()
        inside?.watch?.cancel()
        inside = nil
        thread.store(0, ordering: .releasing)
    }

    /// Whether the calling thread is the loop's.
    package var isCurrent: Bool { thread.load(ordering: .acquiring) == UInt(pthread_self()) }

    /// Calls `body` on the loop's thread: at once when that is the calling one.
    package func onLoop(_ body: @escaping @Sendable (EventLoop) -> Void) {
        if isCurrent, let loop = inside?.loop { body(loop) } else { _ = orders.post(.call(body)) }
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if isCurrent { add(job) } else { _ = orders.post(.job(job)) }
    }

    private func perform(_ order: Order) {
        switch order {
        case .job(let job): add(job)
        case .call(let body): if let loop = inside?.loop { body(loop) }
        }
    }

    private func add(_ job: UnownedJob) {
        inside?.jobs.append(job)
        guard inside?.isRunDue == false else { return }
        inside?.isRunDue = true
        inside?.loop.beforeTurnEnd { [weak self] in self?.run() }
    }

    private func run() {
        var left = LoopExecutor.jobsPerTurn
        while left > 0, let jobs = inside?.jobs, !jobs.isEmpty {
            inside?.jobs = []
            for job in jobs { job.runSynchronously(on: asUnownedTaskExecutor()) }
            left -= jobs.count
        }
        if inside?.jobs.isEmpty == true {
            inside?.isRunDue = false
        } else {
            inside?.loop.schedule(afterMilliseconds: 0) { [weak self] in self?.run() }
        }
    }
}
