import AdapterProtocol
import LockModel
import WireBytes

extension AdapterSession {
    /// The protocol versions this kit speaks.
    static var protocolVersions: [Int] { [1] }

    /// Opens a request of a method that may come now.
    /// - Throws: `JSONDecodingError` for wrong parameters, ``AdapterFailure`` for a refusal; nothing is open then.
    func perform(_ state: inout State, _ id: RequestID, _ method: Method, _ params: JSONObject) throws -> [Work] {
        switch method {
        case .initialize: return try initialize(&state, id, params)
        case .health:
            link.send(try LineCodec.result(Nothing(), to: id))
            return []
        case .shutdown: return beginClosing(&state, shutdown: id)
        case .lockAdd: return try add(&state, id, params)
        case .lockRemove: return try remove(&state, id, params)
        case .lockOperate: return try operate(&state, id, try RequestMethod.lockOperate.params(params))
        case .lockRead: return try read(&state, id, params)
        case .lockConfigure: return try configure(&state, id, params)
        case .lockDrop: return try drop(&state, id, params)
        case .codeSet: return try setCode(&state, id, params)
        case .codeClear: return try clearCode(&state, id, params)
        case .codeList: return try listCodes(&state, id, params)
        case .pairStart: return try startPairing(&state, id, params)
        case .pairChoose: return try choose(&state, id, params)
        case .pairCancel: return cancelPairing(&state, id)
        case .unpair: return try unpair(&state, id, params)
        case .identify: return try identify(&state, id, params)
        case .blobPut, .blobGet, .prompt, .pairFound, .pairProgress, .cancel, .log, .progress, .lockObserved, .statePut, .busConfigure,
            .busPublish, .busAck, .busMessage, .busConnected,
            .busDisconnected, .busPublished, .radioFilter, .radioConnect, .radioPair, .radioDiscover, .radioMTU, .radioSubscribe,
            .radioRead, .radioWrite, .radioDisconnect, .radioAdvertisement, .radioNotified, .radioDisconnected, .radioPeers, .radioDrop,
            .radioPeerState, .radioStatus:
            return refuse(id, .methodNotFound(method.rawValue))
        }
    }

    // MARK: - Greeting

    private func initialize(_ state: inout State, _ id: RequestID, _ params: JSONObject) throws -> [Work] {
        let greeting = try RequestMethod.initialize.params(params)
        guard !state.isGreeting else { return refuse(id, .invalidRequest("initialize is being answered")) }
        guard let version = greeting.protocolVersions.filter(Self.protocolVersions.contains).max() else {
            let spoken = Self.protocolVersions.map(String.init).joined(separator: ", ")
            _ = refuse(id, .invalidParams("protocolVersions: this adapter speaks \(spoken)"))
            link.finish(1)
            return []
        }
        state.isGreeting = true
        let output = AdapterOutput(link: link, questions: questions, radio: radio)
        return [
            {
                do {
                    let adapter = try await Self.makeAdapter(greeting, output)
                    self.greeted(id, adapter, version)
                    await adapter.run()
                } catch {
                    self.state.withLock { $0.isGreeting = false }
                    _ = self.refuse(id, RPCError(thrown: error))
                }
            }
        ]
    }

    private static func makeAdapter(_ greeting: InitializeParams, _ output: AdapterOutput) async throws -> Adapter {
        let configuration: Adapter.Configuration
        let saved: Adapter.SavedState?
        do throws(JSONDecodingError) {
            configuration = try StrictJSON.decode(Adapter.Configuration.self, from: .object(greeting.config))
            saved =
                if let object = greeting.adapterState { try StrictJSON.decode(Adapter.SavedState.self, from: .object(object)) } else { nil }
        } catch {
            throw AdapterFailure(.badConfig, String(describing: error))
        }
        return try await Adapter(configuration: configuration, state: saved, output: output)
    }

    private func greeted(_ id: RequestID, _ adapter: Adapter, _ version: Int) {
        state.withLock { state in
            state.isGreeting = false
            state.adapter = adapter
            guard state.phase == .greeting else { return }
            state.phase = .ready
            let identity = Adapter.identity
            let result = InitializeResult(protocolVersion: version, name: identity.name, version: identity.version)
            do throws(LineCodec.WriteRefusal) {
                link.send(try LineCodec.result(result, to: id))
                questions.open()
                link.letNotificationsGo()
            } catch {
                giveUp("the adapter's name or version cannot be written")
            }
        }
    }

