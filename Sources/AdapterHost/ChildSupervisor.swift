import AdapterProtocol
import LinuxIO
import Logging
import WireBytes

/// Keeps one child running: starts it, greets it, holds it to the protocol and its limits, ends it, starts it again.
///
/// Belongs to the loop's thread; every callback comes on it. After a crash the child is started again with growing pauses; too many
/// crashes put it into quarantine until ``start()`` is called again.
///
/// ```swift
/// let child = ChildSupervisor(plan, loop: loop, spawner: spawner, log: log)
/// child.onUp = { _ in child.request(.health, Nothing(), timeoutMilliseconds: 1000) { print($0) } }
/// child.start()
/// ```
package final class ChildSupervisor {
    package enum State: Equatable {
        /// Not started, or stopped.
        case idle
        /// The process is being started, or has not answered `initialize`.
        case starting
        /// Requests can be sent.
        case up
        /// `shutdown` was sent, or it is being killed on the way to it.
        case stopping
        /// It crashed and will be started again.
        case waiting
        /// It crashed too often; with the last cause.
        case quarantined(DownCause)
    }

    /// The child has answered `initialize`; now its requests may be sent.
    package var onUp: (InitializeResult) -> Void = { _ in }
    /// It said something of its own accord; its log lines apart, which are written to the log.
    package var onNotification: (Method, JSONObject) -> Void = { _, _ in }
    /// It asks something; answer by the reply. Without a handler it is refused.
    package var onRequest: (Method, JSONObject, ChildReply) -> Void = { method, _, reply in reply.fail(.methodNotFound(method.rawValue)) }
    /// A life has ended, also one that never came up; ``state`` tells what follows. Each open request was told before.
    package var onDown: (DownCause) -> Void = { _ in }

    /// What the next start gives the child as its descriptor 3.
    package var handedIn: OwnedDescriptor?
    /// A process runs that may reach a proxy: this listens where it connects to.
    package var onLoopback: (OwnedDescriptor) -> Void = { _ in }
    /// It wrote a line to its log: with a level by `log`, without one to its standard error. Visible, at most 4 KiB.
    package var onWords: (_ level: LogLevel?, _ text: String) -> Void = { _, _ in }
    /// Every line to it (`true`) and from it as it passes, secrets among them; `nil` while nobody looks.
    package var onTraffic: ((_ toChild: Bool, _ line: [UInt8]) -> Void)? { didSet { life?.onTraffic = onTraffic } }

    /// What the next start gives as `adapterState`.
    package var savedState: JSONObject?

    package private(set) var state = State.idle
    /// The walls that stand around its process, while there is one and afterwards.
    package private(set) var walls: ProcessWalls = []
    /// Walls it goes without, each with the reason.
    package var weaknesses: [String] { plan.weaknesses }
    private let plan: ChildPlan
    private let loop: EventLoop
    private let spawner: Spawner
    private let log: Logger
    private var policy: RestartPolicy
    private var life: ChildLife?
    private var past = ChildCounters()
    private var startedAt: Int64 = 0
    private var restart: TimerToken?
    private var stopped: [() -> Void] = []
    /// Distinguishes a spawn's answer from one that was given up.
    private var generation = 0

    package init(_ plan: ChildPlan, loop: EventLoop, spawner: Spawner, log: Logger) {
        self.plan = plan
        self.loop = loop
        self.spawner = spawner
        self.log = log
        policy = RestartPolicy(plan.timings)
    }

    /// The process, while there is one.
    package var pid: Int32? { life?.pid }

    /// What was counted so far.
    package var counters: ChildCounters { life?.counters ?? past }
    /// Bytes that wait for the child to read; a caller that sends much waits while there are many.
    package var pendingOutputBytes: Int { life?.pendingOutputBytes ?? 0 }

    // MARK: - Starting and stopping

    /// Starts the child; out of quarantine too, with its crashes forgiven. Does nothing while it runs.
    package func start() {
        switch state {
        case .starting, .up, .stopping: return
        case .idle, .waiting, .quarantined: break
        }
        policy = RestartPolicy(plan.timings)
        launch()
    }

    /// Ends the child, `shutdown` first, and calls `done` when no process of it is left. It stays ended until ``start()``.
    package func stop(_ done: @escaping () -> Void = {}) {
        switch state {
        case .idle, .quarantined, .waiting:
            if let restart { loop.cancel(restart) }
            restart = nil
            state = .idle
            PrivateFolder.remove(plan.folder)
            loop.soon(done)
        case .starting, .up, .stopping:
            stopped.append(done)
            guard state != .stopping else { return }
            state = .stopping
            life?.shutdown()
        }
    }

    /// Ends the child as a crash, for contents that break the protocol in a way only the caller can see.
    package func fail(_ cause: DownCause) { life?.kill(cause) }

    private func launch() {
        restart = nil
        state = .starting
        startedAt = Clocks.bootMilliseconds()
        generation += 1
        let generation = generation
        do throws(IOFailure) {
            try PrivateFolder.prepare(plan.folder, owner: plan.user)
        } catch {
            return loop.soon { [weak self] in self?.ended(.notStarted("its folder: \(error)")) }
        }
        var request = plan.spawnRequest
        request.handedIn = handedIn
        spawner.spawn(request) { [weak self] result in
            guard let self, generation == self.generation else { return }
            switch result {
            case .failure(let failure): ended(.notStarted("\(plan.executable): \(failure)"))
            case .success(let process): begin(process)
            }
        }
    }

    private func begin(_ process: ChildProcess) {
        walls = process.walls
        if let loopback = process.loopback { onLoopback(loopback) }
        let handlers = ChildLife.Handlers(
            up: { [weak self] result in self?.came(result) },
            notification: { [weak self] method, params in self?.notified(method, params) },
            request: { [weak self] method, params, reply in self?.onRequest(method, params, reply) },
            down: { [weak self] cause in self?.ended(cause) }, words: { [weak self] text in self?.onWords(nil, text) })
        do throws(IOFailure) {
            let life = try ChildLife(
                plan, process: process, savedState: savedState, counters: past, loop: loop, log: log, handlers: handlers)
            self.life = life
            life.onTraffic = onTraffic
            if state == .stopping { life.kill(.stopped) }
        } catch {
            process.kill(9)
            ended(.notStarted("\(error)"))
        }
    }

    private func came(_ result: InitializeResult) {
        guard state == .starting else { return }
        state = .up
        log.info("up", metadata: ["child": "\(plan.name)", "version": "\(VisibleText.of(result.version))"])
        onUp(result)
    }

    /// Log lines are written here for every child; the rest is its owner's.
    private func notified(_ method: Method, _ params: JSONObject) {
        guard method == .log else { return onNotification(method, params) }
        do throws(JSONDecodingError) { write(try NotificationMethod.log.params(params)) } catch { fail(.malformed("log: \(error)")) }
    }

    private func write(_ line: LogParams) {
        let text = VisibleText.of(String(decoding: line.text.utf8.prefix(StandardErrorRelay.maximumBytes), as: UTF8.self))
        let level: Logger.Level =
            switch line.level {
            case .debug: .debug
            case .info: .info
            case .notice: .notice
            case .warning: .warning
            case .error: .error
            }
        log.log(level: level, "\(text)", metadata: ["child": "\(plan.name)"])
        onWords(line.level, text)
    }

    private func ended(_ cause: DownCause) {
        past = life?.counters ?? past
        life = nil
        let wasStopping = state == .stopping
        if cause != .stopped {
            past.crashes += 1
            log.warning("\(cause)", metadata: ["child": "\(plan.name)"])
        }
        if wasStopping {
            state = .idle
            PrivateFolder.remove(plan.folder)
        } else {
            switch policy.crashed(startedAt: startedAt, at: Clocks.bootMilliseconds()) {
            case .quarantine:
                state = .quarantined(cause)
                log.error("in quarantine after too many crashes", metadata: ["child": "\(plan.name)", "cause": "\(cause)"])
            case .restart(let delay):
                state = .waiting
                restart = loop.schedule(afterMilliseconds: delay) { [weak self] in self?.launch() }
            }
        }
        onDown(cause)
        let waiting = stopped
        stopped = []
        for done in waiting { done() }
    }

    // MARK: - Speaking

    /// Asks the child; `done` is called exactly once and never before this returns.
    ///
    /// - Parameter timeoutMilliseconds: after it the answer is not waited for any more; the child goes on.
    package func request<Params, Result>(
        _ method: RequestMethod<Params, Result>, _ params: Params, timeoutMilliseconds: Int64,
        _ done: @escaping (Swift.Result<Result, CallFailure>) -> Void
    ) {
        guard let life, state == .up else { return loop.soon { done(.failure(.notSent)) } }
        life.request(method, params, timeoutMilliseconds: timeoutMilliseconds, done)
    }

    /// Tells the child something.
    /// - Returns: `false` where it is not up, or the message is longer than a line; nothing was sent then.
    @discardableResult
    package func notify<Params>(_ method: NotificationMethod<Params>, _ params: Params) -> Bool {
        guard let life, state == .up else { return false }
        return life.notify(method, params)
    }
}
