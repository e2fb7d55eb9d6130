import AdapterProtocol
import LockModel

extension AdapterSession {
    private static var longestTTLMilliseconds: Int { 40_000 }

    /// Opens a try on a motor, or gives the outcome of one made before.
    func operate(_ state: inout State, _ id: RequestID, _ params: LockOperateParams) throws -> [Work] {
        let known = try know(state, params.lock)
        if let problem = Self.problem(params, known.capabilities) { return refuse(id, problem) }
        guard let adapter = state.adapter, let decision = state.locks[params.lock]?.memory.decide(params.operation, params.action) else {
            return refuse(id, .invalidRequest("initialize comes first"))
        }
        switch decision {
        case .remembered(let result):
            link.send(try LineCodec.result(result, to: id))
            return []
        case .otherAction: return refuse(id, .invalidParams("operation: this id was used for another action"))
        case .busy: return refuse(id, RPCError(.busy, "another operation runs"))
        case .join:
            guard state.locks[params.lock]?.running?.waiters.isEmpty == false else {
                return refuse(id, RPCError(.busy, "this operation was given up and has not ended"))
            }
            state.open[id] = .operate(params.lock)
            state.locks[params.lock]?.running?.waiters.append(id)
            return []
        case .start:
            let running = RunningOperation(order: MotorOrder(params, readAt: .now), waiters: [id])
            state.open[id] = .operate(params.lock)
            state.locks[params.lock]?.running = running
            return [{ await self.make(running, adapter) }]
        }
    }

    private static func problem(_ params: LockOperateParams, _ capabilities: LockCapabilities) -> RPCError? {
        guard (1...longestTTLMilliseconds).contains(params.ttlMilliseconds) else {
            return .invalidParams("ttlMilliseconds is not between 1 and \(longestTTLMilliseconds)")
        }
        let isOffered =
            switch params.action {
            case .lock: capabilities.lock
            case .unlock: capabilities.unlock
            case .unlatch: capabilities.unlatch
            }
        guard isOffered else { return RPCError(.unsupported, "the lock can't \(params.action.rawValue)") }
        guard let seconds = params.openSeconds else { return nil }
        guard params.action != .lock, let range = capabilities.timedUnlock, seconds >= max(1, range.min), seconds <= range.max else {
            return .invalidParams("openSeconds is not supported at this value")
        }
        return nil
    }

    private func make(_ running: RunningOperation, _ adapter: Adapter) async {
        let order = running.order
        let alarm = link.alarm(at: order.deadline) { [weak self] in self?.deadlinePassed(order) }
        await running.stopper.run {
            do {
                self.ended(order, .success(try await adapter.operate(order)))
            } catch {
                self.ended(order, .failure(error))
            }
        }
        alarm.cancel()
    }

    // MARK: - Ends

    private func ended(_ order: MotorOrder, _ end: Result<MotorReport, any Error>) {
        state.withLock { state in
            guard state.locks[order.lock]?.running?.order === order else { return }
            switch end {
            case .success(let report): settle(&state, order, Self.result(report, of: order))
            case .failure(let error) where order.isCommitted:
                log.warning("an operation failed after it was sent", metadata: ["lock": "\(order.lock)", "error": "\(error)"])
                settle(&state, order, Self.unknown(order, (error as? AdapterFailure)?.reason ?? .adapterFailed))
            case .failure(let error): refuseWaiters(&state, order, RPCError(thrown: error))
            }
            state.locks[order.lock]?.memory.end(order.operation)
            state.locks[order.lock]?.running = nil
        }
    }

    /// A report of `done` has to show the asked bolt; one that does not is not believed.
    private static func result(_ report: MotorReport, of order: MotorOrder) -> OperateResult {
        let isThere =
            switch order.action {
            case .lock: report.bolt == .locked
            case .unlock, .unlatch: report.bolt == .unlocked || report.bolt == .unlatched
            }
        guard report.outcome != .done || isThere else {
            return OperateResult(
                operation: order.operation,
                outcome: .unknown,
                bolt: report.bolt,
                door: report.door,
                reason: .adapterFailed
            )
        }
        return OperateResult(
            operation: order.operation,
            outcome: report.outcome,
            bolt: report.bolt,
            door: report.door,
            reason: report.reason
        )
    }

