import LockModel

/// Decides what is done with one lock, and when the door counts as locked again.
///
/// **Inputs**: an accepted unlock, a wish to lock, the adapter's answers and observations, the link going up and down, timers.
/// **Decisions**: drive the motor, read, drop the link, set a timer, and what to record: unlocked (P2), secured (P4), cancelled, failed,
/// changed, alarm. The caller (`GatewayMachine`) turns decisions into records, replies and effects, in the order they are given.
///
/// **The property that must never break**: once a motor may have moved for an unlock, the lock owes a relock. It ends only by a reading taken
/// from the lock itself that says locked; until then the machine goes on relocking or an alarm stands, whatever fails in between.
///
/// How it keeps that:
/// - One operation is in flight at a time and only its answer counts; an answer after its time (`ttl`) is ignored, for good. That is the fence.
/// - After an operation whose outcome is unknown the link is dropped and the machine *settles*, since a radio may still hold the command,
///   before it reads.
/// - "Done" is never believed for a relock: the lock is read after it.
/// - While the door's contact says open, or the battery is critical, no motor runs: the machine reads, and an alarm stands. A bolt thrown
///   into the open air locks nothing, so it ends nothing either.
///
/// **Bounds**: sixteen unlocks and sixteen wishes to lock wait (the caller refuses more as `busy`); two timers and a queue timer; one read and
/// one operation in flight.
package struct LockMachine: Sendable {
    /// What the machine is doing with the lock.
    package enum Phase: Sendable, Equatable {
        /// Not read since the start, or since its link came back: unlocks are refused as `recovering`.
        case unread
        /// Nothing is owed and nothing in hand; the bolt may stand as people left it.
        case closed
        /// P1 is recorded; waits until it is durable and its notice acknowledged.
        case accepted(Operation)
        /// The unlock was sent, once.
        case unlocking(Operation)
        /// P2; waits for its `openSeconds`, a wish to lock, or the lock's own relock.
        case unlocked(Operation)
        /// Works until the lock itself says locked.
        case relocking(Relock)
    }

    /// An unlock that was accepted.
    package struct Operation: Sendable, Codable, Equatable {
        package var obligation: Obligation
        /// When it must have been sent, on the boot-time clock.
        package var expiresBootMilliseconds: Int64
        /// By when the relock is due, on the boot-time clock.
        package var relockByBootMilliseconds: Int64
        /// Passed to the lock when its own timed unlock is the assurance.
        package var timedSeconds: Int?
        /// The key the command was signed with, which may be suspended before the unlock is sent.
        package var keyID: String?

        package var number: OperationNumber { obligation.operation }

        package init(
            obligation: Obligation, expiresBootMilliseconds: Int64, relockByBootMilliseconds: Int64, timedSeconds: Int? = nil
        ) {
            self.obligation = obligation
            self.expiresBootMilliseconds = expiresBootMilliseconds
            self.relockByBootMilliseconds = relockByBootMilliseconds
            self.timedSeconds = timedSeconds
        }
    }

    /// A relock under way.
    package struct Relock: Sendable, Equatable {
        package enum Step: Sendable, Equatable {
            /// Waits until nothing sent before can still move the motor.
            case settling
            /// A read is in flight, before deciding on the motor.
            case reading(Int64)
            /// `lock` is in flight.
            case driving(OperationNumber)
            /// Waits for a timer, the door's contact, or the link.
            case waiting
        }

        package var step: Step
        /// Motor runs so far.
        package var attempts: Int
        /// What will have locked it, if the next reading says locked.
        package var source: ChangeSource
        /// The bolt before it.
        package var previous: BoltState
        /// Readings in a row that did not come.
        package var misses = 0
    }

    /// Somebody who wants the door locked and is told when it is.
    package struct LockRequest: Sendable, Codable, Equatable {
        package var command: CommandReference?
        package var destination: ReplyDestination?

        package init(command: CommandReference?, destination: ReplyDestination?) {
            self.command = command
            self.destination = destination
        }
    }

    package let lock: LockID
    package internal(set) var phase: Phase
    /// What the lock can do, while its link is up.
    package internal(set) var capabilities: LockCapabilities?
    /// The last reading taken from the lock.
    package internal(set) var reading: LockReading?
    /// When it was taken, on the boot-time clock.
    var readAtBootMilliseconds: Int64 = 0
    /// The bolt as last read or observed.
    package internal(set) var bolt: BoltState = .unknown
    /// The door as last read or observed.
    package internal(set) var door: DoorState = .unknown
    /// The battery as last read or observed.
    package internal(set) var battery = Battery(level: .unknown)
    package internal(set) var alarm: AlarmReason?
    /// Accepted unlocks that wait for the lock to be free.
    package internal(set) var waiting: [Operation] = []
    /// Unlocks that may have moved the motor and are not yet ended by a confirmed lock.
    package internal(set) var owed: [Operation] = []
    /// Who is told when the door is locked.
    package internal(set) var requests: [LockRequest] = []
    /// The link was up at least once since the start.
    var wasLinked = false
    /// The bolt was seen to open by radio while the unlock under way was out: it is not believed that nothing was sent.
    var wasSeenOpening = false
    /// Lock as soon as the unlock under way has been answered.
    var locksAtOnce = false
    /// Lock a door found open without an obligation.
    package var alwaysLocked: Bool
    let policy: RelockPolicy
    var readNumber: Int64 = 0
    /// What the lock told of itself since it was asked last.
    var seenSinceAsked: LockObservation?
    /// When the timers of this lock are due, on the boot-time clock; a timer that comes early or twice is ignored.
    var due: [LockTimer: Int64] = [:]
    /// The motor is not run again before then.
    var nextAttemptBootMilliseconds: Int64 = 0
    /// Until then an unlock nobody ordered is taken for a late echo of an operation whose outcome was unknown.
    var watchUntilBootMilliseconds: Int64 = 0
    /// The link went down during that time, so the first reading after it is still part of it.
    var isWatchCut = false

    /// A lock as the journal left it: with obligations, relocking starts as soon as the link is up, and the alarm stands at once; an alarm that
    /// stood without one stands on.
    package init(lock: LockID, owed: [Operation], alarm: AlarmReason? = nil, alwaysLocked: Bool, policy: RelockPolicy = RelockPolicy()) {
        self.lock = lock
        self.owed = owed
        self.alwaysLocked = alwaysLocked
        self.policy = policy
        phase = owed.isEmpty ? .unread : .relocking(Relock(step: .waiting, attempts: 0, source: .remote, previous: .unknown))
        self.alarm = owed.isEmpty ? alarm : .abortedByRestart
    }

    /// True once the lock was read and nothing is in hand or owed, so that an unlock may be sent to it.
    package var isFree: Bool {
        if case .closed = phase { waiting.isEmpty } else { false }
    }

    /// Why the lock's state is not known: `lockOffline` while its link is down, `recovering` until its link came up for the first time and until
    /// it was read since the link came up; `nil` when it was.
    package var unknownBecause: Reason? {
        guard capabilities != nil else { return wasLinked ? .lockOffline : .recovering }
        if case .unread = phase { return .recovering }
        return reading == nil ? .recovering : nil
    }
}

