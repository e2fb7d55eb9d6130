import AdapterHost
import AdapterProtocol
import GatewayCore
import LockModel
import WireBytes

/// Pairing over the admin socket: begun, answered and ended by an installer, kept and recorded here.
extension GatewayService {
    func makePairingDesk() -> PairingDesk {
        PairingDesk(
            loop: loop,
            handlers: PairingDesk.Handlers(
                changed: { [weak self] in self?.admin?.tellFollowers(.pair, $0) },
                keep: { [weak self] in self?.keep($0, $1) },
                ended: { [weak self] in self?.pairingEnded($0) },
                now: { [unowned self] in time.now().wall }))
    }

    func beginPairing(_ ticket: Int64, _ request: PairBeginRequest) throws {
        if machine.isFrozen { throw RPCError(code: -32002, message: Reason.frozen.row.help, reason: .frozen) }
        guard let adapter = adapters?.supervisor(named: request.adapter) else { throw Self.unknown(request.adapter) }
        guard request.options.count <= 32, request.options.allSatisfy({ $0.key.utf8.count <= 64 && $0.value.utf8.count <= 4096 }) else {
            throw RPCError.invalidParams("options: at most 32, of 4096 bytes each")
        }
        if let lock = request.replaces { try checkReplaceable(lock) }
        try pairing?.begin(request.adapter, adapter, options: request.options, replaces: request.replaces) { [weak self] failure in
            guard let self else { return }
            if let failure { admin?.fail(ticket, failure) } else { admin?.respond(ticket, pairing?.view ?? PairView(state: .idle)) }
        }
    }

    func choosePaired(_ ticket: Int64, _ request: PairTakeRequest) throws {
        if let seconds = request.maximumOpenSeconds { _ = try checked(maximumOpenSeconds: seconds) }
        _ = try checked(title: request.title)
        guard !machine.held.contains(request.lock) else {
            throw RPCError(code: -32002, message: "\(request.lock) is being removed or paired; wait until that is done.", reason: .busy)
        }
        let known = machine.ledger.locks[request.lock]
        if let known, request.replaces != true, known.adapter != pairing?.adapter {
            throw RPCError(
                code: -32002, message: "There is a lock \(request.lock) already, of the adapter \(known.adapter).", reason: .idReused)
        }
        if known != nil || request.replaces == true { try checkReplaceable(request.lock) }
        let waiver = try waiver(request.relockWaiver, ticket)
        if known != nil {
            // From here the lock takes nothing on, until the new keys are its own or the pairing is over.
            feed(.admin(Self.nobody, .holdLock(request.lock)))
            guard machine.held.contains(request.lock) else {
                throw RPCError(code: -32002, message: "\(request.lock) is in use; wait until it is locked.", reason: .busy)
            }
        }
        do { try pairing?.choose(request) } catch {
            feed(.admin(Self.nobody, .keepLock(request.lock)))
            throw error
        }
        pairingWaiver = waiver
        admin?.respond(ticket, pairing?.view ?? PairView(state: .idle))
    }

    func answerPairing(_ ticket: Int64, _ request: PairAnswerRequest) throws {
        try pairing?.answer(request)
        admin?.respond(ticket, Nothing())
    }

    func cancelPairing(_ ticket: Int64) throws {
        try pairing?.cancel()
        admin?.respond(ticket, pairing?.view ?? PairView(state: .idle))
    }

    func followPairing(_ ticket: Int64, session: Int64) {
        pairing?.heard()
        admin?.startFollowing(session)
        admin?.respond(ticket, pairing?.view ?? PairView(state: .idle))
    }

    func identify(_ ticket: Int64, _ request: LockRequest) throws {
        guard let adapter = adapters?.supervisor(of: request.lock) else {
            throw RPCError(code: -32002, message: "There is no lock \(request.lock).", reason: .unknownLock)
        }
        adapter.identify(request.lock) { [weak self] answer in
            switch answer {
            case .success: self?.admin?.respond(ticket, Nothing())
            case .failure(let failure): self?.admin?.fail(ticket, RPCError(failure))
            }
        }
    }

    /// Seals what pairing gave, then has the lock recorded and driven; a lock that is known gets its new keys in place of the old.
    private func keep(_ paired: PairingDesk.Paired, _ done: @escaping (RPCError?) -> Void) {
        let lock = paired.request.lock
        let failed = RPCError(
            code: -32002, message: "It was paired, but its keys could not be kept; pair it again.", reason: .adapterFailed)
        guard let state = try? StrictJSON.encode(JSONValue.object(paired.result.vendorState)),
            state.count <= AdapterSupervisor.maximumStateBytes, let stateThread
        else { return done(failed) }
        stateThread.write(state, of: AdapterStates.Owner(adapter: paired.adapter, part: .lock(lock))) { [weak self] failure in
            guard let self else { return }
            if let failure {
                log.error("a lock's keys were not kept", metadata: ["lock": "\(lock)", "error": "\(failure)"])
                return done(failed)
            }
            bindRadioPeer(paired.adapter, lock) { [weak self] failure in
                guard let self else { return }
                if let failure {
                    log.error("a lock's radio keys were not kept", metadata: ["lock": "\(lock)", "error": "\(failure)"])
                    return done(failed)
                }
                record(paired, done)
            }
        }
    }

    /// An adapter's process ended: its pairing and its links with it.
    func adapterEnded(_ name: AdapterName) {
        pairing?.lost(name)
        router?.ended(name)
    }

    private func record(_ paired: PairingDesk.Paired, _ done: @escaping (RPCError?) -> Void) {
        let request = paired.request
        if let known = machine.ledger.locks[request.lock] { return replace(known, paired, done) }
        var entry = LockEntry(
            lock: request.lock, adapter: paired.adapter, title: request.title, relockWaiver: pairingWaiver?.reason,
            waived: pairingWaiver?.mark, alwaysLocked: request.alwaysLocked ?? false)
        if let seconds = request.maximumOpenSeconds { entry.maximumOpenSeconds = seconds }
        ask(.addLock(entry)) { done(Self.refusal($0)) }
    }

    static func refusal(_ reply: Reply) -> RPCError? {
        guard let reason = reply.reason else { return nil }
        return RPCError(code: -32002, message: reply.detail ?? reason.row.help, reason: reason)
    }
}

extension RPCError {
    /// What somebody on the socket is told when an adapter failed.
    init(_ failure: CallFailure) {
        switch failure {
        case .refused(let error):
            self.init(code: -32002, message: VisibleText.line(error.message, 500), reason: error.reason ?? failure.reason)
        case .notSent:
            self.init(code: -32002, message: "The adapter does not run now; `lockbridge adapter list` tells why.", reason: failure.reason)
        case .noAnswer: self.init(code: -32002, message: "The adapter did not answer in time.", reason: failure.reason)
        case .gone: self.init(code: -32002, message: "The adapter ended; see its log, then try again.", reason: failure.reason)
        }
    }
}
