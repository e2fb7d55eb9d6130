import AdapterHost
import AdapterProtocol
import GatewayCore
import Glibc
import Journal
import LinuxIO
import LockCrypto
import LockModel
import Logging
import WireBytes

/// The core process: owns the machine, feeds it everything that happens, and carries out what it decides.
///
/// One thread, the loop's: inputs are handled one after another, so there is no await between a check and its use. The journal and the signature
/// checks have a thread each and post back. What the machine wants goes through `CommitMachine`: safety at once, the rest after its commit; at the end of a turn
/// everything that gathered is one transaction.
package final class GatewayService {
    /// How a run ended; the numbers are the process's exit codes.
    package enum Ending: Int32, Sendable {
        case stopped = 0
        /// It had to freeze, or came up frozen.
        case frozen = 75
    }

    let loop: EventLoop
    let log: Logger
    let home: GatewayHome
    let configuration: Configuration
    let journal: Journal
    let anchor: AnchorFile
    let snapshots: SnapshotFiles
    let reserve: Reserve
    let ids: OpaqueIDs
    let gatewayKey: SigningKey
    let version: String
    let startedAt: Timestamp
    var machine: GatewayMachine
    var commit: CommitMachine
    var time: TimeSource
    var streams: [PrincipalID: EventStream] = [:]
    var backlogs: [PrincipalID: EventBacklog] = [:]
    var buses: [BusName: BusLink] = [:]
    var adapters: AdapterDirectory?
    var admin: AdminServer?
    var pairing: PairingDesk?
    /// What whoever chose writes of the relock, while a pairing is under way.
    var pairingWaiver: (reason: String, mark: WaiverMark)?
    var router: RadioRouter?
    var proofs: ProofDesk?
    var air: AirDesk?
    /// How each lock was last measured, since the start.
    var surveys: [LockID: SurveyView] = [:]
    var egress: [EgressGuard] = []
    var workshop: AdapterWorkshop?
    /// Events asked for again, one request per principal at a time, and when each asked last.
    var replays: [PrincipalID: Replay] = [:]
    var replayedAt: [PrincipalID: Int64] = [:]
    /// A challenge stands on the buses.
    var hasChallenge = false
    var adminTickets: [Int64: Int64] = [:]
    /// What this service asked of its machine itself, and who waits for the replies; their tickets are below -1.
    var ownRequests: [Int64: (Reply) -> Void] = [:]
    var lastOwnRequest = GatewayService.nobody
    private var trace: TraceFile?
    /// What the machine began with and when that was loaded, until it has begun.
    private var loaded: (state: LedgerState, bootMilliseconds: Int64)
    var stateThread: StateThread?
    /// Why nothing opens; `nil` while all is well.
    var freezeCause: FreezeCause?
    /// The record after which the rows were last hashed.
    var lastSnapshot: Int64
    var isTakingSnapshot = false
    var journalThread: JournalThread?
    private var anchorThread: AnchorThread?
    private var verifyThread: VerifyThread?
    private var timers: [TimerKey: TimerToken] = [:]
    private var signals: Watch?
    private var publishedState: GatewayStateDocument?

    private struct TimerKey: Hashable {
        let lock: LockID
        let timer: LockTimer
    }

    /// Opens everything a run needs; nothing is started yet.
    ///
    /// - Throws: `GatewayHome.Failure`, `ConfigurationMistake`, `JournalFailure`, `IOFailure`: refuse to start and say which.
    package init(home: GatewayHome, configuration: Configuration, version: String, log: Logger) throws {
        self.home = home
        self.configuration = configuration
        self.version = version
        self.log = log
        claim = try home.claim()
        loop = try EventLoop()
        gatewayKey = try home.readGatewayKey()
        let keys = try JournalKeys(seal: home.readSealKey())
        ids = OpaqueIDs(keys)
        anchor = AnchorFile(path: home.anchor, key: gatewayKey)
        snapshots = SnapshotFiles(home: home, key: gatewayKey)
        reserve = Reserve(path: home.reserve)
        time = TimeSource(clock: configuration.clock)
        let now = time.now()
        startedAt = now.wall
        let settings = GatewaySettings(
            gateway: configuration.gateway, version: version, bootID: try Clocks.bootID(),
            buses: Dictionary(configuration.buses.map { ($0.name, $0.principals) }) { first, _ in first }, limits: configuration.limits,
            relock: configuration.relock)
        let opening = try JournalOpening(
            home, keys: keys, anchor: anchor, reserve: reserve, snapshots: snapshots, terms: snapshots.terms(settings))
        journal = opening.journal
        freezeCause = opening.doubt
        let state = opening.state
        lastSnapshot = (try? journal.newestSnapshot())?.after ?? 0
        machine = GatewayMachine(state: state, settings: settings, bootMilliseconds: now.bootMilliseconds, isFrozen: opening.doubt != nil)
        commit = CommitMachine(lastRecord: state.lastRecord)
        loaded = (state, now.bootMilliseconds)
        for cursor in state.cursors { streams[cursor.principal] = EventStream(cursor: cursor) }
    }

    /// Runs until a signal or the journal ends it.
    package func run() throws -> Ending {
        try Signals.ignoreBrokenPipes()
        signals = try Signals.watch([SIGTERM, SIGINT], on: loop) { [weak self] _ in self?.stop() }
        let anchorThread = try AnchorThread(anchor) { [log] in
            log.error("the anchor can't be written; the next commit tries again", metadata: ["error": "\($0)"])
        }
        self.anchorThread = anchorThread
        journalThread = try JournalThread(journal: journal, anchors: anchorThread, reserve: reserve, loop: loop, log: log) { [weak self] in
            self?.journalAnswered($0)
        }
        verifyThread = try VerifyThread(capacity: configuration.limits.commandsUnderWay, loop: loop) { [weak self] ticket, isValid in
            self?.feed(.verified(ticket, valid: isValid))
        }
        loop.onTurnEnd = { [weak self] in self?.turnEnded() }
        try startChildren()
        admin = try AdminServer(
            loop: loop, path: home.adminSocket, roles: try AdminRoles(configuration), log: log,
            handlers: AdminServer.Handlers(
                request: { [weak self] in self?.adminRequest($0, $1, $2, session: $3, roles: $4) },
                greeting: { [configuration, version] in AdminGreeting(gateway: configuration.gateway, version: version, roles: $0) }))
        begin()
        if !reserve.restore() { reserveChanged(isInUse: true) }
        if let freezeCause {
            log.critical("frozen from the start: nothing opens, and what is open is locked", metadata: ["because": "\(freezeCause)"])
        }
        log.info(
            "gateway started",
            metadata: ["gateway": "\(configuration.gateway)", "version": "\(version)", "locks": "\(machine.locks.count)"])
        recordNeeds()
        for radio in router?.radios ?? [] { radio.child.start() }
        adapters?.start()
        for bus in buses.values { bus.start() }
        everyMinute()
        giveChallenges()
        auditInBackground()
        try loop.run()
        admin?.close()
        anchorThread.finish()
        trace?.close()
        guard !machine.isFrozen else {
            // What can't be written may not close either, and that changes nothing any more.
            try? journal.close()
            return .frozen
        }
        try journal.close()
        return .stopped
    }

    /// Keeps every input from the start on, with what is decided, in a new file (`Trace`).
    package func keepTrace(in path: String) throws(IOFailure) { trace = try TraceFile(path: path, log: log) }

    // MARK: The machine

    /// Gives the machine one input and carries out what follows.
    func feed(_ input: Input) {
        let now = time.now()
        let effects = machine.handle(input, at: now)
        trace?.write(Trace.Step(at: now, input: input, decisions: effects.map(\.summary)))
        carryOut(effects)
        if case .lock(let lock, _) = input { proofs?.look(lock) }
    }

    private func begin() {
        let now = time.now()
        let effects = machine.start(at: now)
        trace?.write(
            Trace.Start(
                settings: machine.settings, state: loaded.state, loadedBootMilliseconds: loaded.bootMilliseconds,
                isFrozen: machine.isFrozen, at: now, decisions: effects.map(\.summary)))
        loaded.state = LedgerState()
        carryOut(effects)
    }

    func carryOut(_ effects: [Effect]) {
        for output in commit.handle(.effects(effects)) { carryOut(output) }
    }

    func carryOut(_ output: CommitMachine.Output) {
        switch output {
        case .commit(let batch): journalThread?.commit(batch)
        case .perform(let effect): perform(effect)
        case .publish(let record):
            published(record)
            proofs?.recorded(record)
        }
    }

    private func turnEnded() {
        for output in commit.handle(.turnEnded) { carryOut(output) }
        for bus in buses.values { bus.durable(upTo: commit.durable) }
        publishState()
        if machine.isStopping { finishIfQuiet() }
    }

    private func perform(_ effect: Effect) {
        switch effect {
        case .append: break
        case .drive(let lock, let number, let action, let seconds, let ttl): drive(lock, number, action, seconds, ttl)
        case .read(let lock, let number): read(lock, number)
        case .drop(let lock):
            adapters?.supervisor(of: lock)?.drop(lock) { _ in }
            router?.drop(lock)
        case .timer(let lock, let timer, let time): setTimer(TimerKey(lock: lock, timer: timer), time)
        case .alarm(let lock, let reason, let isRaised):
            log.log(
                level: isRaised ? .critical : .notice, isRaised ? "ALARM" : "alarm cleared",
                metadata: ["lock": "\(lock)", "reason": "\(reason)"])
        case .verify(let ticket, let envelope, let key):
            if verifyThread?.verify(ticket, envelope, key) != true { feed(.verified(ticket, valid: false)) }
        case .frozen: log.critical("frozen: nothing opens", metadata: ["because": "\(freezeCause?.description ?? "")"])
        case .reply(let destination, let reply): send(reply, to: destination)
        case .replyStored(let destination, let issuer, let id, let record): sendStored(destination, issuer, id, record)
        case .notice(let notice): publish(notice)
        case .snapshot(let lock, let principal, let bus, let snapshot): publish(snapshot, of: lock, to: principal, on: bus)
        case .grantStatus(let status, let principal, let bus): publish(status, to: principal, on: bus)
        case .challenge(let nonce, let principal, let bus): publish(challenge: nonce, to: principal, on: bus)
        case .republished(let bus, let lock):
            buses[bus]?.whenThereIsRoom { [weak self] in self?.feed(.republish(bus, after: lock)) }
        case .attach(let entry): adapters?.attach(entry)
        case .detach(let entry): detach(entry)
        case .expand(let grant): expand(grant)
        }
    }

    // MARK: Locks

    private func drive(_ lock: LockID, _ number: OperationNumber, _ action: MotorAction, _ seconds: Int?, _ ttl: Int) {
        guard let adapter = adapters?.supervisor(of: lock), let id = OperationID(ids.name(of: number)) else {
            feed(.lock(lock, .answered(number, .notSent(.lockOffline))))
            return
        }
        adapter.operate(lock, operation: id, action, openSeconds: seconds, ttlMilliseconds: ttl) { [weak self] result in
            let answer: OperationAnswer =
                switch result {
                case .result(let done): .result(done.outcome, bolt: done.bolt, door: done.door, reason: done.reason)
                case .notSent(let reason): .notSent(reason)
                case .unknown(let reason): .result(.unknown, bolt: .unknown, door: .unknown, reason: reason)
                }
            if case .result = answer { self?.proofs?.drove(lock, action) }
            self?.feed(.lock(lock, .answered(number, answer)))
        }
    }

    private func read(_ lock: LockID, _ number: Int64) {
        guard let adapter = adapters?.supervisor(of: lock) else {
            feed(.lock(lock, .read(number, .failed(.lockOffline))))
            return
        }
        adapter.read(lock) { [weak self] result in
            let answer: ReadAnswer =
                switch result {
                case .success(let reading): .reading(reading)
                case .failure(let failure): .failed(failure.reason)
                }
            self?.feed(.lock(lock, .read(number, answer)))
        }
    }

    private func setTimer(_ key: TimerKey, _ time: Int64?) {
        if let old = timers.removeValue(forKey: key) { loop.cancel(old) }
        guard let time else { return }
        timers[key] = loop.schedule(atBootMilliseconds: time) { [weak self] in
            self?.timers[key] = nil
            self?.feed(.lock(key.lock, .timer(key.timer)))
        }
    }

    // MARK: The calendar

    /// Works out when a grant's windows are open, a week ahead.
    private func expand(_ grant: Grant) {
        let now = time.now().wall
        let until = now.advanced(byMilliseconds: 8 * 86_400_000)
        let stretches = SiteCalendar.site.expand(grant.windows ?? [], from: now.advanced(byMilliseconds: -86_400_000), until: until)
        feed(.expanded(grant.id, GrantOpenings(stretches: stretches.map { GrantOpenings.Stretch(from: $0.from, to: $0.to) }, until: until)))
    }

    private func everyMinute() {
        _ = loop.schedule(afterMilliseconds: 60_000) { [weak self] in
            self?.feed(.minute)
            self?.everyMinute()
        }
    }

    // MARK: The end

    /// Takes nothing on any more, locks what is open, and ends when every door is confirmed locked or a minute has passed.
    func stop() {
        guard !machine.isStopping else { return }
        log.notice("stopping: locking what is open", metadata: [:])
        feed(.stop)
        _ = loop.schedule(afterMilliseconds: 60_000) { [weak self] in
            self?.log.critical("stopped with a relock owed; its notice stands")
            self?.end()
        }
    }

    private func finishIfQuiet() {
        guard machine.isQuiet, commit.hasFailed || commit.isIdle, !isEnding, !isTakingSnapshot else { return }
        guard hasTakenLastSnapshot || machine.isFrozen else {
            hasTakenLastSnapshot = true
            return takeSnapshot()
        }
        isEnding = true
        let radios = router?.radios ?? []
        var left = buses.count + radios.count + 1
        let done = { [weak self] in
            left -= 1
            if left == 0 { self?.end() }
        }
        for bus in buses.values { bus.stop(completed: done) }
        for radio in radios { radio.child.stop(done) }
        adapters?.stop { [weak self] in
            for proxy in self?.egress ?? [] { proxy.stop() }
            done()
        }
    }

    private var isEnding = false
    private var hasTakenLastSnapshot = false
    /// Held for as long as this process lives, so that no second core opens the same journal.
    private let claim: OwnedDescriptor

    private func end() {
        stateThread?.stop()
        workshop?.thread.stop()
        journalThread?.stop()
        verifyThread?.stop()
        loop.stop()
    }

    // MARK: State

    /// `gateway/state` again wherever it changed.
    private func publishState() {
        let document = GatewayStateDocument(
            version: version, timeTrust: machine.judged(time.now()).instants.trust, frozen: machine.isFrozen,
            exceptions: machine.ledger.isCommissioned ? [] : ["commissioning: the installer may unlock until `lockbridge handover`"],
            deprecated: [],
            startedAt: startedAt)
        guard document != publishedState else { return }
        let wasTrusted = publishedState?.timeTrust
        publishedState = document
        for bus in buses.values { publishState(on: bus) }
        if document.timeTrust != wasTrusted { giveChallenge() }
    }

    func publishState(on bus: BusLink) {
        guard let publishedState, let payload = try? StrictJSON.encode(publishedState) else { return }
        bus.publish(BusLink.Publication(topic: bus.topics.state, payload: payload, isRetained: true, contentType: "application/json"))
    }

    func readHistory(_ ticket: Int64, _ lock: LockID) throws(IOFailure) { try journalThread?.readHistory(of: lock, ticket: ticket) }
}