/// The timers of one lock. Setting one again replaces it.
package enum LockTimer: String, Sendable, Hashable, Codable, CaseIterable {
    /// The current phase's or step's deadline.
    case step
    /// The relock owed is past its time.
    case overdue
    /// The first waiting unlock expires.
    case queue
    /// A lock at rest is read again, so that its own auto-relock is not believed for longer than it was seen.
    case refresh
}

/// What a lock's machine is told.
package enum LockInput: Sendable, Codable, Equatable {
    /// The adapter took the lock on.
    case linkUp(LockCapabilities)
    /// The adapter or the lock is gone.
    case linkDown(Reason)
    /// An unlock was accepted (P1 appended).
    case unlock(LockMachine.Operation)
    /// Somebody wants it locked.
    case lock(LockMachine.LockRequest)
    /// P1 is durable and its notice acknowledged: nothing but the last check stands before the motor.
    case proceed(OperationNumber)
    /// The last check's result.
    case checked(OperationNumber, refusal: Reason?)
    case answered(OperationNumber, OperationAnswer)
    case read(Int64, ReadAnswer)
    case observed(LockObservation)
    case timer(LockTimer)
    /// Give up what has not been sent and lock: the gateway stops, is drained or froze.
    case secure(Reason)
    /// The operator answers for the door: nothing is owed any more.
    case release(note: String)
    /// Its own settings were changed: what was read of them holds no more.
    case settingsChanged
}

