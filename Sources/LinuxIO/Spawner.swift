import Glibc

/// Starts children for a loop: each with its limits, its user and its environment, in a session of its own, without the
/// parent's descriptors and signal settings, under no-new-privileges, and killed when this process ends, however it ends.
///
/// ```swift
/// let spawner = try Spawner(loop: loop)
/// spawner.spawn(SpawnRequest(executable: "/bin/cat")) { result in
///     if case .success(let child) = result { child.onExit = { status in print(status) } }
/// }
/// ```
package final class Spawner {
    /// Spawns under way at one time; one more fails with EAGAIN.
    private static let maximumPending = 64

    private let loop: EventLoop
    private let orders: Mailbox<SpawnOrder>
    private let answers: Mailbox<SpawnAnswer>
    private var pending: [UInt64: (Result<ChildProcess, SpawnFailure>) -> Void] = [:]
    private var nextNumber: UInt64 = 0
    private var watch: Watch?

    /// - Throws: ``IOFailure`` when descriptors or threads have run out.
    package init(loop: EventLoop) throws(IOFailure) {
        self.loop = loop
        orders = try SpawnThread.orders()
        answers = try Mailbox(capacity: Spawner.maximumPending)
        watch = try loop.receive(from: answers) { [weak self] answers in
            for answer in answers { self?.finish(answer) }
        }
    }

    /// Starts a program and tells `started` in a later turn, once it runs or cannot. Does not block.
    ///
    /// If the spawner goes before the answer, the child is started and killed unseen, and `started` is not called.
    package func spawn(_ request: SpawnRequest, started: @escaping (Result<ChildProcess, SpawnFailure>) -> Void) {
        let number = nextNumber
        nextNumber += 1
        let order = SpawnOrder(number: number, request: request, answers: answers)
        guard pending.count < Spawner.maximumPending, orders.post(order) == .accepted else {
            loop.schedule(afterMilliseconds: 0) { started(.failure(SpawnFailure(step: .request, code: EAGAIN))) }
            return
        }
        pending[number] = started
    }

    private func finish(_ answer: SpawnAnswer) {
        guard let started = pending.removeValue(forKey: answer.number) else { return }
        switch answer.result {
        case .failure(let failure): started(.failure(failure))
        case .success(let process):
            do throws(IOFailure) {
                started(.success(try ChildProcess(process, loop: loop)))
            } catch {
                process.destroy()
                started(.failure(SpawnFailure(step: .descriptors, code: error.code)))
            }
        }
    }

    deinit {
        watch?.cancel()
        for answer in answers.close() {
            if case .success(let unwanted) = answer.result { unwanted.destroy() }
        }
    }
}
