import LockModel

/// One virtual lock: bolt, motor, door contact, battery, knob, keypad, its own auto-relock and its own log.
///
/// Inputs are commands, a hand, changed circumstances and due times; effects are motor moves to write down, changes to tell and commands
/// that are over. Time comes in as milliseconds on one clock that does not jump. It has no queue: a command while the motor runs is
/// refused.
///
/// The property that must never break: no motor turns without a `move` effect with phase `start` before it, and each start has one end.
struct VirtualLock {
    /// What came of an input, in order.
    enum Effect: Equatable {
        /// A motor run begins, ends, or ends in a jam.
        case move(MotorAction, MovePhase)
        case changed(Change)
        /// A command's motor has stopped.
        case over(driver: Int, OperationOutcome, Reason?)
    }

    enum MovePhase: String, Encodable {
        case start, end, jam
    }

    /// One entry of the lock's own log.
    struct Change: Equatable {
        var bolt: BoltState
        var door: DoorState
        var source: ChangeSource
        var slot: Int?
        /// The id of the command behind it, as its driver called it.
        var operation: String?
        var logIndex: Int
    }

    /// Why a command was not taken; the motor was not touched.
    enum Refusal: String, Error {
        case busy, refused, unsupported
    }

    /// What may be changed while it runs, as circumstances of the test or the demonstration.
    struct Circumstances {
        /// Every motor run jams.
        var jam = false
        /// The motor turns without end.
        var stall = false
        /// Commands are refused.
        var refuse = false
        /// It hears and acts, and says nothing to adapters.
        var quiet = false
        /// Adapters can't reach it, and it hears nothing from them.
        var unreachable = false
        /// Its auto-relock does nothing, though it says it would.
        var ignoreRelock = false
    }

    private struct Motor {
        let move: MotorAction
        let source: ChangeSource
        let slot: Int?
        let operation: String?
        /// Who waits for it; `nil` for the lock's own doing.
        let driver: Int?
        /// The lock's own timed relock after this run.
        let openSeconds: Int?
        /// `nil` while it stalls.
        var endsAt: Int64?
    }

    private(set) var profile: LockProfile
    private(set) var bolt: BoltState
    private(set) var jammed = false
    private(set) var circumstances = Circumstances()
    /// Motor commands received from adapters.
    private(set) var drives = 0
    /// Motor runs.
    private(set) var moves = 0
    private(set) var logHead = 0
    private var motor: Motor?
    /// The timed relock that the last unlock asked for, in seconds; it replaces the auto-relock once.
    private var timedSeconds: Int?
    private var relockAt: Int64?
    private var latchSpringsAt: Int64?

    init(_ profile: LockProfile) {
        self.profile = profile
        bolt = profile.bolt
    }

    var door: DoorState { profile.door }
    var isMotorRunning: Bool { motor != nil }
    /// When something will happen by itself.
    var nextDue: Int64? { [motor?.endsAt, relockAt, latchSpringsAt].compactMap { $0 }.min() }

    // MARK: - Commands

    /// An adapter's motor command. Without a refusal it ends in one `over` for this driver, at once where the bolt is there already.
    mutating func drive(
        _ action: MotorAction, operation: String?, openSeconds: Int?, driver: Int, at now: Int64
    ) throws(Refusal) -> [Effect] {
        drives += 1
        if circumstances.refuse { throw .refused }
        guard motor == nil else { throw .busy }
        guard action != .unlatch || profile.unlatch, openSeconds == nil || profile.timedUnlock else { throw .unsupported }
        if isThere(action) {
            timedSeconds = openSeconds ?? timedSeconds
            planRelock(at: now)
            return [.over(driver: driver, .done, nil)]
        }
        return start(
            Motor(move: action, source: .remote, slot: nil, operation: operation, driver: driver, openSeconds: openSeconds), at: now)
    }

    /// A hand at the knob (no motor), or the lock's own keypad or another button (its motor).
    mutating func turn(to action: MotorAction, source: ChangeSource, slot: Int?, at now: Int64) -> [Effect] {
        guard motor == nil, !isThere(action) else { return [] }
        guard source == .manual else {
            return start(Motor(move: action, source: source, slot: slot, operation: nil, driver: nil, openSeconds: nil), at: now)
        }
        bolt = action == .lock ? .locked : .unlocked
        jammed = false
        planRelock(at: now)
        return [change(source, slot, nil)]
    }

