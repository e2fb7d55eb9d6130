import AdapterProtocol
import GatewayCore
import LinuxIO
import LockModel

/// The one case that may be tried at a door at a time, before the handover: opens the lock, watches it and the gateway's own records until the lock
/// itself says locked, and has the result recorded.
///
/// It lives here and not in the terminal: one that is lost changes nothing, and another may follow. What is asked of the installer (open the door,
/// hold the bolt) is believed only where it was seen.
///
/// **Bounds**: one case, ``maximumMilliseconds``; then it failed, while the relock itself goes on as ever.
///
/// What must never break: every path on which a lock was cut off ends with it within reach again.
final class ProofDesk {
    static let maximumMilliseconds: Int64 = 600_000
    /// Beyond the motor's own time, before a lock that was cut off is looked at.
    private static let marginSeconds = 5

    struct Handlers {
        var ask: (AdminRequest, @escaping (Reply) -> Void) -> Void
        var state: (LockID) -> LockMachine?
        var assurance: (LockID, Int) -> RelockAssurance?
        /// Keeps a lock's radio off it, or lets it be reached again; `false` where it is on no radio of ours.
        var cut: (LockID, Bool) -> Bool
        /// Tells a follower; `false` where nobody is there any more.
        var tell: (Int64, ProofView) -> Bool
        var end: (Int64, Result<ProvenCase, RPCError>) -> Void
        var now: () -> Timestamp
    }

    private struct Run {
        var view: ProofView
        let by: String
        var judge: ProofJudge
        var tickets: [Int64]
        var unlockedAt: Int64?
        var isCutByUs = false
        var isSecured = false
        var relocked: (source: ChangeSource, by: ConfirmedBy?)?
        var timers: [TimerToken] = []
    }

    private let loop: EventLoop
    private let handlers: Handlers
    private var run: Run?

    init(loop: EventLoop, handlers: Handlers) {
        self.loop = loop
        self.handlers = handlers
    }

    /// What is being tried now.
    var view: ProofView? { run?.view }

    /// Begins a case, follows the one that runs, or has it recorded that it can't be shown.
    /// - Throws: ``RPCError`` where another runs, or the lock is out of reach.
    func prove(_ ticket: Int64, _ request: ProofRequest, by user: String, hasRadio: Bool) throws(RPCError) {
        if let run {
            guard run.view.lock == request.lock, run.view.case == request.case else {
                throw RPCError(code: -32002, message: "\(run.view.lock) is being tried: \(run.view.case.rawValue).", reason: .busy)
            }
            self.run?.tickets.append(ticket)
            _ = handlers.tell(ticket, run.view)
            return
        }
        guard let state = handlers.state(request.lock) else {
            throw RPCError(code: -32002, message: "There is no lock \(request.lock).", reason: .unknownLock)
        }
        guard let capabilities = state.capabilities else {
            throw RPCError(code: -32002, message: "\(request.lock) is out of reach now.", reason: .lockOffline)
        }
        if let cause = Self.unable(request, capabilities) { return note(ticket, request, cause, user) }
        let seconds = request.openSeconds ?? Self.openSeconds(request.case, hasRadio: hasRadio)
        run = Run(
            view: ProofView(
                lock: request.lock, case: request.case, step: .opening, openSeconds: seconds,
                cutsItself: request.case == .radioCut && hasRadio),
            by: user, judge: ProofJudge(request.case, assurance: handlers.assurance(request.lock, seconds)), tickets: [ticket])
        tell()
        handlers.ask(.unlock(request.lock, openSeconds: seconds)) { [weak self] in self?.replied($0) }
    }

    private static func unable(_ request: ProofRequest, _ capabilities: LockCapabilities) -> ProvenCase.Cause? {
        if request.skip == true { return .skipped }
        switch request.case {
        case .ajar: return capabilities.doorSensor ? nil : .noDoorSensor
        case .blocked: return capabilities.jam ? nil : .noJamReport
        case .shut, .radioCut: return nil
        }
    }

    /// Time for the installer to do what the case needs.
    private static func openSeconds(_ proof: ProofCase, hasRadio: Bool) -> Int {
        switch proof {
        case .shut: 5
        case .ajar, .blocked: 20
        case .radioCut: hasRadio ? 8 : 30
        }
    }

    // MARK: What is seen

    private func replied(_ reply: Reply) {
        guard run != nil else { return }
        switch reply.status {
        case .accepted:
            let timer = loop.schedule(afterMilliseconds: Self.maximumMilliseconds) { [weak self] in self?.finish(.failed, .notLocked) }
            run?.timers.append(timer)
        case .unlocked: unlocked()
        case .refused:
            let reason = reply.reason ?? .adapterFailed
            fail(RPCError(code: -32002, message: reply.detail ?? reason.row.help, reason: reason))
        case .failed: finish(.failed, .notOpened)
        case .secured:
            run?.isSecured = true
            finishIfSecured()
        case .unknown: break
        }
    }

