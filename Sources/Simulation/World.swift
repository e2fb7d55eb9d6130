import GatewayCore
import LockModel

/// A gateway's two machines, run as a runner runs them, among locks that hold the truth, on a clock that only `advance` moves.
///
/// Nothing here is random and nothing is real: what happens follows from what the world is told, so a life can be told again. Effects go through
/// `CommitMachine`; adapters, radios, brokers, signatures and the disk answer as the knobs say; `crash` forgets what was not durable. What is
/// true (which motor ran, who signed what, what the disk acknowledged) is kept beside the machines and held against them: see `Invariant`.
package final class World {
    package enum Signatures {
        case valid, invalid, held
    }

    /// One order to a motor.
    package struct Drive: Equatable {
        package let at: Int64
        package let lock: LockID
        package let operation: OperationNumber
        package let action: MotorAction
        package let timedSeconds: Int?
    }

    // Time
    /// Milliseconds that truly went by.
    package internal(set) var now: Int64 = 1_000_000
    /// The gateway's wall clock, which may be wrong.
    package var wall: Int64 = 1_800_000_000_000
    package var trust: TimeTrust = .trusted
    /// What the boot-time clock is behind `now`.
    var bootedAt: Int64 = 0
    package var instants: Instants { Instants(bootMilliseconds: now - bootedAt, wall: Timestamp(milliseconds: wall), trust: trust) }

    // Knobs
    package var signatures: Signatures = .valid
    /// How long a signature check takes.
    package var verifyMilliseconds: Int64 = 0
    /// Each batch is durable as soon as it is handed over.
    package var commitsAtOnce = true
    /// Else after so long; `nil` waits for `commit()`.
    package var syncMilliseconds: Int64?
    package var acknowledgesNotices = true
    package var acknowledgesEvents = false
    package var attachesLocks = true
    package var hasBus = true
    /// A minute's work comes every minute, and a gateway that is done stopping ends.
    package var livesOn = false
    package var settings: GatewaySettings

    // The gateway and its journal
    var core: Core
    package let store: any RecordStore
    package let bug: SeededBug?
    /// True while there is a process.
    package internal(set) var isUp = false
    /// Counts the gateway's processes; what was on its way to an earlier one is lost.
    var run = 0
    /// What the disk acknowledged: the history the gateway may be held to.
    package internal(set) var shelf = Shelf()
    /// The batch at the journal.
    package internal(set) var syncing: [JournalEntry] = []
    var inbox: [Input] = []
    var disk = DiskState()

    // The world
    package var doors: [LockID: VirtualLock] = [Home.front: VirtualLock(), Home.back: VirtualLock()]
    /// Counts each lock's links; what was on its way over an earlier one is lost.
    var links: [LockID: Int] = [:]
    /// Until when an adapter hangs.
    var hungUntil: [AdapterName: Int64] = [:]
    var agenda = Agenda()
    package internal(set) var timers: [LockID: [LockTimer: Int64]] = [:]
    var tokens: Int64 = 0
    var witness = Witness()
    /// Grants of the home by name, and the tokens they came as.
    var homeGrants: [String: Plan.HomeGrant] = [:]
    var tokensOfGrants: [String: Grant] = [:]
    /// Every command sent by a plan, to be sent again.
    var commands: [CommandToken] = []
    var trustLists: [TrustToken] = []
    /// When everybody had moved in.
    var epoch: Int64 = 0
    /// The last record by then.
    var movedInAt: Int64 = 0

    // What was seen
    package internal(set) var drives: [Drive] = []
    package internal(set) var reads = 0
    package var drops: [(at: Int64, lock: LockID)] = []
    package var replies: [(to: ReplyDestination, reply: Reply)] = []
    package var storedReplies: [(to: ReplyDestination, id: TokenID, record: Int64)] = []
    package var notices: [Notice] = []
    package var snapshots: [(lock: LockID, to: PrincipalID, snapshot: LockSnapshot?)] = []
    package var statuses: [GrantStatus] = []
    package var expansions: [Grant] = []
    package var challenges: [PrincipalID: String] = [:]
    package var alarms: [LockID: AlarmReason] = [:]
    package var alarmsEver: [AlarmReason] = []
    package var tickets: [Int64] = []
    package var heldNotices: [(lock: LockID, operation: OperationNumber)] = []
    package var published: [Record] = []
    /// Inputs the machine handled.
    package internal(set) var steps = 0
    package internal(set) var violations: [Violation] = []
    package internal(set) var coverage = Coverage()
    /// What happened, in words, where somebody will read it.
    package internal(set) var timeline: [Moment]?

    /// A world before its gateway's first start.
    package init(
        store: any RecordStore = MemoryStore(), bug: SeededBug? = nil, locks: [LockID: VirtualLock]? = nil, isTold: Bool = false
    ) {
        self.store = store
        self.bug = bug
        settings = GatewaySettings(
            gateway: Home.gateway, version: "1", bootID: "boot-1", buses: [Home.bus: [Home.anna, Home.shop, Home.rival]])
        core = Core(state: LedgerState(), settings: settings, bug: bug, bootMilliseconds: now)
        if let locks { doors = locks }
        if isTold { timeline = [] }
    }

    package var machine: GatewayMachine { core.machine }

    // MARK: Running

    /// Gives the machine one input and does what follows at once.
    package func give(_ input: Input) {
        inbox.append(input)
        drain()
    }

    /// Handles what is at hand, and what that brings about at once.
    package func drain() {
        repeat {
            var index = 0
            while index < inbox.count {
                take(inbox[index])
                index += 1
            }
            inbox.removeAll(keepingCapacity: true)
            guard isUp else { return }
            for output in core.turnEnded() { carry(output) }
            if commitsAtOnce { commitBatch() }
        } while !inbox.isEmpty
        finishIfQuiet()
    }

    private func take(_ input: Input) {
        guard isUp else { return }
        steps += 1
        let (effects, outputs) = core.handle(input, at: instants)
        if timeline != nil { tell(input) }
        check(input, effects)
        for output in outputs { carry(output) }
    }

    func carry(_ output: CommitMachine.Output) {
        guard isUp else { return }
        switch output {
        case .commit(let batch):
            syncing = batch
            sync(batch)
        case .publish(let record): publish(record)
        case .perform(let effect):
            if timeline != nil { tell(effect) }
            perform(effect)
        }
        if witness.dieAfterEffects > 0 {
            witness.dieAfterEffects -= 1
            if witness.dieAfterEffects == 0 { fall(power: false) }
        }
    }

    /// Lets so many milliseconds pass, with everything that falls due.
    package func advance(_ milliseconds: Int64) {
        let end = now + milliseconds
        while let next = agenda.next, next <= end, violations.isEmpty || !livesOn {
            pass(until: next)
            guard let planned = agenda.take() else { break }
            happen(planned)
            drain()
        }
        if violations.isEmpty || !livesOn { pass(until: end) }
    }

    package func seconds(_ count: Int64) { advance(count * 1000) }

    private func pass(until time: Int64) {
        guard time > now else { return }
        wall += time - now
        now = time
        checkTime()
    }

    func plan(_ happening: Happening, after delay: Int64) {
        agenda.add(Planned(at: now + max(0, delay), happening: happening, link: nil, run: nil))
    }

    /// Something on its way to this gateway's process, lost when it ends.
    func planForRun(_ happening: Happening, after delay: Int64) {
        agenda.add(Planned(at: now + max(0, delay), happening: happening, link: nil, run: run))
    }

    /// Something on its way over a lock's link, lost when that ends.
    func plan(_ happening: Happening, after delay: Int64, over lock: LockID) {
        let hung = (doors[lock].map { hungUntil[$0.adapter] ?? 0 } ?? 0) - now
        agenda.add(Planned(at: now + max(0, delay, hung), happening: happening, link: links[lock] ?? 0, run: run))
    }
}