/// What an adapter said to `lock.operate`.
package enum OperationAnswer: Sendable, Codable, Equatable {
    /// Something was sent.
    case result(OperationOutcome, bolt: BoltState, door: DoorState, reason: Reason?)
    /// Nothing was sent.
    case notSent(Reason)
}

/// What an adapter said to `lock.read`.
package enum ReadAnswer: Sendable, Codable, Equatable {
    case reading(LockReading)
    case failed(Reason)
}

/// What a lock's machine wants done, in order.
package enum LockDecision: Sendable, Equatable {
    /// Tell the world what will be owed, then say `proceed`.
    case announce(LockMachine.Operation)
    /// Check once more, then say `checked`.
    case recheck(LockMachine.Operation)
    case drive(OperationNumber, MotorAction, timedSeconds: Int?, ttlMilliseconds: Int)
    case read(Int64)
    case drop
    /// `nil` cancels.
    case timer(LockTimer, atBootMilliseconds: Int64?)
    /// Nothing was sent for this unlock, and nothing will be.
    case cancelled(LockMachine.Operation, Reason)
    /// P2.
    case unlocked(LockMachine.Operation, previous: BoltState)
    case failed(LockMachine.Operation, OperationOutcome, Reason)
    /// P4, or a lock that nothing was owed for.
    case secured(ended: [LockMachine.Operation], requests: [LockMachine.LockRequest], source: ChangeSource, previous: BoltState)
    /// A lock that was asked for can't be done; the askers are told.
    case requestsFailed([LockMachine.LockRequest], Reason)
    case changed(LockEvent, source: ChangeSource, actor: ChangeActor, previous: BoltState, at: Timestamp)
    case device(DeviceEvent, Reason?)
    /// The operator answers for these from now on.
    case released([LockMachine.Operation], note: String)
    case alarmRaised(AlarmReason)
    case alarmCleared(AlarmReason)
}

/// How long the machine waits, and how often it tries.
package struct RelockPolicy: Sendable, Codable, Equatable {
    /// The broker has this long to acknowledge the notice.
    package var noticeMilliseconds: Int64 = 2000
    /// An adapter may answer so much after an operation's ttl.
    package var graceMilliseconds: Int64 = 500
    /// Nothing sent before can move the motor after this, or after the motor's own time if that is longer.
    package var settleMilliseconds: Int64 = 6000
    /// A read may take the lock's operation time and never less than this.
    package var readMilliseconds: Int64 = 5000
    /// Pauses between motor runs; after the last one, `slowRetryMilliseconds`.
    package var retryMilliseconds: [Int64] = [500, 1000, 2000, 4000, 8000, 15_000, 30_000, 60_000, 60_000]
    package var slowRetryMilliseconds: Int64 = 300_000
    /// How often an open door's contact, or a moving motor, is asked again when the lock does not tell by itself.
    package var pollMilliseconds: Int64 = 10_000
    /// How often a lock is read while the next motor run is further off.
    package var readBetweenMilliseconds: Int64 = 60_000
    /// How often a lock at rest with an auto-relock of its own is read again; after a reading that did not come, how soon.
    package var refreshMilliseconds: Int64 = 43_200_000
    package var refreshAgainMilliseconds: Int64 = 3_600_000
    /// For so long its own auto-relock is believed without reading it again.
    package var autoRelockMilliseconds: Int64 = 86_400_000
    /// For so long after an unknown outcome an unlock nobody ordered is relocked whatever the policy.
    package var watchMilliseconds: Int64 = 60_000
    package var waitingUnlocks = 16
    package var waitingRequests = 16

    package init() {}

    /// How long to wait until nothing sent before can move the motor; an adapter's word for the motor's time counts up to the longest operation.
    func settle(motorMilliseconds: Int) -> Int64 {
        max(settleMilliseconds, min(Int64(motorMilliseconds), Int64(LockCapabilities.longestOperationMilliseconds)))
    }

    func pause(afterAttempts attempts: Int) -> Int64 {
        attempts >= 1 && attempts <= retryMilliseconds.count ? retryMilliseconds[attempts - 1] : slowRetryMilliseconds
    }
}
