import Synchronization
import Testing

@testable import LinuxIO

@Suite("Tasks on a loop")
struct LoopExecutorTests {
    /// A loop on a thread of its own, with an executor bound to it.
    private final class Bound: Sendable {
        let executor: LoopExecutor
        private let ended = AsyncStream.makeStream(of: Void.self)

        init() throws {
            let executor = try LoopExecutor()
            self.executor = executor
            let continuation = ended.continuation
            try DetachedThread.start(named: "loop") {
                do {
                    let loop = try EventLoop()
                    try executor.bind(loop)
                    try loop.run()
                } catch {
                    Issue.record(error)
                }
                executor.unbind()
                continuation.finish()
            }
        }

        func end() async {
            executor.onLoop { $0.stop() }
            for await _ in ended.stream {}
        }
    }

    @Test("a task and its children run on the loop's thread, also after they have waited")
    func onThread() async throws {
        let bound = try Bound()
        let executor = bound.executor
        #expect(!executor.isCurrent)
        let places = await withTaskExecutorPreference(executor) {
            var places = [executor.isCurrent]
            places += await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<10 {
                    group.addTask {
                        await Task.yield()
                        return executor.isCurrent
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            return places + [executor.isCurrent]
        }
        #expect(places == Array(repeating: true, count: 12))
        await bound.end()
    }

    @Test("what is given before a loop is bound waits for it, in order")
    func before() throws {
        let executor = try LoopExecutor()
        let seen = Mutex<[Int]>([])
        for number in 1...3 { executor.onLoop { _ in seen.withLock { $0.append(number) } } }
        executor.onLoop { $0.stop() }
        #expect(seen.withLock { $0.isEmpty })
        try withLoop { loop in try executor.bind(loop) }
        executor.unbind()
        #expect(seen.withLock { $0 } == [1, 2, 3])
    }

    @Test("on the loop's thread a call is made at once, and a task's work before the turn ends")
    func sameTurn() throws {
        let executor = try LoopExecutor()
        let seen = Mutex<[String]>([])
        let note: @Sendable (String) -> Void = { text in seen.withLock { $0.append(text) } }
        try withLoop { loop in
            try executor.bind(loop)
            loop.onTurnEnd = {
                note("end of the turn")
                loop.stop()
            }
            loop.schedule(afterMilliseconds: 0) {
                executor.onLoop { _ in note("call") }
                Task(executorPreference: executor) {
                    note("task")
                    await Task.yield()
                    note("task again")
                }
                note("handler")
            }
        }
        executor.unbind()
        #expect(seen.withLock { $0 } == ["call", "handler", "task", "task again", "end of the turn"])
    }

    @Test("tasks that never rest leave descriptors and timers their turn")
    func fair() throws {
        let executor = try LoopExecutor()
        let isOver = Mutex(false)
        let isDone: @Sendable () -> Bool = { isOver.withLock { $0 } }
        try withLoop { loop in
            try executor.bind(loop)
            loop.schedule(afterMilliseconds: 0) {
                Task(executorPreference: executor) {
                    while !isDone() { await Task.yield() }
                    executor.onLoop { $0.stop() }
                }
            }
            loop.schedule(afterMilliseconds: 2) { isOver.withLock { $0 = true } }
        }
        executor.unbind()
        #expect(isDone())
    }

    @Test("once the loop is let go, another thread is never taken for its, and nothing is called any more")
    func unbound() throws {
        let executor = try LoopExecutor()
        try withLoop { loop in
            try executor.bind(loop)
            loop.stop()
        }
        #expect(executor.isCurrent)
        executor.unbind()
        #expect(!executor.isCurrent)
        executor.onLoop { _ in Issue.record("called") }
    }
}
