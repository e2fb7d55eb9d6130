import AdapterProtocol
import LinuxIO
import LockModel
import Logging
import WireBytes

/// One lock adapter and its locks: typed calls, and locks that are taken up again by themselves after each restart.
///
/// Belongs to the loop's thread. For each attached lock `onLink` tells `up` after the adapter took it on and `down` when it is lost;
/// between the two the lock may be asked. What an adapter says of locks that are not attached is ignored; what breaks its types ends it.
package final class AdapterSupervisor {
    private struct Attached {
        var vendorState: JSONObject?
        /// What its adapter declared, while it is up.
        var known: LockAddResult?
        var retryMilliseconds: Int64
        var retry: TimerToken?
        /// Counts the adds, so that the answer to an older one is not taken for the newest's.
        var generation = 0
    }

    /// How long adding may take: the longest operation, since nothing is known of the lock yet.
    private static let addMilliseconds: Int64 = 42_000
    private static let dropMilliseconds: Int64 = 2000
    private static let operateGraceMilliseconds: Int64 = 500
    /// A state's JSON.
    package static let maximumStateBytes = 16_384

    /// A lock came up or went down.
    package var onLink: (LockID, LockLinkState) -> Void = { _, _ in }
    /// A lock did something unasked.
    package var onObserved: (LockObservation) -> Void = { _ in }
    /// The adapter wants state sealed; `succeed` once it is stored. The next start, or the next add of that lock, gives it back.
    package var onStatePut: (StatePutParams, ChildReply) -> Void = { _, reply in reply.succeed(Nothing()) }
    /// The adapter keeps or reads something larger; refused where nobody keeps it.
    package var onBlob: (BlobRequest, ChildReply) -> Void = { _, reply in reply.fail(RPCError(.unsupported, "nothing is kept here")) }
    /// The adapter asks for the radio; refused where its manifest does not ask for one.
    package var onRadio: (Method, JSONObject, ChildReply) -> Void = { _, _, reply in
        reply.fail(RPCError(.unsupported, "needs.radio does not name ble"))
    }
    /// The adapter came up; its locks follow.
    package var onUp: () -> Void = {}
    /// A life of the adapter ended; its locks are down already. ``child``'s state tells what follows.
    package var onDown: (DownCause) -> Void = { _ in }

    /// The process under it: its state, its counters, its configuration for the next start.
    package let child: ChildSupervisor
    private let name: String
    private let loop: EventLoop
    private let log: Logger
    private let timings: ChildTimings
    private var locks: [LockID: Attached] = [:]
    private var adding = CallLane(limit: 32)
    private var reading = CallLane(limit: 64)
    var pairing: Pairing?

    package init(_ plan: ChildPlan, loop: EventLoop, spawner: Spawner, log: Logger) {
        child = ChildSupervisor(plan, loop: loop, spawner: spawner, log: log)
        name = plan.name
        timings = plan.timings
        self.loop = loop
        self.log = log
        child.onUp = { [weak self] _ in self?.cameUp() }
        child.onDown = { [weak self] cause in self?.wentDown(cause) }
        child.onNotification = { [weak self] method, params in self?.told(method, params) }
        child.onRequest = { [weak self] method, params, reply in self?.asked(method, params, reply) }
    }

    /// Starts the adapter; out of quarantine too.
    package func start() { child.start() }

    /// Ends the adapter and calls `done` when its process is gone. Its locks stay attached, and are down.
    package func stop(_ done: @escaping () -> Void = {}) { child.stop(done) }

    // MARK: - Locks

    /// Gives the adapter a lock to drive, from now on and after each restart. The same one again replaces its vendor state.
    package func addLock(_ lock: LockID, vendorState: JSONObject?) {
        let generation = (locks[lock]?.generation ?? 0) + 1
        if let retry = locks[lock]?.retry { loop.cancel(retry) }
        locks[lock] = Attached(
            vendorState: vendorState, known: locks[lock]?.known, retryMilliseconds: timings.firstRestartMilliseconds,
            generation: generation)
        if child.state == .up { add(lock, generation) }
    }

    /// Takes a lock away: the adapter forgets it and changes nothing in it.
    package func removeLock(_ lock: LockID) {
        guard let attached = locks.removeValue(forKey: lock) else { return }
        if let retry = attached.retry { loop.cancel(retry) }
        child.request(.lockRemove, LockParams(lock: lock), timeoutMilliseconds: AdapterSupervisor.dropMilliseconds) { _ in }
    }

    /// What a lock's adapter declared; `nil` while it is down.
    package func known(_ lock: LockID) -> LockAddResult? { locks[lock]?.known }

    // MARK: - Calls

    /// Tries a motor once. Waits as long as the time to live and half a second more.
    package func operate(
        _ lock: LockID, operation: OperationID, _ action: MotorAction, openSeconds: Int? = nil, ttlMilliseconds: Int,
        _ done: @escaping (OperateAnswer) -> Void
    ) {
        guard locks[lock]?.known != nil else { return loop.soon { done(.notSent(.lockOffline)) } }
        let params = LockOperateParams(
            operation: operation, lock: lock, action: action, openSeconds: openSeconds, ttlMilliseconds: ttlMilliseconds)
        let timeout = Int64(ttlMilliseconds) + AdapterSupervisor.operateGraceMilliseconds
        child.request(.lockOperate, params, timeoutMilliseconds: timeout) { [weak self] answer in
            switch answer {
            case .success(let result) where result.operation != operation:
                self?.child.fail(.malformed("the outcome of another operation"))
                done(.unknown(.adapterFailed))
            case .success(let result): done(.result(result))
            case .failure(let failure):
                switch failure {
                case .notSent, .refused: done(.notSent(failure.reason))
                case .noAnswer, .gone: done(.unknown(failure.reason))
                }
            }
        }
    }

    /// Reads a lock itself. At most 64 readings are under way, the others wait.
    package func read(_ lock: LockID, _ done: @escaping (Result<LockReading, CallFailure>) -> Void) {
        let call = { [weak self] in
            guard let self else { return }
            let timeout = Int64(locks[lock]?.known?.capabilities.operationMilliseconds ?? 12_000)
            child.request(.lockRead, LockParams(lock: lock), timeoutMilliseconds: timeout) { [weak self] answer in
                done(answer)
                self?.reading.leave()?()
            }
        }
        reading.enter(call)?()
    }

    /// Changes a lock's own auto-relock.
    package func configure(
        _ lock: LockID, autoRelock: AutoRelockSetting, _ done: @escaping (Result<ConfigureResult, CallFailure>) -> Void
    ) {
        let timeout = Int64(locks[lock]?.known?.capabilities.operationMilliseconds ?? 12_000)
        child.request(.lockConfigure, LockConfigureParams(lock: lock, autoRelock: autoRelock), timeoutMilliseconds: timeout, done)
    }

    /// Has the link to a lock closed and what waits for it forgotten. Waits at most 2 s.
    package func drop(_ lock: LockID, _ done: @escaping (Result<Nothing, CallFailure>) -> Void) {
        child.request(.lockDrop, LockParams(lock: lock), timeoutMilliseconds: AdapterSupervisor.dropMilliseconds, done)
    }

    // MARK: - Adding

    private func cameUp() {
        onUp()
        for lock in locks.keys.sorted() {
            locks[lock]?.retryMilliseconds = timings.firstRestartMilliseconds
            add(lock, locks[lock]?.generation ?? 0)
        }
    }

    private func wentDown(_ cause: DownCause) {
        pairing = nil
        for lock in locks.keys.sorted() {
            if let retry = locks[lock]?.retry { loop.cancel(retry) }
            locks[lock]?.retry = nil
            lost(lock, .adapterFailed)
        }
        onDown(cause)
    }

    private func lost(_ lock: LockID, _ reason: Reason) {
        guard locks[lock]?.known != nil else { return }
        locks[lock]?.known = nil
        onLink(lock, .down(reason))
    }

    private func add(_ lock: LockID, _ generation: Int) {
        let call = { [weak self] in
            guard let self else { return }
            guard let attached = locks[lock], attached.generation == generation else {
                adding.leave()?()
                return
            }
            child.request(
                .lockAdd, LockAddParams(lock: lock, vendorState: attached.vendorState),
                timeoutMilliseconds: AdapterSupervisor.addMilliseconds
            ) { [weak self] answer in
                self?.added(lock, generation, answer)
                self?.adding.leave()?()
            }
        }
        adding.enter(call)?()
    }

    private func added(_ lock: LockID, _ generation: Int, _ answer: Result<LockAddResult, CallFailure>) {
        guard let attached = locks[lock], attached.generation == generation else { return }
        switch answer {
        case .success(let result):
            locks[lock]?.known = result
            locks[lock]?.retryMilliseconds = timings.firstRestartMilliseconds
            onLink(lock, .up(result))
        case .failure(.gone), .failure(.notSent): break
        case .failure(let failure):
            log.warning("a lock was not taken on", metadata: ["child": "\(name)", "lock": "\(lock)", "reason": "\(failure.reason)"])
            if attached.known == nil { onLink(lock, .down(failure.reason)) } else { lost(lock, failure.reason) }
            locks[lock]?.retryMilliseconds = min(attached.retryMilliseconds * 2, timings.longestRestartMilliseconds)
            locks[lock]?.retry = loop.schedule(afterMilliseconds: attached.retryMilliseconds) { [weak self] in
                self?.locks[lock]?.retry = nil
                self?.add(lock, generation)
            }
        }
    }

    // MARK: - What it says

    private func told(_ method: Method, _ params: JSONObject) {
        do throws(JSONDecodingError) {
            switch method {
            case .lockObserved:
                let observation = try NotificationMethod.lockObserved.params(params)
                if locks[observation.lock] != nil { onObserved(observation) }
            case .pairFound: pairing?.handlers.found(try NotificationMethod.pairFound.params(params))
            case .pairProgress: pairing?.handlers.progress(try NotificationMethod.pairProgress.params(params))
            default: break
            }
        } catch {
            child.fail(.malformed("\(method.rawValue): \(error)"))
        }
    }

    private func asked(_ method: Method, _ params: JSONObject, _ reply: ChildReply) {
        do throws(JSONDecodingError) {
            switch method {
            case .statePut: keep(try RequestMethod.statePut.params(params), reply)
            case .blobPut: onBlob(.put(try RequestMethod.blobPut.params(params)), reply)
            case .blobGet: onBlob(.get(try RequestMethod.blobGet.params(params)), reply)
            case .prompt: asked(prompt: try RequestMethod.prompt.params(params), reply)
            case .radioFilter, .radioConnect, .radioPair, .radioDiscover, .radioMTU, .radioSubscribe, .radioRead, .radioWrite,
                .radioDisconnect:
                onRadio(method, params, reply)
            default: reply.fail(.methodNotFound(method.rawValue))
            }
        } catch {
            reply.fail(.invalidParams("\(error)"))
        }
    }

    private func keep(_ put: StatePutParams, _ reply: ChildReply) {
        guard let size = try? StrictJSON.encode(.object(put.state)).count, size <= Self.maximumStateBytes else {
            return reply.fail(.invalidParams("state is larger than 16 KiB"))
        }
        switch put.scope {
        case .adapter: child.savedState = put.state
        case .lock:
            guard let lock = put.lock, locks[lock] != nil else { return reply.fail(RPCError(.notPaired, "no such lock")) }
            locks[lock]?.vendorState = put.state
        }
        onStatePut(put, reply)
    }
}

/// What an adapter wants of what is kept for it beside its states.
package enum BlobRequest {
    case put(BlobPutParams)
    case get(BlobGetParams)
}