    private static func unknown(_ order: MotorOrder, _ reason: Reason) -> OperateResult {
        OperateResult(operation: order.operation, outcome: .unknown, bolt: .unknown, door: .unknown, reason: reason)
    }

    /// The time to live is over; nothing happens where the try has ended.
    func deadlinePassed(_ order: MotorOrder) {
        state.withLock { state in
            guard state.locks[order.lock]?.running?.order === order else { return }
            withdraw(&state, order, .expired)
        }
    }

    /// Answers a try that has not ended: with an error where it could be taken back, else as `unknown`.
    private func withdraw(_ state: inout State, _ order: MotorOrder, _ code: AdapterErrorCode) {
        guard order.takeBack(code) else { return settle(&state, order, Self.unknown(order, .timeout)) }
        state.locks[order.lock]?.running?.stopper.stop()
        refuseWaiters(&state, order, RPCError(code, "taken back before anything was sent"))
    }

    private func settle(_ state: inout State, _ order: MotorOrder, _ result: OperateResult) {
        state.locks[order.lock]?.memory.remember(result)
        for waiter in takeWaiters(&state, order) { answer(&state, waiter, result) }
    }

    private func refuseWaiters(_ state: inout State, _ order: MotorOrder, _ error: RPCError) {
        for waiter in takeWaiters(&state, order) { fail(&state, waiter, error) }
    }

    private func takeWaiters(_ state: inout State, _ order: MotorOrder) -> [RequestID] {
        let waiters = state.locks[order.lock]?.running?.waiters ?? []
        state.locks[order.lock]?.running?.waiters = []
        return waiters
    }

    // MARK: - Stopping

    /// `$/cancel`: whatever can still be taken back is, and is answered 1007; the rest is left to end.
    func cancel(_ state: inout State, _ id: RequestID) {
        switch state.open[id] {
        case .call(_, let stopper, isCancellable: true)?:
            fail(&state, id, RPCError(.cancelled, "cancelled"))
            stopper.stop()
        case .operate(let lock)?:
            guard let order = state.locks[lock]?.running?.order, !order.isCommitted else { return }
            withdraw(&state, order, .cancelled)
        case .call?, nil: break
        }
    }

    /// Answers and stops everything open on a lock, before its link is closed.
    func endOpenCalls(_ state: inout State, on lock: LockID) {
        for (id, call) in state.open {
            guard case .call(lock, let stopper, _) = call else { continue }
            fail(&state, id, RPCError(.cancelled, "the lock is being dropped"))
            stopper.stop()
        }
        guard let running = state.locks[lock]?.running else { return }
        withdraw(&state, running.order, .cancelled)
        running.stopper.stop()
    }

    // MARK: - Closing

    /// `shutdown`, or the end of standard input: takes back what can be, waits a while for what was sent.
    func beginClosing(_ state: inout State, shutdown: RequestID?) -> [Work] {
        guard state.closing == nil else { return [] }
        state.phase = .draining
        state.closing = (shutdown, false)
        for id in Array(state.open.keys) { cancel(&state, id) }
        concludeIfDone(&state)
        guard state.closing?.isConcluded == false else { return [] }
        return [
            {
                try? await Task.sleep(for: .milliseconds(Self.drainMilliseconds))
                self.state.withLock { self.endDraining(&$0) }
            }
        ]
    }

    private func endDraining(_ state: inout State) {
        for (id, call) in state.open {
            switch call {
            case .call: fail(&state, id, RPCError(.cancelled, "the adapter is ending"))
            case .operate(let lock):
                if let order = state.locks[lock]?.running?.order { withdraw(&state, order, .cancelled) }
            }
        }
    }

    func concludeIfDone(_ state: inout State) {
        guard let closing = state.closing, !closing.isConcluded, state.open.isEmpty else { return }
        state.closing?.isConcluded = true
        questions.close()
        if let id = closing.shutdown, let line = try? LineCodec.result(Nothing(), to: id) { link.send(line) }
        link.finish(0)
    }
}
