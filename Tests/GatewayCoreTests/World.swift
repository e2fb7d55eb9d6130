import LockModel

@testable import GatewayCore

/// A gateway's two machines, run as a runner runs them, among locks that hold the truth, on a clock that only `advance` moves.
///
/// Effects go through `CommitMachine`; batches become durable at once, or when `commit()` says so; signatures, notices and adapters answer as
/// the knobs say. `crash()` forgets everything that was not committed and starts again from the rest.
final class World {
    enum Signatures {
        case valid, invalid, held
    }

    struct Drive: Equatable {
        let at: Int64
        let lock: LockID
        let operation: OperationNumber
        let action: MotorAction
        let timedSeconds: Int?
    }

    enum Happening {
        case motor(LockID, OperationNumber, MotorAction)
        case operationAnswer(LockID, OperationNumber, MotorAction)
        case answer(LockID, OperationNumber, OperationAnswer)
        case reading(LockID, Int64)
    }

    struct Planned {
        let at: Int64
        let order: Int
        let happening: Happening
        /// The lock's link it belongs to; `nil` happens in any case.
        let link: Int?
    }

    // Time
    var now: Int64 = 1_000_000
    var wall: Int64 = 1_800_000_000_000
    var trust: TimeTrust = .trusted
    var instants: Instants { Instants(bootMilliseconds: now, wall: Timestamp(milliseconds: wall), trust: trust) }

    // Knobs
    var signatures: Signatures = .valid
    var commitsAtOnce = true
    var acknowledgesNotices = true
    var attachesLocks = true
    var settings: GatewaySettings

    // The gateway and its journal
    var machine: GatewayMachine
    var commits: CommitMachine
    var shelf = Shelf()
    /// The batch at the journal.
    var syncing: [JournalEntry] = []
    var inbox: [Input] = []
    /// Operations fenced off: whatever is answered to them must change nothing.
    var fenced: Set<OperationNumber> = []

    // The world
    var doors: [LockID: FakeLock] = [front: FakeLock(), back: FakeLock()]
    var links: [LockID: Int] = [:]
    var plans: [Planned] = []
    var planned = 0
    var timers: [LockID: [LockTimer: Int64]] = [:]
    var tokens: Int64 = 0
    /// Every command sent, and until when it may be acted on, on the boot-time clock.
    var sent: [TokenID: Int64] = [:]
    /// How many motor orders there were before the last crash; what answers those is gone with the adapters.
    var drivesBefore = 0
    var crashedAt = Int64.min
    /// Commands an unlock went out for, ever.
    var driven: Set<TokenID> = []
    /// Unlocks accepted before the last crash.
    var acceptedBefore: Set<OperationNumber> = []

    // What was seen
    var drives: [Drive] = []
    var reads = 0
    var drops: [(at: Int64, lock: LockID)] = []
    var replies: [(to: ReplyDestination, reply: Reply)] = []
    var storedReplies: [(to: ReplyDestination, id: TokenID, record: Int64)] = []
    var notices: [Notice] = []
    var snapshots: [(lock: LockID, to: PrincipalID, snapshot: LockSnapshot?)] = []
    var statuses: [GrantStatus] = []
    var expansions: [Grant] = []
    var challenges: [PrincipalID: String] = [:]
    var alarms: [LockID: AlarmReason] = [:]
    var alarmsEver: [AlarmReason] = []
    var tickets: [Int64] = []
    var heldNotices: [(lock: LockID, operation: OperationNumber)] = []
    /// Since when the gateway takes a lock for closed that it opened itself and that is open.
    var mistakenSince: [LockID: Int64] = [:]
    var published: [Record] = []
    var faults: [String] = []

    init() {
        let settings = GatewaySettings(gateway: gatewayName, version: "1", bootID: "boot-1", buses: [bus: [anna, shop, rival]])
        self.settings = settings
        machine = GatewayMachine(state: LedgerState(), settings: settings, bootMilliseconds: now)
        commits = CommitMachine(lastRecord: 0)
    }

    /// Starts the machines on what is committed.
    func start() {
        machine = GatewayMachine(state: shelf.state, settings: settings, bootMilliseconds: now)
        commits = CommitMachine(lastRecord: shelf.state.lastRecord)
        carry(machine.start(at: instants))
        drain()
    }

    /// The gateway's process ends here, with all that was only in its memory.
    func crash() {
        inbox = []
        syncing = []
        timers = [:]
        tickets = []
        heldNotices = []
        fenced = []
        drivesBefore = drives.count
        crashedAt = now
        acceptedBefore.formUnion(shelf.accepted.keys)
        plans.removeAll { if case .motor = $0.happening { $0.link != nil } else { true } }
        for lock in doors.keys { cut(lock) }
    }

    // MARK: Running

    /// Gives the machine one input and does what follows at once.
    func give(_ input: Input) {
        inbox.append(input)
        drain()
    }

    func drain() {
        repeat {
            while !inbox.isEmpty { take(inbox.removeFirst()) }
            for output in commits.handle(.turnEnded) { carry(output) }
            if commitsAtOnce { commitBatch() }
        } while !inbox.isEmpty
    }

    /// The disk is done with the batch it has.
    func commit() {
        commitBatch()
        drain()
    }

    private func commitBatch() {
        guard let last = syncing.last?.record.number else { return }
        shelf.write(syncing)
        syncing = []
        for output in commits.handle(.committed(last)) { carry(output) }
        inbox.append(.durable(last))
    }

    /// The disk fails.
    func loseDisk() {
        syncing = []
        _ = commits.handle(.failed)
        give(.journalFailed)
    }

    private func take(_ input: Input) {
        let effects = machine.handle(input, at: instants)
        if case .lock(_, .answered(let operation, _)) = input, fenced.contains(operation), !effects.isEmpty {
            faults.append("an answer behind the fence did \(effects)")
        }
        carry(effects)
    }

    private func carry(_ effects: [Effect]) {
        for output in commits.handle(.effects(effects)) { carry(output) }
    }

    private func carry(_ output: CommitMachine.Output) {
        switch output {
        case .commit(let batch): syncing = batch
        case .publish(let record): published.append(record)
        case .perform(let effect): perform(effect)
        }
    }

    /// Lets so many milliseconds pass, with everything that falls due.
    func advance(_ milliseconds: Int64) {
        let end = now + milliseconds
        while let next = nextDue, next <= end {
            pass(until: next)
            if let index = plans.indices.min(by: { (plans[$0].at, plans[$0].order) < (plans[$1].at, plans[$1].order) }),
                plans[index].at <= now
            {
                happen(plans.remove(at: index))
            } else {
                fireTimer()
            }
            drain()
        }
        pass(until: end)
    }

    func seconds(_ count: Int64) { advance(count * 1000) }

    private var nextDue: Int64? { (plans.map(\.at) + timers.values.flatMap(\.values)).min() }

    private func pass(until time: Int64) {
        guard time > now else { return }
        wall += time - now
        now = time
    }

    private func fireTimer() {
        let due = timers.flatMap { lock, timers in timers.map { (at: $0.value, lock: lock, timer: $0.key) } }
        guard let first = due.min(by: { ($0.at, $0.lock, $0.timer.rawValue) < ($1.at, $1.lock, $1.timer.rawValue) }) else { return }
        timers[first.lock]?[first.timer] = nil
        inbox.append(.lock(first.lock, .timer(first.timer)))
    }
}