    private func unlocked() {
        run?.unlockedAt = Clocks.bootMilliseconds()
        step(.unlocked)
        guard let view = run?.view, view.cutsItself, handlers.cut(view.lock, true) else { return }
        run?.isCutByUs = true
        beginCut()
    }

    /// The lock is out of reach from here: for as long as its own relock would take, and a little more.
    private func beginCut() {
        guard let view = run?.view, view.cutSeconds == nil else { return }
        let state = handlers.state(view.lock)
        let auto = run?.judge.assurance == .lockAuto ? state?.reading?.autoRelock?.seconds : nil
        let motor = ((state?.capabilities?.motorMilliseconds ?? 0) + 999) / 1000
        let seconds = max(view.openSeconds, auto ?? 0) + motor + Self.marginSeconds
        run?.view.cutSeconds = seconds
        step(.cut)
        let timer = loop.schedule(afterMilliseconds: Int64(seconds) * 1000) { [weak self] in self?.restore() }
        run?.timers.append(timer)
    }

    private func restore() {
        guard let view = run?.view else { return }
        run?.judge.restored()
        if run?.isCutByUs == true { _ = handlers.cut(view.lock, false) }
        run?.isCutByUs = false
        step(.restored)
    }

    /// The machine took something in about the lock.
    func look(_ lock: LockID) {
        guard let view = run?.view, view.lock == lock, run?.unlockedAt != nil, let state = handlers.state(lock) else { return }
        var isDue = false
        if case .relocking = state.phase { isDue = true }
        let wasOpen = run?.judge.sawDoorOpen ?? false
        run?.judge.saw(
            bolt: state.bolt, door: state.door, jammed: state.reading?.jammed ?? false, isOnline: state.capabilities != nil, isDue: isDue)
        if view.case == .ajar, !wasOpen, run?.judge.sawDoorOpen == true { step(.doorOpen) }
        if isDue, view.step == .unlocked { step(.relocking) }
        if view.case == .radioCut, !view.cutsItself, run?.judge.wasCut == true { beginCut() }
    }

    /// An order of the gateway's reached a lock.
    func drove(_ lock: LockID, _ action: MotorAction) {
        guard run?.view.lock == lock, action == .lock else { return }
        run?.judge.drove(door: handlers.state(lock)?.door ?? .unknown)
    }

    /// A record is durable.
    func recorded(_ record: LockModel.Record) {
        guard let view = run?.view, record.body.lock == view.lock else { return }
        switch record.body {
        case .alarmRaised(let alarm):
            let had = run?.judge.hasAlarm ?? false
            run?.judge.alarmed(alarm.reason)
            look(view.lock)
            if view.case != .radioCut, !had, run?.judge.hasAlarm == true { step(.alarmed) }
        case .lockChanged(let change) where change.event == .relocked:
            run?.relocked = (change.source, change.confirmedBy)
            finishIfSecured()
        case .lockRemoved: fail(RPCError(code: -32002, message: "The lock was removed.", reason: .unknownLock))
        default: break
        }
    }

    // MARK: The end

    private func finishIfSecured() {
        guard let run, run.isSecured, run.relocked != nil else { return }
        let verdict = run.judge.verdict
        finish(verdict.result, verdict.cause)
    }

    private func finish(_ result: ProvenCase.Result, _ cause: ProvenCase.Cause?) {
        guard let run = close() else { return }
        let now = Clocks.bootMilliseconds()
        let proven = ProvenCase(
            case: run.view.case, result: result, cause: cause, at: handlers.now(),
            relockMilliseconds: run.isSecured ? run.unlockedAt.map { now - $0 } : nil, relockedBy: run.relocked?.source,
            confirmedBy: run.relocked?.by)
        record(LockProof(lock: run.view.lock, proven: proven, by: run.by), for: run.tickets)
    }

    private func note(_ ticket: Int64, _ request: ProofRequest, _ cause: ProvenCase.Cause, _ user: String) {
        let proven = ProvenCase(case: request.case, result: .notShown, cause: cause, at: handlers.now())
        record(LockProof(lock: request.lock, proven: proven, by: user), for: [ticket])
    }

    private func record(_ proof: LockProof, for tickets: [Int64]) {
        handlers.ask(.prove(proof)) { [handlers] reply in
            let failure = GatewayService.refusal(reply)
            for ticket in tickets { handlers.end(ticket, failure.map { .failure($0) } ?? .success(proof.proven)) }
        }
    }

    private func fail(_ error: RPCError) {
        for ticket in close()?.tickets ?? [] { handlers.end(ticket, .failure(error)) }
    }

    private func close() -> Run? {
        guard let run else { return nil }
        self.run = nil
        for timer in run.timers { loop.cancel(timer) }
        if run.isCutByUs { _ = handlers.cut(run.view.lock, false) }
        return run
    }

    private func step(_ step: ProofView.Step) {
        guard run?.view.step != step else { return }
        run?.view.step = step
        tell()
    }

    private func tell() {
        guard let view = run?.view else { return }
        run?.tickets.removeAll { !handlers.tell($0, view) }
    }
}
