import AdapterKit
import AdapterProtocol
import LinuxIO
import LockModel

/// One plain lock on the air: connected when it is needed, its state as last told on this link.
actor PlainLock {
    private static let busy = 0x81

    nonisolated let lock: LockID
    nonisolated let peer: RadioPeer
    private let security: RadioSecurity
    private let output: AdapterOutput
    /// Takes a link whose news somebody has to read.
    private let serve: @Sendable (PlainLock, RadioLink) -> Void
    private var link: RadioLink?
    private var connecting: Task<RadioLink, any Error>?
    private var state: PlainState?
    private var number: UInt8 = 0
    private var waiting: [UInt8: CheckedContinuation<PlainState, any Error>] = [:]
    private var ended: [UInt8: PlainState] = [:]

    init(
        _ lock: LockID, peer: RadioPeer, security: RadioSecurity, output: AdapterOutput,
        serve: @escaping @Sendable (PlainLock, RadioLink) -> Void
    ) {
        self.lock = lock
        self.peer = peer
        self.security = security
        self.output = output
        self.serve = serve
    }

    /// Drives its motor once.
    func operate(_ order: MotorOrder) async throws -> MotorReport {
        let link = try await connected()
        number = number == .max ? 1 : number + 1
        let number = number
        let code: UInt8 =
            switch order.action {
            case .lock: 1
            case .unlock: 2
            case .unlatch: 3
            }
        try order.commit()
        do {
            try await link.write([code, number], to: PlainState.command)
        } catch let failure as AdapterFailure where failure.att == Self.busy {
            return MotorReport(outcome: .failed, bolt: state?.bolt ?? .unknown, door: state?.door ?? .unknown, reason: .busy)
        }
        let end = try await end(of: number)
        let isThere = order.action == .lock ? end.bolt == .locked : end.bolt == .unlocked || end.bolt == .unlatched
        return MotorReport(
            outcome: isThere ? .done : .failed, bolt: end.bolt, door: end.door, reason: isThere ? nil : end.isJammed ? .lockJammed : .busy)
    }

    /// Reads it.
    func read() async throws -> LockReading {
        let link = try await connected()
        guard let state = PlainState(try await link.read(PlainState.state)) else {
            throw AdapterFailure(.deviceUnreachable, "it says what is no state")
        }
        return LockReading(
            bolt: state.bolt, door: state.door, battery: Battery(percent: state.battery, level: state.battery < 20 ? .low : .ok),
            jammed: state.isJammed, autoRelock: nil, observedAt: Timestamp(milliseconds: Clocks.wallMilliseconds()),
            confirmedBy: .lockReport)
    }

    /// Closes its link and has what waits on it fail.
    func drop() async {
        connecting?.cancel()
        let old = link
        lost("dropped")
        await old?.disconnect()
    }

    // MARK: - The link

    /// The link, subscribed to its state; connecting once, however many ask.
    private func connected() async throws -> RadioLink {
        if let link { return link }
        if let connecting { return try await connecting.value }
        let (radio, peer, security) = (output.radio, peer, security)
        let task = Task { try await radio.connect(peer, security: security) }
        connecting = task
        defer { connecting = nil }
        let new = try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
        link = new
        serve(self, new)
        do {
            try await new.subscribe(PlainState.state)
            state = PlainState(try await new.read(PlainState.state))
        } catch {
            await new.disconnect()
            lost("not subscribed")
            throw error
        }
        return new
    }

    /// Reads a link's news to its end.
    func follow(_ news: RadioLink) async {
        for await each in news.news {
            switch each {
            case .notified(_, _, let value): if let state = PlainState(value) { changed(state) }
            case .disconnected(let reason): output.log(.notice, "\(lock): \(reason)")
            }
        }
        if link === news { lost("the link ended") }
    }

    private func changed(_ new: PlainState) {
        let old = state
        state = new
        guard !new.isMotorRunning else { return }
        if let continuation = waiting.removeValue(forKey: new.command) { return continuation.resume(returning: new) }
        if new.command != old?.command { ended[new.command] = new }
        guard let old, old.command == new.command, !old.isMotorRunning, old.bolt != new.bolt || old.door != new.door else { return }
        output.observed(
            LockObservation(
                lock: lock, bolt: new.bolt, door: new.door, source: old.bolt != new.bolt ? .manual : .unspecified,
                at: Timestamp(milliseconds: Clocks.wallMilliseconds())))
    }

    /// Waits until the motor of a command has stopped.
    private func end(of number: UInt8) async throws -> PlainState {
        if let early = ended.removeValue(forKey: number) { return early }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { waiting[number] = $0 }
        } onCancel: {
            Task { await self.giveUp(number) }
        }
    }

    private func giveUp(_ number: UInt8) { waiting.removeValue(forKey: number)?.resume(throwing: CancellationError()) }

    private func lost(_ why: String) {
        link = nil
        state = nil
        ended = [:]
        let left = waiting
        waiting = [:]
        for continuation in left.values { continuation.resume(throwing: AdapterFailure(.deviceUnreachable, why)) }
    }
}
