import AdapterKit
import AdapterProtocol
import AugustProtocol
import LockModel

/// One August lock: met over the air when it is needed, let go when it is not, followed by what it advertises.
///
/// The property that must never break: the bytes of an order are written once; what became of it is asked, never tried again.
actor AugustLock {
    /// After the last word a link is kept so long: its batteries are small, and the lock itself drops an idle link after 30 s.
    private static let idleTime = Duration.seconds(5)
    /// The longest until a lock says how an order ended.
    static let motorMilliseconds = 12_000
    /// Between two questions for a state that may be old, or on its way.
    static let againTime = Duration.milliseconds(500)
    private static let glance = Duration.milliseconds(20)
    /// A battery is asked for so often; cells don't change in an hour.
    private static let batteryTime = Duration.seconds(3600)

    /// What the lock is known to be.
    struct Known: Sendable, Equatable {
        var state: AugustState
        var door: AugustDoor
    }

    /// What its parts have to have done by somebody else: it can't wait for that itself.
    enum Work: Sendable {
        case follow(AugustTalk)
        case look(AugustLock)
        case explain(AugustLock)
    }

    nonisolated let lock: LockID
    nonisolated let peer: RadioPeer
    nonisolated let output: AdapterOutput
    nonisolated let readsActivity: Bool
    private(set) var vendor: AugustVendorState
    private let work: @Sendable (Work) -> Void
    private var caller: AugustCaller?
    private var users = 0
    private var usedAt = ContinuousClock.now
    private var advertised = AugustAdvertisement([])
    private var isLooking = false
    private var battery: (value: Battery, at: ContinuousClock.Instant)?
    private var autoLock: AugustAutoLock?
    /// What it is, by its own word; a state on the way is none.
    var known: Known?
    /// An order of ours is under way: its changes are not told.
    var isActing = false
    /// The lock said that it has an order of ours, or that its motor runs.
    var isRunning = false
    /// Until then an asked state may be this old one.
    var stale: (state: AugustState, until: ContinuousClock.Instant)?
    /// Changes that were not told yet.
    var changes = AugustChanges()
    var isExplaining = false
    /// Records of our own doing stand in its activity.
    var hasOwnRecords = false

    init(
        _ lock: LockID, _ vendor: AugustVendorState, readsActivity: Bool, output: AdapterOutput, work: @escaping @Sendable (Work) -> Void
    ) throws(AdapterFailure) {
        self.lock = lock
        self.vendor = vendor
        self.readsActivity = readsActivity
        self.output = output
        self.work = work
        peer = vendor.peer
        _ = try vendor.credentials()
    }

    /// Takes what the core has kept of it, where that opens the same lock with the same key; what was learned of the key stays.
    func take(_ vendor: AugustVendorState) async -> Bool {
        guard vendor.peer == peer, vendor.key == self.vendor.key, vendor.slot == self.vendor.slot else { return false }
        await drop()
        self.vendor = vendor
        known = nil
        autoLock = nil
        return true
    }

    // MARK: - What the core asks

    /// Reads it: bolt and door, its auto-lock, and now and then its battery.
    func read() async throws -> LockReading {
        try await afterStart()
        if isActing {
            return reading(of: Known(state: .unlocking, door: known?.door ?? (vendor.hasDoor ? .unknown : .none)))
        }
        do { return try await readOnce() } catch let failure as AdapterFailure
            where failure.code == .deviceUnreachable && failure.detail == nil
        {
            // A session that went out of step; nothing is lost by asking on another one.
            return try await readOnce()
        }
    }

    /// While an order of ours is on its way it is waited for, until the lock has it: nothing is asked beside a motor that runs.
    private func afterStart() async throws {
        while isActing, !isRunning { try await Task.sleep(for: Self.glance) }
    }

    private func readOnce() async throws -> LockReading {
        try await using { talk in
            let state = try await self.settledState(talk)
            let door = self.vendor.hasDoor ? try await Self.door(talk) : .none
            if self.vendor.foundAutoLock != nil, let read = try await self.readAutoLock(talk) { self.autoLock = read }
            if self.vendor.hasBattery { try await self.readBattery(talk) }
            let known = Known(state: state, door: door)
            self.learned(known)
            return self.reading(of: known)
        }
    }

    /// Changes its auto-lock and reads it back.
    func configure(_ setting: AutoRelockSetting) async throws -> ConfigureResult {
        guard vendor.foundAutoLock != nil else { throw AdapterFailure(.unsupported, "this lock has no auto-lock") }
        let wanted = setting.armed ? AugustAutoLock(seconds: setting.seconds) : .off
        return try await using { talk in
            let read = try await self.write(wanted, talk)
            self.autoLock = read
            return ConfigureResult(
                state: read != wanted ? .failed : wanted.isArmed ? .set : .cleared,
                autoRelock: read.autoRelock(hasDoor: self.vendor.hasDoor))
        }
    }

    /// Takes out what this gateway set, and puts its auto-lock back.
    func restore() async throws {
        for slot in vendor.ownSlots { _ = try await clearCode(slot) }
        guard let found = vendor.autoLockAsFound else { return }
        try await using { talk in
            guard try await self.write(found, talk) == found else {
                throw AdapterFailure(.deviceUnreachable, "its auto-lock could not be put back")
            }
        }
    }

    /// Closes its link and has what waits on it fail.
    func drop() async { await caller?.close(isHurried: true) }

    // MARK: - Time and advertisements

    /// Some time has passed.
    func tick() async {
        await caller?.tick()
        guard users == 0, usedAt + Self.idleTime <= .now, await caller?.standing != nil else { return }
        guard !hasOwnRecords else { return explainSoon() }
        await caller?.close(isHurried: false)
    }

    /// Something it advertised was heard. Where that says that something changed, it is looked at, once at a time; while a link stands the lock tells itself.
    func heard(_ advertisement: AugustAdvertisement) async {
        guard advertised.take(advertisement), users == 0, await caller?.standing == nil else { return }
        lookSoon()
    }

    /// Whether a talk is this lock's.
    func isCalled(by talk: AugustTalk) async -> Bool { await caller?.current === talk }

    /// The link has ended without our doing.
    func lost() { if users == 0 { lookSoon() } }

    private func lookSoon() {
        guard !isLooking else { return }
        isLooking = true
        work(.look(self))
    }

    /// Reads bolt and door for its own sake; what changed is told.
    func look() async {
        isLooking = false
        do {
            try await using { talk in
                let state = try await self.settledState(talk)
                self.learned(Known(state: state, door: self.vendor.hasDoor ? try await Self.door(talk) : .none))
            }
        } catch {
            output.log(.info, "\(lock) could not be read after it told of a change: \(error)")
        }
    }

    // MARK: - The link

    /// Runs with a talk; the link is kept meanwhile, and for a while after.
    func using<Value: Sendable>(_ body: (AugustTalk) async throws -> Value) async throws -> Value {
        users += 1
        defer {
            users -= 1
            usedAt = .now
        }
        return try await body(try await calling().talk())
    }

    private func calling() throws -> AugustCaller {
        if let caller { return caller }
        let work = work
        let new = AugustCaller(peer, try vendor.credentials(), radio: output.radio) {
            work(.follow($0))
        } onPush: { [weak self] in
            await self?.pushed($0)
        } onRejected: { [lock, output] in
            output.log(.error, "\(lock): \($0.message)")
        }
        caller = new
        return new
    }

    // MARK: - Questions

    /// The bolt, asked. For a while after its motor stopped the lock may still say what was before: then it is asked until it says what it told, or that
    /// while is over.
    func settledState(_ talk: AugustTalk) async throws -> AugustState {
        while true {
            let state = try await Self.state(talk)
            guard let stale, stale.until > .now, state == stale.state, state != known?.state else { return state }
            try await Task.sleep(for: Self.againTime)
        }
    }

    private static func state(_ talk: AugustTalk) async throws -> AugustState {
        let answer = try await talk.ask(.status(.lock)) { if case .state = $0 { true } else { false } }
        guard case .state(let state) = answer else { throw CancellationError() }
        return state
    }

    private static func door(_ talk: AugustTalk) async throws -> AugustDoor {
        let answer = try await talk.ask(.status(.door)) { if case .door = $0 { true } else { false } }
        guard case .door(let door) = answer else { throw CancellationError() }
        return door
    }

    private func readBattery(_ talk: AugustTalk) async throws {
        if let battery, battery.at + Self.batteryTime > .now { return }
        guard let read = try await talk.battery() else { return }
        battery = (read.battery, .now)
    }

    private func readAutoLock(_ talk: AugustTalk) async throws -> AugustAutoLock? { try await talk.autoLock() }

    private func write(_ autoLock: AugustAutoLock, _ talk: AugustTalk) async throws -> AugustAutoLock {
        _ = try await talk.ask(.write(autoLock)) { if case .autoLock = $0 { true } else { false } }
        guard let read = try await talk.autoLock() else { throw AdapterFailure(.deviceUnreachable, "the lock does not tell its auto-lock") }
        return read
    }

    private func reading(of known: Known) -> LockReading {
        LockReading(
            bolt: known.state.bolt, door: known.door.door, battery: battery?.value ?? Battery(level: .unknown),
            jammed: known.state == .jammed,
            autoRelock: vendor.foundAutoLock == nil ? nil : (autoLock ?? .off).autoRelock(hasDoor: vendor.hasDoor),
            firmware: vendor.firmware, observedAt: .now(), confirmedBy: .lockReport)
    }

    // MARK: - Its state in the core

    /// Takes another state of its own, which the core seals.
    func keep(_ vendor: AugustVendorState) async throws {
        self.vendor = vendor
        try await output.saveState(vendor, of: lock)
    }

    /// Has its changes explained by somebody.
    func explainSoon() {
        guard !isExplaining else { return }
        isExplaining = true
        work(.explain(self))
    }
}

extension AugustTalk {
    /// Its auto-lock; `nil` where it does not tell.
    func autoLock() async throws -> AugustAutoLock? {
        guard let answer = try await answerIfAny(.readAutoLock, { if case .autoLock = $0 { true } else { false } }),
            case .autoLock(let autoLock) = answer
        else { return nil }
        return autoLock
    }

    /// Its battery; `nil` where it does not tell.
    func battery() async throws -> AugustBattery? {
        guard let answer = try await answerIfAny(.status(.battery), { if case .battery = $0 { true } else { false } }),
            case .battery(let battery) = answer
        else { return nil }
        return battery
    }

    /// Asks what some locks never answer.
    func answerIfAny(_ frame: AugustFrame, _ fits: @escaping @Sendable (AugustAnswer) -> Bool) async throws -> AugustAnswer? {
        do { return try await ask(frame, isDoubtful: true, fits) } catch let failure as AdapterFailure where failure.code == .expired {
            return nil
        }
    }
}
