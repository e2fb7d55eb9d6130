import AdapterProtocol
import Glibc
import LinuxIO
import Logging
import WireBytes

/// One process of a child, from its start to its end: lines, phases, numbered requests, health, limits.
///
/// Whatever the child does wrong ends it, with the first cause kept; the end is told once, when the process is really gone, after every
/// request that was open has been told.
final class ChildLife {
    struct Handlers {
        var up: (InitializeResult) -> Void
        var notification: (Method, JSONObject) -> Void
        var request: (Method, JSONObject, ChildReply) -> Void
        var down: (DownCause) -> Void
        /// A line of its standard error, made visible.
        var words: (String) -> Void
    }

    private struct OpenRequest {
        let timer: TimerToken
        /// Gives the result on; `false` where its contents are not what the method carries.
        let finish: (Result<JSONObject, CallFailure>) -> Bool
    }

    /// How long the last output of an ended process may take to be read.
    private static let lastWordsMilliseconds: Int64 = 200
    private static let readBytes = 16_384

    private let plan: ChildPlan
    private let process: ChildProcess
    private let loop: EventLoop
    private let log: Logger
    private let handlers: Handlers
    /// Called for every line to it (`true`) and from it, while somebody looks.
    var onTraffic: ((Bool, [UInt8]) -> Void)?
    private(set) var phase = Phase.greeting
    private(set) var counters: ChildCounters
    private var channel: LineChannel?
    private var pending = PendingRequests<OpenRequest>()
    private var theirs: Set<RequestID> = []
    private var flood: FloodGauge?
    private var relay = StandardErrorRelay()
    private var errorWatch: Watch?
    private var timers: Set<TimerToken> = []
    private var cause: DownCause?
    private var isShutdownAnswered = false
    private var isOver = false
    /// Processor time as seen during the last window.
    private var uses: [(at: Int64, processor: Int64)] = []

    init(
        _ plan: ChildPlan, process: ChildProcess, savedState: JSONObject?, counters: ChildCounters, loop: EventLoop, log: Logger,
        handlers: Handlers
    ) throws(IOFailure) {
        self.plan = plan
        self.process = process
        self.counters = counters
        self.loop = loop
        self.log = log
        self.handlers = handlers
        flood = plan.limits.notifications.map(FloodGauge.init)
        channel = try LineChannel(
            loop: loop, input: process.standardOutput, output: process.standardInput,
            limits: LineLimits(lineBytes: LineCodec.maximumBytes, outputBytes: plan.limits.outputBytes),
            onLine: { [weak self] line in self?.received(line) },
            onClosed: { [weak self] reason in self?.channelClosed(reason) })
        try process.standardError.setNonBlocking()
        errorWatch = try loop.watch(process.standardError.number, readable: true, writable: false) { [weak self] _ in self?.readErrors() }
        process.onExit = { [weak self] status in self?.exited(status) }
        greet(savedState)
    }

    var pid: Int32 { process.pid }
    var pendingOutputBytes: Int { channel?.pendingOutputBytes ?? 0 }

    // MARK: - Sending

    /// Sends a request; `done` is called exactly once, in a later turn or at the process's end.
    func request<Params, Result>(
        _ method: RequestMethod<Params, Result>, _ params: Params, timeoutMilliseconds: Int64,
        _ done: @escaping (Swift.Result<Result, CallFailure>) -> Void
    ) {
        guard cause == nil, method.method.isAllowed(in: phase) else { return loop.soon { done(.failure(.notSent)) } }
        var id: RequestID?
        let timer = loop.schedule(afterMilliseconds: timeoutMilliseconds) { [weak self] in
            if let id { self?.expired(id) }
        }
        let open = OpenRequest(timer: timer) { answer in
            switch answer {
            case .failure(let failure): done(.failure(failure))
            case .success(let object):
                guard let result = try? method.result(object) else { return false }
                done(.success(result))
            }
            return true
        }
        let issued = pending.issue(open)
        id = issued
        guard let line = try? LineCodec.request(method, id: issued, params) else {
            // Longer than a line may be: a fault of ours, and nothing has left.
            _ = pending.abandon(issued)
            loop.cancel(timer)
            return loop.soon { done(.failure(.notSent)) }
        }
        send(line)
    }

    /// Sends a notification; `false` where it could not be, because the child is not up or does not read.
    func notify<Params>(_ method: NotificationMethod<Params>, _ params: Params) -> Bool {
        guard cause == nil, method.method.isAllowed(in: phase), let line = try? LineCodec.notification(method, params) else { return false }
        return send(line)
    }

