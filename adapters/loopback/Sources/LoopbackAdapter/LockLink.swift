import AdapterKit
import LinuxIO
import LockModel
import WireBytes

/// The one link to the virtual locks, on the thread of the adapter's calls: questions with their answers, and changes told unasked.
///
/// It connects by itself, at once when it starts and each second while there is nobody. Questions asked meanwhile fail; nothing waits to
/// be sent later, so a command never reaches a lock after its time.
final class LockLink: Sendable {
    /// What happens unasked.
    enum Event: Sendable {
        case connected
        case changed(ToldChange)
    }

    private static let maximumEvents = 65_536

    /// Ends after ``close()``. Beyond 65,536 waiting events the newest are dropped; the core's readings find the state anyway.
    let events: AsyncStream<Event>
    private let executor: LoopExecutor
    private let numbers = Counter()
    // Touched on the executor's thread only.
    nonisolated(unsafe) private let socket: LockSocket

    /// Starts connecting.
    init(socket path: String, executor: LoopExecutor) {
        let (stream, continuation) = AsyncStream.makeStream(of: Event.self, bufferingPolicy: .bufferingOldest(Self.maximumEvents))
        events = stream
        self.executor = executor
        socket = LockSocket(path: path, events: continuation)
        executor.onLoop { self.socket.connect($0) }
    }

    /// Asks a lock and waits for its answer.
    /// - Parameter timeoutMilliseconds: `nil` waits as long as the link holds.
    /// - Throws: ``AdapterFailure`` `deviceUnreachable` where there is no link, it breaks, or the time is over; `CancellationError`.
    func ask(_ request: LockRequest, timeoutMilliseconds: Int64?) async throws -> LockAnswer {
        let question = LockQuestion(number: numbers.next(), request)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                question.wait(continuation)
                executor.onLoop { self.socket.ask(question, timeoutMilliseconds, $0) }
            }
        } onCancel: {
            executor.onLoop { self.socket.finish(question.number, .failure(CancellationError()), $0) }
            question.finish(.failure(CancellationError()))
        }
    }

    /// Whether the lock is attached and has not been lost since; only the executor's thread can know, so elsewhere it is not.
    func isAttached(_ device: String) -> Bool { executor.isCurrent && socket.isAttached(device) }

    /// Ends the link.
    func close() { executor.onLoop { self.socket.close($0) } }
}

/// What belongs to the link's thread.
private final class LockSocket {
    private static let reconnectMilliseconds: Int64 = 1000
    private static let limits = LineLimits(outputBytes: 4 << 20)

    private let path: String
    private let events: AsyncStream<LockLink.Event>.Continuation
    private var channel: LineChannel?
    private var questions: [Int: (question: LockQuestion, timer: TimerToken?)] = [:]
    private var attached: Set<String> = []
    private var isClosed = false

    init(path: String, events: AsyncStream<LockLink.Event>.Continuation) {
        self.path = path
        self.events = events
    }

    func isAttached(_ device: String) -> Bool { attached.contains(device) }

    func connect(_ loop: EventLoop) {
        guard !isClosed else { return }
        do {
            let descriptor = try UnixSocket.connect(path)
            channel = try LineChannel(
                loop: loop, input: descriptor, output: descriptor, limits: Self.limits,
                onLine: { [weak self] line in self?.received(line, loop) },
                onClosed: { [weak self] _ in self?.hungUp(loop) })
            events.yield(.connected)
        } catch {
            loop.schedule(afterMilliseconds: Self.reconnectMilliseconds) { [weak self] in self?.connect(loop) }
        }
    }

    private func hungUp(_ loop: EventLoop) {
        channel = nil
        attached = []
        failAll(loop)
        // At once, and then each second: locks that only hung up are met again without a pause.
        loop.schedule(afterMilliseconds: 0) { [weak self] in self?.connect(loop) }
    }

    private func failAll(_ loop: EventLoop) {
        for number in questions.keys.sorted() { finish(number, .failure(AdapterFailure(.deviceUnreachable, "the link broke")), loop) }
    }

    func ask(_ question: LockQuestion, _ timeoutMilliseconds: Int64?, _ loop: EventLoop) {
        guard !question.isFinished else { return }
        guard let channel, let line = try? StrictJSON.encode(question.request), channel.send(line) == .queued else {
            return question.finish(.failure(AdapterFailure(.deviceUnreachable, "nobody answers at the locks' socket")))
        }
        let number = question.number
        let timer = timeoutMilliseconds.map { delay in
            loop.schedule(afterMilliseconds: delay) { [weak self] in
                self?.finish(number, .failure(AdapterFailure(.deviceUnreachable, "the lock does not answer")), loop)
            }
        }
        questions[number] = (question, timer)
    }

    private func received(_ line: [UInt8], _ loop: EventLoop) {
        guard case .object(let object)? = try? StrictJSON.parse(line, maximumDepth: 16) else { return }
        if let event = object["event"]?.string {
            if event == "lost", let device = object["lock"]?.string { attached.remove(device) }
            guard let change = try? StrictJSON.decode(ToldChange.self, from: .object(object)) else { return }
            events.yield(.changed(change))
        } else if let number = object["n"]?.integer, let answer = try? StrictJSON.decode(LockAnswer.self, from: .object(object)) {
            finish(Int(number), .success(answer), loop)
        }
    }

    func finish(_ number: Int, _ result: Result<LockAnswer, any Error>, _ loop: EventLoop) {
        guard let (question, timer) = questions.removeValue(forKey: number) else { return }
        if let timer { loop.cancel(timer) }
        note(question.request, result)
        question.finish(result)
    }

    private func note(_ request: LockRequest, _ result: Result<LockAnswer, any Error>) {
        switch request.do {
        case .attach: if case .success(let answer) = result, answer.ok { attached.insert(request.lock) }
        case .detach: attached.remove(request.lock)
        case .drive, .read, .configure: break
        }
    }

    func close(_ loop: EventLoop) {
        isClosed = true
        channel?.close()
        channel = nil
        attached = []
        failAll(loop)
        events.finish()
    }
}
