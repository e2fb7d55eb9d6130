import AdapterKit
import AdapterProtocol
import AugustProtocol
import LockModel

extension AugustLock {
    /// After an order whose end was lost, a state that is still the old one says nothing until then: the motor's time and that of a stale answer.
    private static var doubtTime: Duration { .seconds(8) }
    /// What is kept of the order's time to answer it.
    private static var reserve: Duration { .milliseconds(300) }

    /// Drives its motor once.
    func operate(_ order: MotorOrder) async throws -> MotorReport {
        let move = self.move(order.action)
        let before = known?.state
        isActing = true
        hasOwnRecords = readsActivity
        defer {
            isActing = false
            isRunning = false
        }
        let committedAt = OnceSet()
        return try await using { talk in
            let result: AugustResult?
            do {
                let run = try await talk.drive(move, until: order.deadline) {
                    try order.commit()
                    committedAt.set(.now)
                }
                self.isRunning = run.isAcknowledged
                result = try await talk.end(of: run)
            } catch {
                // Before its gate nothing was sent; after it, what became of it is asked.
                guard committedAt.value != nil, !(error is CancellationError) else { throw error }
                result = nil
            }
            guard let result else { return try await self.findOut(order, move, before, committedAt.value ?? .now) }
            return try await self.report(result, of: move, before, talk)
        }
    }

    private func move(_ action: MotorAction) -> AugustOrder {
        switch action {
        case .lock: vendor.locksSecurely ? .secureMode : .lock
        case .unlock: .unlock
        case .unlatch: .unlatch
        }
    }

    private func report(
        _ result: AugustResult, of move: AugustOrder, _ before: AugustState?, _ talk: AugustTalk
    ) async throws -> MotorReport {
        if let before { stale = (before, .now + .milliseconds(AugustService.staleMilliseconds)) }
        guard result.isOK else {
            output.log(.notice, "\(lock) refused: \(result.words)")
            // Where it stands then is asked; a jam was told by the lock itself.
            let state: AugustState
            if known?.state == .jammed, result.reason == .lockJammed { state = .jammed } else { state = try await settledState(talk) }
            learned(Known(state: state, door: known?.door ?? .unknown))
            return MotorReport(outcome: .failed, bolt: state.bolt, door: doorNow, reason: state == .jammed ? .lockJammed : result.reason)
        }
        // Its motor has stopped where it was sent. What it told on the way says more: a latch is back already, or a bolt is thrown securely.
        let state = known.map(\.state).flatMap { move.isReached($0) ? $0 : nil } ?? move.target
        learned(Known(state: state, door: known?.door ?? .unknown))
        return MotorReport(outcome: .done, bolt: state.bolt, door: doorNow)
    }

    /// The order was written, or may have been, and how it ended was not heard: the lock is asked, on another link where this one is gone, until it says
    /// something that can't be old, or the order's time is over. The order is not said again.
    private func findOut(
        _ order: MotorOrder, _ move: AugustOrder, _ before: AugustState?, _ committedAt: ContinuousClock.Instant
    ) async throws -> MotorReport {
        output.log(.notice, "\(lock): how an order ended was not heard; the lock is asked")
        var read: AugustState?
        while .now < order.deadline - Self.reserve {
            try Task.checkCancellation()
            do {
                let state = try await using { try await self.stateAsked($0) }
                read = state
                let isSure = state != before || committedAt + Self.doubtTime <= .now
                if !state.isMoving, isSure || move.isReached(state) { return found(state, move) }
            } catch let failure as AdapterFailure where failure.code == .credentialRejected {
                throw failure
            } catch is AdapterFailure {}
            try await Task.sleep(for: Self.againTime)
        }
        throw AdapterFailure(.deviceUnreachable, "how it ended was not to be found out; it was last seen \(read?.bolt.rawValue ?? "never")")
    }

    private func found(_ state: AugustState, _ move: AugustOrder) -> MotorReport {
        learned(Known(state: state, door: known?.door ?? .unknown))
        if move.isReached(state) { return MotorReport(outcome: .done, bolt: state.bolt, door: doorNow) }
        return MotorReport(outcome: .failed, bolt: state.bolt, door: doorNow, reason: state == .jammed ? .lockJammed : .timeout)
    }

    private func stateAsked(_ talk: AugustTalk) async throws -> AugustState {
        guard case .state(let state) = try await talk.ask(.status(.lock), { if case .state = $0 { true } else { false } }) else {
            throw CancellationError()
        }
        return state
    }

    /// The door as far as it is known; nothing is asked for it while somebody waits for the bolt.
    private var doorNow: DoorState { vendor.hasDoor ? (known?.door ?? .unknown).door : .absent }
}

extension AugustOrder {
    /// Where the bolt stands once it is carried out.
    fileprivate var target: AugustState {
        switch self {
        case .lock: .locked
        case .secureMode: .secureMode
        case .unlock: .unlocked
        case .unlatch: .unlatched
        }
    }

    fileprivate func isReached(_ state: AugustState) -> Bool {
        switch self {
        case .lock: state.bolt == .locked
        case .secureMode: state == .secureMode
        case .unlock, .unlatch: state == .unlocked || state == .unlatched
        }
    }
}