    @discardableResult
    private func send(_ line: [UInt8]) -> Bool {
        onTraffic?(true, line)
        switch channel?.send(line) {
        case .queued: return true
        case .overflow: kill(.doesNotRead)
        case .closed, .notALine, nil: break
        }
        return false
    }

    // MARK: - Life

    private func greet(_ savedState: JSONObject?) {
        let params = InitializeParams(
            protocolVersions: plan.protocolVersions, gateway: plan.gateway, config: plan.config, adapterState: savedState,
            limits: .init(inFlight: plan.limits.inFlight, observedPerSecond: (plan.limits.notifications?.perMinute ?? 6000) / 60))
        request(.initialize, params, timeoutMilliseconds: plan.timings.greetingMilliseconds) { [weak self] answer in
            self?.greeted(answer)
        }
        every(plan.timings.useEveryMilliseconds) { [weak self] in self?.lookAtUse() }
    }

    private func greeted(_ answer: Result<InitializeResult, CallFailure>) {
        switch answer {
        case .success(let result):
            guard plan.protocolVersions.contains(result.protocolVersion) else {
                return kill(.wrongIdentity("it speaks version \(result.protocolVersion)"))
            }
            if let identity = plan.identity, identity != ChildPlan.Identity(name: result.name, version: result.version) {
                return kill(.wrongIdentity(VisibleText.of("\(result.name) \(result.version)")))
            }
            guard phase == .greeting, cause == nil else { return }
            phase = .ready
            every(plan.timings.healthEveryMilliseconds) { [weak self] in self?.askHealth() }
            handlers.up(result)
        case .failure(.refused(let error)): kill(.refusedGreeting(VisibleText.of(error.message)))
        case .failure(.noAnswer): kill(.noGreeting)
        case .failure(.notSent): kill(.notStarted("the configuration is longer than a line may be"))
        case .failure(.gone): break
        }
    }

    private func askHealth() {
        guard phase == .ready else { return }
        request(.health, Nothing(), timeoutMilliseconds: plan.timings.healthAnswerMilliseconds) { [weak self] answer in
            if case .failure(.noAnswer) = answer { self?.kill(.silent) }
        }
    }

    /// Memory now, and processor time over the last window, of the child and all it has started.
    private func lookAtUse() {
        let use = ProcessUse.ofChild(process.pid, user: plan.user)
        if use.residentBytes > plan.limits.memoryBytes { return kill(.tooMuchMemory(bytes: use.residentBytes)) }
        guard let share = plan.limits.processorPercent else { return }
        let now = Clocks.bootMilliseconds()
        uses.append((now, use.processorMilliseconds))
        let window = plan.timings.processorWindowMilliseconds
        while uses.count > 1 && uses[1].at <= now - window { uses.removeFirst() }
        let (since, before) = uses[0]
        if now - since >= window && (use.processorMilliseconds - before) * 100 > (now - since) * Int64(share) { kill(.tooMuchProcessor) }
    }

    /// Asks the child to end; kills it when that takes too long.
    func shutdown() {
        guard phase == .ready, cause == nil else { return kill(.stopped) }
        let limit = plan.timings.shutdownMilliseconds
        request(.shutdown, Nothing(), timeoutMilliseconds: limit) { [weak self] answer in
            if case .success = answer { self?.isShutdownAnswered = true }
        }
        phase = .draining
        after(limit) { [weak self] in self?.kill(.didNotStop) }
    }

    /// Ends the process; the first cause stands.
    func kill(_ cause: DownCause) {
        guard !isOver, self.cause == nil else { return }
        self.cause = cause
        channel?.close()
        channel = nil
        process.kill(SIGKILL)
    }

    private func exited(_ status: ChildExit) {
        if cause == nil, phase == .draining, status == .exited(0), isShutdownAnswered { cause = .stopped }
        guard channel != nil else { return end(cause ?? .exited(status)) }
        // What it said last may still be in the pipe; one of its own children may hold that open for ever.
        after(ChildLife.lastWordsMilliseconds) { [weak self] in self?.end(self?.lateCause(status) ?? .exited(status)) }
    }

    private func lateCause(_ status: ChildExit) -> DownCause? {
        if cause == nil, phase == .draining, status == .exited(0), isShutdownAnswered { return .stopped }
        return cause
    }

    private func channelClosed(_ reason: LineChannel.CloseReason) {
        channel = nil
        if let status = process.exitStatus { return end(lateCause(status) ?? .exited(status)) }
        switch reason {
        case .endOfStream, .sent, .ioError:
            // It is ending, or it hides. Either shows soon.
            after(ChildLife.lastWordsMilliseconds) { [weak self] in
                guard let self, phase != .draining else { return }
                kill(.closedOutput)
            }
        case .lineTooLong: kill(.malformed("\(LineRefusal.tooLong)"))
        case .outputOverflow: kill(.doesNotRead)
        }
    }

