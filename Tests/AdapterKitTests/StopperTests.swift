import Synchronization
import Testing

@testable import AdapterKit

@Suite("Stopping one call")
struct StopperTests {
    private final class Steps: Sendable {
        private let steps = Mutex<[String]>([])
        var all: [String] { steps.withLock { $0 } }
        func note(_ step: String) { steps.withLock { $0.append(step) } }
    }

    @Test("work that is stopped before it begins finds itself cancelled")
    func before() async {
        let stopper = Stopper()
        stopper.stop()
        let steps = Steps()
        await withTaskGroup { group in
            group.addTask {
                await stopper.run { steps.note(Task.isCancelled ? "cancelled" : "well") }
            }
        }
        #expect(steps.all == ["cancelled"])
    }

    @Test("work that waits is cancelled, and `run` returns only when it has really ended")
    func during() async {
        let (stopper, begun, cancelled, end) = (Stopper(), Gate(), Gate(), Gate())
        let steps = Steps()
        await withTaskGroup { group in
            group.addTask {
                await stopper.run {
                    await withTaskCancellationHandler {
                        begun.open()
                        await cancelled.wait()
                        // Cancelled already, and takes its time.
                        await Task.detached { await end.wait() }.value
                        steps.note("work ended")
                    } onCancel: {
                        cancelled.open()
                    }
                }
                steps.note("run returned")
            }
            await begun.wait()
            stopper.stop()
            await cancelled.wait()
            #expect(steps.all.isEmpty)
            end.open()
        }
        #expect(steps.all == ["work ended", "run returned"])
    }

    @Test("stopping after the end, or twice, does nothing; the task goes on uncancelled")
    func after() async {
        let stopper = Stopper()
        let isCancelled = await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                await stopper.run {}
                stopper.stop()
                stopper.stop()
                return Task.isCancelled
            }
            return await group.next()
        }
        #expect(isCancelled == false)
    }

    @Test("stopped from many threads while it ends, a thousand times over, it is well")
    func races() async {
        let ends = MoveCount()
        await withTaskGroup { group in
            for _ in 0..<1000 {
                let stopper = Stopper()
                group.addTask {
                    await stopper.run { await Task.yield() }
                    ends.add()
                }
                for _ in 0..<3 { group.addTask { stopper.stop() } }
            }
        }
        #expect(ends.count == 1000)
    }
}
