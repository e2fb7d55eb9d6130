import AdapterKit
import AdapterProtocol
import LockModel
import NukiProtocol

/// One Nuki lock: met over the air when it is needed, let go when it is not, followed by its beacon.
///
/// The property that must never break: the bytes of an order are written once; what became of it is asked, never tried again.
actor NukiLock {
    /// After the last word a link is kept so long: a lock that is connected sends no beacon, and its batteries are small.
    private static let idleTime = Duration.seconds(8)
    /// The longest a motor of Nuki's runs, unlatching included, until the lock says it has ended.
    static let motorMilliseconds = 8000
    static let connectMilliseconds = 15_000

    nonisolated let lock: LockID
    nonisolated let peer: RadioPeer
    /// What pairing gave, and what was set in the lock since.
    var state: NukiVendorState
    /// What was given for its settings; `nil` once the lock has called it wrong, since it locks everybody out after a few.
    var pin: NukiPIN?
    let output: AdapterOutput
    var settings = KnownSettings()
    /// The slots of the keypad's codes, by the lock's own numbers, as they were last read.
    var codeSlots: [UInt16: Int] = [:]
    private let seal: NukiSeal
    let spawn: NukiSpawn
    private var talk: NukiTalk?
    private var connecting: Task<NukiTalk, any Error>?
    private var users = 0
    private var isLeaving = false
    private var usedAt = ContinuousClock.now
    /// What it said last.
    var latest: NukiState?
    /// What it said since the last order was written.
    var toldSinceOrder: NukiState?
    /// What it was told to be, or brought to by us.
    var known: ToldState?
    /// Told by its state alone, so that the log's entry of it is not told again.
    var toldBeforeLog: ToldState?
    /// The number of the newest entry of its log that was read; `nil` while that is not known.
    var logHead: UInt32?
    var isTelling = false
    var hasMoreNews = false
    /// While an order of ours is under way its changes are not told.
    private(set) var isActing = false
    private var beacon: BeaconWatch
    private let begin = ContinuousClock.now

    init(
        _ lock: LockID, _ state: NukiVendorState, output: AdapterOutput, spawn: @escaping NukiSpawn
    ) throws(AdapterFailure) {
        self.lock = lock
        self.state = state
        peer = state.peer
        beacon = BeaconWatch(isBridge: state.isBridge ?? false)
        pin = state.pin.flatMap { NukiPIN(number: $0, state.generation) }
        seal = try state.seal()
        self.output = output
        self.spawn = spawn
    }

    // MARK: - What the core asks

    /// Drives its motor once.
    func operate(_ order: MotorOrder) async throws -> MotorReport {
        isActing = true
        defer { isActing = false }
        var isSent = false
        do {
            return try await using { talk in
                let end = try await self.act(order, talk, isSent: &isSent)
                if case .refused(let error) = end {
                    self.output.log(.notice, "\(self.lock) refused \(order.action.rawValue): \(error.words)")
                }
                let state = try await self.state(after: end, order, talk)
                self.moved(to: state)
                return self.report(order.action, end, state)
            }
        } catch let failure as AdapterFailure where isSent && failure.code == .deviceUnreachable {
            return try await afterwards(order, failure)
        }
    }

    /// Where it is after an order. It said so itself where it told a state since, at rest and as asked, and then that the order is complete; else a word of it
    /// is lost, or the state told may be of the way, and it is asked.
    private func state(after end: NukiTalk.ActionEnd?, _ order: MotorOrder, _ talk: NukiTalk) async throws -> NukiState {
        if end == .complete, let told = toldSinceOrder, !told.isMoving, Self.isThere(order.action, told) { return told }
        return try await settled(talk)
    }

    /// The link broke after the order was written: what became of it is asked over another one.
    private func afterwards(_ order: MotorOrder, _ failure: AdapterFailure) async throws -> MotorReport {
        output.log(.notice, "\(lock): the link broke after \(order.action.rawValue) was sent: \(failure.message)")
        let state = try await using { try await self.settled($0) }
        moved(to: state)
        var report = report(order.action, nil, state)
        // It may have got the order or not; a bolt that is not there says nothing of which.
        if report.outcome != .done { report.outcome = .unknown }
        return report
    }

    /// Writes the order once, and waits for what the lock says of its end.
    private func act(_ order: MotorOrder, _ talk: NukiTalk, isSent: inout Bool) async throws -> NukiTalk.ActionEnd? {
        let action: UInt8 =
            switch order.action {
            case .unlock: 1
            case .lock: 2
            case .unlatch: 3
            }
        try await talk.takeTurn()
        do {
            let challenge = try await talk.challenge()
            try order.commit()
            isSent = true
            toldSinceOrder = nil
            let number = try await talk.act(
                action, appID: state.appID, challenge: challenge, patience: .milliseconds(Self.motorMilliseconds))
            let end = try await talk.end(of: number)
            await talk.leaveTurn()
            return end
        } catch {
            await talk.leaveTurn()
            throw error
        }
    }

    /// Reads it.
    func read() async throws -> LockReading {
        try await using { talk in
            let state = try await talk.state()
            return LockReading(
                bolt: state.bolt, door: state.door, battery: state.batteryLevel, jammed: state.isJammed,
                autoRelock: try await self.autoRelock(talk, state), firmware: self.settings.configuration?.firmware,
                observedAt: Timestamp.now(), confirmedBy: .lockReport)
        }
    }

    /// Closes its link and has what waits on it fail.
    func drop() async {
        connecting?.cancel()
        connecting = nil
        await close()
    }

    // MARK: - Time and beacons

    /// A second has passed.
    func tick() async {
        await talk?.tick()
        guard users == 0, !isLeaving, let talk, usedAt + Self.idleTime <= .now else { return }
        isLeaving = true
        spawn { [weak self] in await self?.leave(talk) }
    }

    /// Lets a link go that nobody uses. No beacon is heard while it stands, and an app is told by none what was turned meanwhile, since the bit stands
    /// already: the lock is asked once more, and the link is kept a while longer where that was news.
    private func leave(_ talk: NukiTalk) async {
        defer { isLeaving = false }
        if state.isBridge != true, await !talk.isOver {
            let before = known
            _ = try? await using { try await self.settled($0, within: .milliseconds(Self.motorMilliseconds)) }
            guard known == before, latest.map(ToldState.init) == before else { return }
        }
        if users == 0, self.talk === talk { await close() }
    }

    /// Its beacon was heard.
    /// - Returns: whether it should be read.
    func heardBeacon(hasChanged: Bool) -> Bool {
        // While it is in use what it says comes over the link; the beacon's news is kept for afterwards.
        users == 0 && beacon.heard(hasChanged: hasChanged, at: begin.duration(to: .now))
    }

    /// Reads it for its own sake, once its motor is at rest, and tells what changed meanwhile.
    func look() async {
        do {
            _ = try await using { try await self.settled($0, within: .milliseconds(Self.motorMilliseconds)) }
        } catch {
            return output.log(.info, "\(lock) could not be read after its beacon: \(error)")
        }
        // Its log may say more than its state: what was turned there and back.
        await tellNews()
    }

    // MARK: - The link

    /// Does something over its link, which stands or is made.
    /// - Throws: ``AdapterFailure``, also for what the lock refused.
    func using<Value: Sendable>(_ body: (NukiTalk) async throws -> Value) async throws -> Value {
        users += 1
        defer {
            users -= 1
            usedAt = .now
        }
        do { return try await body(try await connected()) } catch let error as NukiError { throw error.failure }
    }

    private func connected() async throws -> NukiTalk {
        if let talk, await !talk.isOver { return talk }
        if let connecting { return try await connecting.value }
        let (radio, peer, seal, spawn) = (output.radio, peer, seal, spawn)
        let told: @Sendable (NukiState) async -> Void = { [weak self] in await self?.told($0) }
        let task = Task {
            let link = try await radio.connect(peer, timeoutMilliseconds: Self.connectMilliseconds)
            let talk = NukiTalk(link, seal: seal, onState: told)
            spawn { await talk.follow() }
            do { try await talk.open() } catch {
                await link.disconnect()
                throw error
            }
            return talk
        }
        connecting = task
        defer { connecting = nil }
        let new = try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
        talk = new
        return new
    }

    private func close() async {
        let old = talk
        talk = nil
        await old?.link.disconnect()
    }

    // MARK: - States

    /// The state once the motor has stopped: asked, and while it turns waited for, or asked again, until the order's time is over or this one.
    func settled(_ talk: NukiTalk, within patience: Duration? = nil) async throws -> NukiState {
        let deadline = patience.map { ContinuousClock.now + $0 }
        var state = try await talk.state()
        while state.isMoving, deadline.map({ .now < $0 }) ?? true {
            if let told = try await talk.nextState(within: .seconds(1)) { state = told } else { state = try await talk.state() }
        }
        return state
    }

    private static func isThere(_ action: MotorAction, _ state: NukiState) -> Bool {
        switch action {
        case .lock: state.bolt == .locked
        case .unlock, .unlatch: state.bolt == .unlocked || state.bolt == .unlatched
        }
    }

    private func report(_ action: MotorAction, _ end: NukiTalk.ActionEnd?, _ state: NukiState) -> MotorReport {
        if case .refused(let error) = end {
            return MotorReport(outcome: .failed, bolt: state.bolt, door: state.door, reason: state.isJammed ? .lockJammed : error.reason)
        }
        if Self.isThere(action, state) { return MotorReport(outcome: .done, bolt: state.bolt, door: state.door) }
        let reason: Reason =
            switch state.lastCompletion {
            case 3, 4: .busy
            case 5, 7: .batteryCritical
            default: state.isJammed || state.lastCompletion == 1 ? .lockJammed : .adapterFailed
            }
        return MotorReport(outcome: .failed, bolt: state.bolt, door: state.door, reason: reason)
    }
}