    private func end(_ cause: DownCause) {
        guard !isOver else { return }
        isOver = true
        self.cause = cause
        channel?.close()
        channel = nil
        readErrors()
        if let line = relay.end(at: Clocks.bootMilliseconds()) { forward(line) }
        errorWatch?.cancel()
        errorWatch = nil
        process.standardError.close()
        for timer in timers { loop.cancel(timer) }
        for open in pending.endAll() {
            loop.cancel(open.timer)
            _ = open.finish(.failure(.gone(cause)))
        }
        counters.droppedLogLines += relay.dropped
        handlers.down(cause)
    }

    // MARK: - Lines

    private func received(_ line: [UInt8]) {
        onTraffic?(false, line)
        let message: Message
        do throws(LineRefusal) { message = try LineCodec.read(line) } catch { return kill(.malformed("\(error)")) }
        switch message {
        case .result(let id, let result): answered(id, .success(result))
        case .failure(let id, let error): answered(id, .failure(.refused(error)))
        case .notification(let method, let params): notified(method, params)
        case .request(let id, let method, let params): requested(id, method, params)
        }
    }

    private func answered(_ id: RequestID, _ answer: Result<JSONObject, CallFailure>) {
        switch pending.claim(id) {
        case .open(let open):
            loop.cancel(open.timer)
            if !open.finish(answer) {
                kill(.malformed("a result that is not what its method carries"))
                _ = open.finish(.failure(.gone(.malformed("its result"))))
            }
        case .late: counters.lateAnswers += 1
        case .answeredTwice: kill(.answeredTwice)
        case .neverIssued: kill(.inventedAnswer)
        }
    }

    private func expired(_ id: RequestID) {
        guard let open = pending.abandon(id) else { return }
        _ = open.finish(.failure(.noAnswer))
        if pending.tooManyAbandoned { kill(.silent) }
    }

    private func notified(_ name: String, _ params: JSONObject) {
        guard phase != .greeting else { return kill(.outOfPhase("a notification before its answer to initialize")) }
        if flood?.admit(at: Clocks.bootMilliseconds()) == false { return kill(.flood) }
        guard let method = Method(rawValue: name), method.row.kind == .notification, method.row.direction.allows(.toCore),
            method != .cancel
        else {
            counters.ignoredNotifications += 1
            return
        }
        handlers.notification(method, params)
    }

    private func requested(_ id: RequestID, _ name: String, _ params: JSONObject) {
        guard phase != .greeting else { return kill(.outOfPhase("a request before its answer to initialize")) }
        guard !theirs.contains(id) else { return kill(.malformed("an open request's id again")) }
        guard theirs.count < plan.limits.inFlight else {
            send(LineCodec.failure(RPCError(.busy, "too many open requests"), to: id))
            return
        }
        guard let method = Method(rawValue: name), method.row.kind == .request, method.row.direction.allows(.toCore) else {
            send(LineCodec.failure(.methodNotFound(name), to: id))
            return
        }
        theirs.insert(id)
        handlers.request(
            method, params,
            ChildReply { [weak self] line in
                guard let self, theirs.remove(id) != nil else { return }
                send(line(id))
            })
    }

    // MARK: - Standard error

    private func readErrors() {
        guard errorWatch != nil else { return }
        var buffer = [UInt8](repeating: 0, count: ChildLife.readBytes)
        let count = read(process.standardError.number, &buffer, buffer.count)
        if count > 0 {
            for line in relay.take(buffer[..<count], at: Clocks.bootMilliseconds()) { forward(line) }
        } else if count == 0 || (errno != EAGAIN && errno != EINTR) {
            errorWatch?.cancel()
            errorWatch = nil
        }
    }

    private func forward(_ line: String) {
        log.info("\(line)", metadata: ["child": "\(plan.name)"])
        handlers.words(line)
    }

    // MARK: - Time

    private func after(_ milliseconds: Int64, _ body: @escaping () -> Void) {
        timers.insert(loop.schedule(afterMilliseconds: milliseconds, body))
    }

    private func every(_ milliseconds: Int64, _ body: @escaping () -> Void) {
        var token: TimerToken?
        let timer = loop.schedule(afterMilliseconds: milliseconds) { [weak self] in
            guard let self, !isOver else { return }
            if let token { timers.remove(token) }
            body()
            every(milliseconds, body)
        }
        token = timer
        timers.insert(timer)
    }
}

extension EventLoop {
    /// Calls `handler` in the next turn.
    func soon(_ handler: @escaping () -> Void) { schedule(afterMilliseconds: 0, handler) }
}
