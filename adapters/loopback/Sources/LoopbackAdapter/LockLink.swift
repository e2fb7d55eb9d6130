import AdapterKit
import LinuxIO
import LockModel
import WireBytes

/// The one link to the virtual locks, on a thread of its own: questions with their answers, and changes told unasked.
///
/// It connects by itself, at once when it starts and each second while there is nobody. Questions asked meanwhile fail; nothing waits to
/// be sent later, so a command never reaches a lock after its time.
final class LockLink: Sendable {
    /// What happens unasked.
    enum Event: Sendable {
        case connected
        case changed(LockChange)
    }

    fileprivate enum Order: Sendable {
        case ask(LockQuestion, timeoutMilliseconds: Int64?)
        case forget(LockQuestion)
        case close
    }

    private static let maximumOrders = 4096
    private static let maximumEvents = 65_536

    /// Ends after ``close()``. Beyond 65,536 waiting events the newest are dropped; the core's readings find the state anyway.
    let events: AsyncStream<Event>
    private let orders: Mailbox<Order>
    private let numbers = Counter()

    /// Starts connecting.
    /// - Throws: ``IOFailure`` when threads or descriptors have run out.
    init(socket: String) throws(IOFailure) {
        let (stream, continuation) = AsyncStream.makeStream(of: Event.self, bufferingPolicy: .bufferingOldest(Self.maximumEvents))
        let orders = try Mailbox<Order>(capacity: Self.maximumOrders)
        events = stream
        self.orders = orders
        try DetachedThread.start(named: "locks") {
            do throws(IOFailure) {
                let thread = try LockLinkThread(socket: socket, orders: orders, events: continuation)
                try thread.run()
            } catch {
                // Without descriptors there is no link: everything asked fails below.
            }
            orders.close()
            continuation.finish()
        }
    }

    /// Asks a lock and waits for its answer.
    /// - Parameter timeoutMilliseconds: `nil` waits as long as the link holds.
    /// - Throws: ``AdapterFailure`` `deviceUnreachable` where there is no link, it breaks, or the time is over; `CancellationError`.
    func ask(_ request: LockRequest, timeoutMilliseconds: Int64?) async throws -> LockAnswer {
        let question = LockQuestion(number: numbers.next(), request)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                question.wait(continuation)
                guard orders.post(.ask(question, timeoutMilliseconds: timeoutMilliseconds)) == .accepted else {
                    return question.finish(.failure(AdapterFailure(.deviceUnreachable, "the link to the locks is overloaded or closed")))
                }
            }
        } onCancel: {
            question.finish(.failure(CancellationError()))
            _ = orders.post(.forget(question))
        }
    }

    /// Ends the link and its thread.
    func close() { _ = orders.post(.close) }
}

/// What belongs to the link's thread.
private final class LockLinkThread {
    private static let reconnectMilliseconds: Int64 = 1000
    private static let limits = LineLimits(outputBytes: 4 << 20)

    private let loop: EventLoop
    private let socket: String
    private let events: AsyncStream<LockLink.Event>.Continuation
    private var channel: LineChannel?
    private var watch: Watch?
    private var questions: [Int: (question: LockQuestion, timer: TimerToken?)] = [:]

    init(socket: String, orders: Mailbox<LockLink.Order>, events: AsyncStream<LockLink.Event>.Continuation) throws(IOFailure) {
        loop = try EventLoop()
        self.socket = socket
        self.events = events
        watch = try loop.receive(from: orders) { [weak self] orders in
            for order in orders { self?.handle(order) }
        }
    }

    func run() throws(IOFailure) {
        connect()
        try loop.run()
        channel?.close()
        watch?.cancel()
        failAll()
    }

    private func connect() {
        do {
            let descriptor = try UnixSocket.connect(socket)
            channel = try LineChannel(
                loop: loop, input: descriptor, output: descriptor, limits: Self.limits,
                onLine: { [weak self] line in self?.received(line) },
                onClosed: { [weak self] _ in self?.closed() })
            events.yield(.connected)
        } catch {
            reconnectLater()
        }
    }

    private func reconnectLater() {
        loop.schedule(afterMilliseconds: Self.reconnectMilliseconds) { [weak self] in self?.connect() }
    }

    private func closed() {
        channel = nil
        failAll()
        // At once, and then each second: locks that only hung up are met again without a pause.
        loop.schedule(afterMilliseconds: 0) { [weak self] in self?.connect() }
    }

    private func failAll() {
        for number in questions.keys.sorted() { finish(number, .failure(AdapterFailure(.deviceUnreachable, "the link broke"))) }
    }

    private func handle(_ order: LockLink.Order) {
        switch order {
        case .close: loop.stop()
        case .forget(let question): finish(question.number, .failure(CancellationError()))
        case .ask(let question, let timeout): ask(question, timeout)
        }
    }

    private func ask(_ question: LockQuestion, _ timeoutMilliseconds: Int64?) {
        guard !question.isFinished else { return }
        guard let channel, let line = try? StrictJSON.encode(question.request), channel.send(line) == .queued else {
            return question.finish(.failure(AdapterFailure(.deviceUnreachable, "nobody answers at the locks' socket")))
        }
        let number = question.number
        let timer = timeoutMilliseconds.map { delay in
            loop.schedule(afterMilliseconds: delay) { [weak self] in
                self?.finish(number, .failure(AdapterFailure(.deviceUnreachable, "the lock does not answer")))
            }
        }
        questions[number] = (question, timer)
    }

    private func received(_ line: [UInt8]) {
        guard case .object(let object)? = try? StrictJSON.parse(line, maximumDepth: 16) else { return }
        if object["event"] != nil {
            guard let change = try? StrictJSON.decode(LockChange.self, from: .object(object)) else { return }
            events.yield(.changed(change))
        } else if let number = object["n"]?.integer, let answer = try? StrictJSON.decode(LockAnswer.self, from: .object(object)) {
            finish(Int(number), .success(answer))
        }
    }

    private func finish(_ number: Int, _ result: Result<LockAnswer, any Error>) {
        guard let (question, timer) = questions.removeValue(forKey: number) else { return }
        if let timer { loop.cancel(timer) }
        question.finish(result)
    }
}
