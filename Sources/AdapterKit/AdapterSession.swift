import AdapterProtocol
import LinuxIO
import LockModel
import Logging
import Synchronization
import WireBytes

/// One conversation with the core: which phase it is in, what is open, and who answers what.
///
/// Inputs are lines, and calls of the adapter that ended; effects are lines, and calls to make. All state changes under one mutex without
/// waiting, so a check and its use are never apart. Calls run as children of one task group.
///
/// The property that must never break: each request gets exactly one answer, and a try on a motor that may have been sent is never
/// answered with an error.
final class AdapterSession<Adapter: LockAdapter>: Sendable {
    typealias Work = @Sendable () async -> Void

    /// A request of the core's that has no answer yet.
    enum OpenCall {
        /// A call of the adapter; `isCancellable` where stopping it changes nothing in the lock.
        case call(lock: LockID?, Stopper, isCancellable: Bool)
        /// A try on a motor, or its repeat.
        case operate(LockID)
    }

    /// A try on a motor that the adapter is making.
    struct RunningOperation {
        let order: MotorOrder
        let stopper = Stopper()
        /// Who gets the outcome; empty once it was given.
        var waiters: [RequestID]
    }

    struct KnownLock {
        var capabilities: LockCapabilities
        var memory = OperationMemory()
        var running: RunningOperation?
    }

    struct State {
        var phase = Phase.greeting
        var adapter: Adapter?
        var isGreeting = false
        var locks: [LockID: KnownLock] = [:]
        var open: [RequestID: OpenCall] = [:]
        /// The pairing under way, and its open choice.
        var desk: PairingDesk?
        var choosing: RequestID?
        /// Set once the end was asked for; the id that waits for it, where one does.
        var closing: (shutdown: RequestID?, isConcluded: Bool)?
    }

    /// More open requests than a core has use for; one more is `busy`.
    static var maximumOpen: Int { 1024 }
    static var drainMilliseconds: Int { 1000 }

    let link: AdapterLink
    let log: Logger
    let questions: Questions
    let radio: Radio
    let state = Mutex(State())

    init(link: AdapterLink, log: Logger) {
        self.link = link
        self.log = log
        questions = Questions(link: link)
        radio = Radio(questions: questions)
    }

    /// Returns when the link has ended and every call of the adapter has.
    func run() async {
        await withDiscardingTaskGroup { group in
            for await incoming in link.incoming {
                for work in handle(incoming) { group.addTask(operation: work) }
            }
            group.cancelAll()
            questions.close()
            radio.close()
        }
    }

    private func handle(_ incoming: AdapterLink.Incoming) -> [Work] {
        switch incoming {
        case .line(let line): return receive(line)
        case .endOfInput: return state.withLock { beginClosing(&$0, shutdown: nil) }
        case .broken(let cause):
            giveUp(cause)
            return []
        }
    }

    /// The core broke the protocol, or the link broke: nothing sensible can follow.
    func giveUp(_ cause: String) {
        log.error("ending: \(cause)")
        link.finish(1)
    }

    // MARK: - Lines

    func receive(_ line: [UInt8]) -> [Work] {
        let message: Message
        do throws(LineRefusal) {
            message = try LineCodec.read(line)
        } catch {
            giveUp("the core sent \(error)")
            return []
        }
        switch message {
        case .request(let id, let method, let params): return state.withLock { receiveRequest(&$0, id, method, params) }
        case .notification(let method, let params):
            guard let method = Method(rawValue: method) else { return [] }
            if method == .cancel, let id = try? NotificationMethod.cancel.params(params).id { state.withLock { cancel(&$0, id) } }
            radio.told(method, params)
            return []
        case .result(let id, let result): answered(id, .success(result))
        case .failure(let id, let error): answered(id, .failure(AdapterFailure(error)))
        }
        return []
    }

    private func receiveRequest(_ state: inout State, _ id: RequestID, _ name: String, _ params: JSONObject) -> [Work] {
        if state.open[id] != nil {
            giveUp("the core used an open request's id again")
            return []
        }
        guard state.open.count < Self.maximumOpen else { return refuse(id, RPCError(.busy, "too many open requests")) }
        let method = Method(rawValue: name)
        switch state.phase {
        case .greeting where method != .initialize: return refuse(id, .invalidRequest("initialize comes first"))
        case .ready where method == .initialize: return refuse(id, .invalidRequest("initialize comes once"))
        case .draining: return refuse(id, .invalidRequest("shutting down"))
        case .greeting, .ready: break
        }
        guard let method, method.row.kind == .request, method.row.direction.allows(.toChild) else {
            return refuse(id, .methodNotFound(name))
        }
        do {
            return try perform(&state, id, method, params)
        } catch let error as JSONDecodingError {
            return refuse(id, .invalidParams(String(describing: error)))
        } catch {
            return refuse(id, RPCError(thrown: error))
        }
    }

    /// Refuses a request that was not opened.
    func refuse(_ id: RequestID, _ error: RPCError) -> [Work] {
        link.send(LineCodec.failure(error, to: id))
        return []
    }

    // MARK: - Answers

    /// Answers an open request; one that was answered before is left alone.
    func answer(_ state: inout State, _ id: RequestID, _ result: some Encodable) {
        guard state.open.removeValue(forKey: id) != nil else { return }
        if state.choosing == id { state.choosing = nil }
        do throws(LineCodec.WriteRefusal) {
            link.send(try LineCodec.result(result, to: id))
        } catch {
            link.send(LineCodec.failure(.internalError("the result cannot be written: \(error)"), to: id))
        }
        concludeIfDone(&state)
    }

    /// Answers an open request with an error; one that was answered before is left alone.
    func fail(_ state: inout State, _ id: RequestID, _ error: RPCError) {
        guard state.open.removeValue(forKey: id) != nil else { return }
        if state.choosing == id { state.choosing = nil }
        link.send(LineCodec.failure(error, to: id))
        concludeIfDone(&state)
    }

    // MARK: - Our own requests

    private func answered(_ id: RequestID, _ result: Result<JSONObject, any Error>) {
        if !questions.answered(id, result) { giveUp("the core answered what was not asked") }
    }
}
