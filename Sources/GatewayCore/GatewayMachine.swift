import Collections
import LockModel

/// Decides who may open what, and sees to it that every door it opened is locked again.
///
/// **Inputs**: messages from buses (parsed, not believed), the results of signature checks, what adapters say of locks, acknowledged notices,
/// durable records, admin requests. **Effects**: records to append and, in `CommitMachine`'s order, everything else.
///
/// **The property that must never break**: a `drive` effect that unlocks exists only for an operation whose P1 record is durable, made from a
/// verified, unexpired command whose id was never accepted before, under a live grant that was checked again just now; and at most one such
/// effect per command, ever. (While commissioning, the installer may unlock; `handover` ends that for good.)
///
/// It is a value: no clock, no randomness, no I/O. The same inputs at the same instants give the same effects, so a run can be replayed,
/// simulated and read. Its parts: `Ledger` is what the journal adds up to; `LockMachine` is the state machine of one lock;
/// `+Authorisation` is the order of checks; `+Commands` what follows when they pass; `+Locks` turns a lock's decisions into records, replies
/// and effects; `+Publishing` says who is told; `+Removal` lets a lock go.
///
/// **Bounds**: commands under way in `settings.limits`; sixteen waiting per lock; used ids per issuer.
package struct GatewayMachine: Sendable {
    /// A token whose signature is being checked.
    struct Pending: Sendable {
        var content: Arrival.Content
        /// The principal of its topic, who must be its issuer.
        var topic: PrincipalID
        var destination: ReplyDestination
    }

    package let settings: GatewaySettings
    package internal(set) var ledger: Ledger
    package internal(set) var locks: OrderedDictionary<LockID, LockMachine> = [:]
    package internal(set) var isFrozen = false
    /// Frozen for good: nothing can be recorded any more. Otherwise a frozen gateway still records how doors are locked.
    package internal(set) var isMute = false
    package internal(set) var isStopping = false
    /// Takes no unlocks on and has locked what was open, until it is told to go on.
    package internal(set) var isDraining = false
    /// Locks that take nothing new on, since they are about to be removed.
    package internal(set) var held: Set<LockID> = []
    /// Locks removed in this run and not added again, the last one last.
    var removed: [LockID] = []
    /// The highest number a reading of a removed lock had: a lock of its name counts on from it, so that a late answer is none of its own.
    var lastRead: Int64 = 0
    var verifying: [Int64: Pending] = [:]
    var nextTicket: Int64 = 0
    /// The last operation number given out.
    var operations: Int64
    /// The last record number given out.
    var lastRecord: Int64
    /// The last record known durable.
    var durableRecord: Int64
    /// Where further replies to a command under way go.
    var routes: [CommandKey: ReplyDestination] = [:]
    /// Unlocks by the installer, by operation.
    var adminRoutes: [OperationNumber: ReplyDestination] = [:]
    /// The last record that let somebody do more than before: a suspension lifted, a key, a lock's settings, a clock vouched for.
    var widenedBy: Int64 = 0
    /// Operations that wait for a record to be durable, in about the order of those records.
    var awaitingDurable: Deque<(record: Int64, lock: LockID, operation: OperationNumber)> = []
    var issuerBuckets: [PrincipalID: TokenBucket] = [:]
    var lockBuckets: [PrincipalID: TokenBucket] = [:]
    /// When the weekly windows of grants are open.
    var openings: [TokenID: GrantOpenings] = [:]
    /// What retailers were last told of their sight of a lock, and everybody of a grant's status.
    var toldSight: [Sight: Bool] = [:]
    var toldStatus: [TokenID: GrantStatus.State] = [:]
    /// Nonces that commands may echo, the newest last.
    var challenges: [Challenge] = []
    /// What was last recorded of the clock in this run.
    var toldClock: ClockChange?
    /// What the clocks showed with this input.
    var shown = Instants(bootMilliseconds: 0, wall: Timestamp(milliseconds: 0), trust: .untrusted)
    var effects: [Effect] = []

    struct CommandKey: Hashable, Sendable {
        let issuer: PrincipalID
        let id: TokenID
    }

    /// The machine as the journal left it. Call `start` before any input.
    ///
    /// - Parameter isFrozen: the journal can't be believed: nothing is opened or recorded, and what it says is open is locked.
    package init(state: LedgerState, settings: GatewaySettings, bootMilliseconds now: Int64, isFrozen: Bool = false) {
        self.isFrozen = isFrozen
        isMute = isFrozen
        self.settings = settings
        ledger = Ledger(state, settings: settings, bootMilliseconds: now)
        operations = state.lastOperation
        lastRecord = state.lastRecord
        durableRecord = state.lastRecord
    }

    /// Says what the start itself does: the record of it, an alarm and an `unknown` for each unlock that was under way, and the locks to attach.
    package mutating func start(at raw: Instants) -> [Effect] {
        let (now, doubt) = judged(raw)
        append(.gatewayStarted(GatewayStart(version: settings.version, bootID: settings.bootID)), at: now)
        for entry in ledger.locks.values {
            let owed = ledger.obligations(of: entry.lock).map { recovered($0, now) }
            adopt(entry, owed: owed)
            for operation in owed { answerAborted(operation.obligation, now) }
            if let alarm = locks[entry.lock]?.alarm { raise(alarm, over: entry.lock, now) }
            effects.append(.attach(entry))
        }
        noteTrust(doubt, now)
        expandAll(now)
        return drained()
    }

    /// Takes one input and returns what to do, in order. `raw` is what the clocks show; its trust is the kernel's word for them.
    package mutating func handle(_ input: Input, at raw: Instants) -> [Effect] {
        shown = raw
        let (now, doubt) = judged(raw)
        switch input {
        case .arrived(let arrival): arrived(arrival, now)
        case .verified(let ticket, let valid): verified(ticket, valid, now)
        case .lock(let lock, let input): tell(lock, input, now)
        case .noticeAcknowledged(let lock, let operation): tell(lock, .proceed(operation), now)
        case .durable(let record): durable(record, now)
        case .snapshotTaken(let snapshot): append(.snapshotTaken(snapshot), at: now)
        case .journalFailed:
            isMute = true
            freeze(now)
        case .roomIsScarce(true): freeze(now)
        case .roomIsScarce(false): isFrozen = isMute
        case .busConnected(let bus): republish(on: bus, after: nil, now)
        case .republish(let bus, let lock): republish(on: bus, after: lock, now)
        case .eventAcknowledged(let principal, let sequence): ledger.acknowledge(sequence, of: principal)
        case .admin(let ticket, let request): admin(ticket, request, now)
        case .expanded(let grant, let openings): expanded(grant, openings, now)
        case .challenge(let nonce): challenge(nonce, now)
        case .minute:
            noteTrust(doubt, now)
            minute(now)
        case .stop: stop(now)
        }
        return drained()
    }

    /// True when no door that this gateway opened can be open any more.
    package var isQuiet: Bool {
        locks.values.allSatisfy { lock in
            guard lock.owed.isEmpty, lock.waiting.isEmpty else { return false }
            switch lock.phase {
            case .unread, .closed: return true
            case .accepted, .unlocking, .unlocked, .relocking: return false
            }
        }
    }

    /// Commands accepted and not yet ended.
    package var underWay: Int { ledger.obligations.count }

    // MARK: Records

    /// Appends a record, folds it into the ledger, and addresses its event.
    mutating func append(_ body: RecordBody, answers: [Record.Answer] = [], at now: Instants) {
        guard !isMute else { return }
        lastRecord += 1
        let record = Record(
            number: lastRecord, at: now.wall, bootMilliseconds: now.bootMilliseconds, timeTrust: now.trust, body: body,
            owner: owner(of: body),
            addressees: audience(of: body).map { Record.Addressee(principal: $0, sequence: ledger.nextSequence(of: $0)) },
            answers: answers
        )
        effects.append(.append(JournalEntry(record: record, changes: ledger.apply(record))))
        if body.mayWiden { widenedBy = lastRecord }
    }

    mutating func drained() -> [Effect] {
        let out = effects
        effects = []
        return out
    }

    // MARK: Life

    private func recovered(_ obligation: Obligation, _ now: Instants) -> LockMachine.Operation {
        LockMachine.Operation(
            obligation: obligation, expiresBootMilliseconds: now.bootMilliseconds, relockByBootMilliseconds: now.bootMilliseconds
        )
    }

    /// A crash while an unlock was accepted or under way: nobody knows whether the motor moved, and the unlock is never sent again.
    private mutating func answerAborted(_ obligation: Obligation, _ now: Instants) {
        guard !obligation.unlocked && !obligation.isAnswered else { return }
        var answers: [Record.Answer] = []
        if let command = obligation.command {
            answers.append(answer(command, .unknown, final: false, reason: .abortedByRestart, relockBy: obligation.relockBy, now))
        }
        let failure = OperationFailure(
            lock: obligation.lock, operation: obligation.operation, command: obligation.command, outcome: .unknown,
            reason: .abortedByRestart
        )
        append(.operationFailed(failure), answers: answers, at: now)
        sendAnswers(answers)
    }

    mutating func adopt(_ entry: LockEntry, owed: [LockMachine.Operation]) {
        locks[entry.lock] = LockMachine(
            lock: entry.lock, owed: owed, alarm: ledger.alarms[entry.lock], alwaysLocked: entry.alwaysLocked, policy: settings.relock)
        locks[entry.lock]?.readNumber = lastRead
        removed.removeAll { $0 == entry.lock }
    }

    /// An alarm at the start: told again, and recorded where the journal says another or none.
    private mutating func raise(_ alarm: AlarmReason, over lock: LockID, _ now: Instants) {
        let stood = ledger.alarms[lock]
        if let stood, stood != alarm { append(.alarmCleared(LockAlarm(lock: lock, reason: stood)), at: now) }
        if stood != alarm { append(.alarmRaised(LockAlarm(lock: lock, reason: alarm)), at: now) }
        effects.append(.alarm(lock, alarm, raised: true))
    }

    private mutating func durable(_ record: Int64, _ now: Instants) {
        durableRecord = max(durableRecord, record)
        while let first = awaitingDurable.first, first.record <= durableRecord {
            awaitingDurable.removeFirst()
            tell(first.lock, .proceed(first.operation), now)
        }
    }

    /// The journal can't be written, or soon can't: nothing opens any more, and what is open is locked.
    private mutating func freeze(_ now: Instants) {
        guard !isFrozen else { return }
        isFrozen = true
        effects.append(.frozen)
        for lock in locks.keys { tell(lock, .secure(.frozen), now) }
    }

    private mutating func stop(_ now: Instants) {
        guard !isStopping else { return }
        isStopping = true
        append(.gatewayStopped, at: now)
        for lock in locks.keys { tell(lock, .secure(.shuttingDown), now) }
    }
}

extension RecordBody {
    /// Whether it may let somebody do what was refused before. (A grant's own record comes before that of every unlock that stands on it.)
    fileprivate var mayWiden: Bool {
        switch self {
        case .principalChanged, .lockSet, .lockReplaced, .clockAccepted, .trustAccepted: true
        case .gatewayStarted, .gatewayStopped, .snapshotTaken, .handedOver, .clockChanged, .principalAdded, .adapterAccepted, .lockAdded,
            .lockRemoved, .lockProved, .lockReleased, .grantInstalled, .revocationAccepted, .grantRevoked, .commandAnswered, .lockAccepted,
            .unlockAccepted,
            .unlockCancelled, .operationFailed, .lockChanged, .alarmRaised, .alarmCleared, .deviceChanged:
            false
        }
    }
}