    /// Sets the lock's own auto-relock, as an adapter may.
    mutating func configure(armed: Bool, seconds: Int, at now: Int64) {
        profile.autoRelock?.armed = armed
        profile.autoRelock?.seconds = seconds
        planRelock(at: now)
    }

    /// Changes circumstances; the door's contact tells its own change.
    mutating func set(_ change: (inout Circumstances, inout LockProfile) -> Void, at now: Int64) -> [Effect] {
        let (doorBefore, stalledBefore) = (profile.door, circumstances.stall)
        change(&circumstances, &profile)
        if stalledBefore && !circumstances.stall && motor?.endsAt == nil { motor?.endsAt = now + Int64(profile.motorMilliseconds) }
        guard profile.door != doorBefore else { return due(at: now) }
        if profile.autoRelock?.waitsForDoor == true { planRelock(at: now) }
        return [self.change(.unspecified, nil, nil)] + due(at: now)
    }

    // MARK: - Time

    /// Does what is due by now.
    mutating func due(at now: Int64) -> [Effect] {
        var effects: [Effect] = []
        if let endsAt = motor?.endsAt, endsAt <= now { effects += stop(at: now) }
        if let springsAt = latchSpringsAt, springsAt <= now {
            latchSpringsAt = nil
            if bolt == .unlatched { bolt = .unlocked }
        }
        if let due = relockAt, due <= now {
            relockAt = nil
            timedSeconds = nil
            if motor == nil, !circumstances.ignoreRelock, !isThere(.lock) {
                effects += start(
                    Motor(move: .lock, source: .auto, slot: nil, operation: nil, driver: nil, openSeconds: nil), at: now)
            }
        }
        return effects
    }

    private mutating func start(_ run: Motor, at now: Int64) -> [Effect] {
        moves += 1
        motor = run
        motor?.endsAt = circumstances.stall ? nil : now + Int64(profile.motorMilliseconds)
        bolt = .moving
        relockAt = nil
        latchSpringsAt = nil
        return [.move(run.move, .start)] + due(at: now)
    }

    private mutating func stop(at now: Int64) -> [Effect] {
        guard let run = motor else { return [] }
        motor = nil
        jammed = circumstances.jam
        timedSeconds = run.openSeconds
        if jammed {
            bolt = .notFullyLocked
        } else {
            switch run.move {
            case .lock: bolt = .locked
            case .unlock: bolt = .unlocked
            case .unlatch:
                bolt = .unlatched
                latchSpringsAt = now + Int64(profile.latchMilliseconds)
            }
        }
        planRelock(at: now)
        var effects: [Effect] = [.move(run.move, jammed ? .jam : .end), change(run.source, run.slot, run.operation)]
        if let driver = run.driver { effects.append(.over(driver: driver, jammed ? .failed : .done, jammed ? .lockJammed : nil)) }
        return effects
    }

    // MARK: - Parts

    private func isThere(_ action: MotorAction) -> Bool {
        switch action {
        case .lock: bolt == .locked
        case .unlock: bolt == .unlocked || bolt == .unlatched
        case .unlatch: bolt == .unlatched
        }
    }

    /// Plans the lock's own locking from now, or none: while locked, while stuck, while waiting for the door, or where
    /// nothing is armed.
    private mutating func planRelock(at now: Int64) {
        relockAt = nil
        guard motor == nil, !jammed, !isThere(.lock) else { return }
        let armed = profile.autoRelock.flatMap { $0.armed ? $0.seconds : nil }
        guard let seconds = timedSeconds ?? armed else { return }
        guard profile.autoRelock?.waitsForDoor != true || !door.isOpen else { return }
        relockAt = now + Int64(seconds) * Int64(profile.secondMilliseconds)
    }

    private mutating func change(_ source: ChangeSource, _ slot: Int?, _ operation: String?) -> Effect {
        logHead += 1
        return .changed(Change(bolt: bolt, door: door, source: source, slot: slot, operation: operation, logIndex: logHead))
    }
}