    // MARK: - Locks

    private func add(_ state: inout State, _ id: RequestID, _ params: JSONObject) throws -> [Work] {
        let params = try RequestMethod.lockAdd.params(params)
        let vendorState: Adapter.VendorState?
        do throws(JSONDecodingError) {
            vendorState =
                if let object = params.vendorState { try StrictJSON.decode(Adapter.VendorState.self, from: .object(object)) } else { nil }
        } catch {
            throw AdapterFailure(.badConfig, "vendorState: \(error)")
        }
        return call(&state, id, lock: params.lock, isCancellable: true) { adapter in
            try await adapter.add(params.lock, vendorState: vendorState)
        } done: { state, result in
            state.locks[params.lock, default: KnownLock(capabilities: result.capabilities)].capabilities = result.capabilities
        }
    }

    private func remove(_ state: inout State, _ id: RequestID, _ params: JSONObject) throws -> [Work] {
        let lock = try RequestMethod.lockRemove.params(params).lock
        try know(state, lock)
        endOpenCalls(&state, on: lock)
        state.locks[lock] = nil
        return call(&state, id, lock: nil, isCancellable: false) { adapter in
            await adapter.remove(lock)
            return Nothing()
        }
    }

    private func read(_ state: inout State, _ id: RequestID, _ params: JSONObject) throws -> [Work] {
        let lock = try RequestMethod.lockRead.params(params).lock
        try know(state, lock)
        return call(&state, id, lock: lock, isCancellable: true) { try await $0.read(lock) }
    }

    private func configure(_ state: inout State, _ id: RequestID, _ params: JSONObject) throws -> [Work] {
        let params = try RequestMethod.lockConfigure.params(params)
        let known = try know(state, params.lock)
        guard let setting = params.autoRelock else { return refuse(id, .invalidParams("there is nothing to configure")) }
        guard let range = known.capabilities.autoRelock else { throw AdapterFailure(.unsupported, "the lock has no auto-relock") }
        guard !setting.armed || (range.min...max(range.min, range.max)).contains(setting.seconds) else {
            return refuse(id, .invalidParams("autoRelock.seconds is not between \(range.min) and \(range.max)"))
        }
        return call(&state, id, lock: params.lock, isCancellable: false) { try await $0.configure(params.lock, autoRelock: setting) }
    }

    private func drop(_ state: inout State, _ id: RequestID, _ params: JSONObject) throws -> [Work] {
        let lock = try RequestMethod.lockDrop.params(params).lock
        try know(state, lock)
        let dropped = state.locks[lock]?.running?.order
        endOpenCalls(&state, on: lock)
        return call(&state, id, lock: nil, isCancellable: false) { adapter in
            await adapter.drop(lock)
            return Nothing()
        } done: { state, _ in
            // A call that ignores its cancellation must not keep the lock busy once its link is closed.
            guard let dropped, state.locks[lock]?.running?.order === dropped else { return }
            state.locks[lock]?.memory.end(dropped.operation)
            state.locks[lock]?.running = nil
        }
    }

    @discardableResult
    func know(_ state: State, _ lock: LockID) throws -> KnownLock {
        guard let known = state.locks[lock] else { throw AdapterFailure(.notPaired, "the lock was not added") }
        return known
    }

    /// Opens a request that is a call of the adapter; `done` changes the state in the same step that answers.
    func call<Result: Encodable & Sendable>(
        _ state: inout State,
        _ id: RequestID,
        lock: LockID?,
        isCancellable: Bool,
        _ body: @escaping @Sendable (Adapter) async throws -> Result,
        done: @escaping @Sendable (inout State, Result) -> Void = { _, _ in }
    ) -> [Work] {
        guard let adapter = state.adapter else { return refuse(id, .invalidRequest("initialize comes first")) }
        let stopper = Stopper()
        state.open[id] = .call(lock: lock, stopper, isCancellable: isCancellable)
        return [
            {
                await stopper.run {
                    do {
                        let result = try await body(adapter)
                        self.state.withLock { state in
                            if state.open[id] != nil { done(&state, result) }
                            self.answer(&state, id, result)
                        }
                    } catch {
                        self.state.withLock { self.fail(&$0, id, RPCError(thrown: error)) }
                    }
                }
            }
        ]
    }
}
