import AdapterHost
import AdapterProtocol
import GatewayCore
import LockModel
import WireBytes

/// What the admin socket shows of the machine's state. Lists come in pages that fit a line.
extension GatewayService {
    /// Room for what surrounds a page in its line.
    private static let pageBytes = LineCodec.maximumBytes - 4096
    private static let worstLocks = 32

    func statusView() -> StatusView {
        var readyLocks = 0
        var risks: [(risk: Int, index: Int)] = []
        for (index, lock) in machine.locks.values.enumerated() {
            if lock.capabilities != nil, case .closed = lock.phase { readyLocks += 1 }
            risks.append((risk(of: lock), index))
        }
        let worst = risks.sorted { ($1.risk, $0.index) < ($0.risk, $1.index) }.prefix(Self.worstLocks)
        return StatusView(
            gateway: configuration.gateway, version: version, startedAt: startedAt, clock: clockView, frozen: machine.isFrozen,
            frozenBecause: freezeCause?.description, frozenRemedy: freezeCause?.remedy, draining: machine.isDraining,
            commissioned: machine.ledger.isCommissioned, records: commit.durable, lockCount: machine.locks.count, readyLocks: readyLocks,
            locks: Self.page(worst.lazy.compactMap { self.lockView(self.machine.locks.keys[$0.index]) }),
            buses: configuration.buses.compactMap { buses[$0.name]?.view }, adapters: adapters?.views ?? [],
            radios: router?.radios.map(\.view) ?? [])
    }

    func lockList(_ request: LockListRequest) -> LockList {
        let locks = machine.locks.keys
        if let lock = request.lock { return LockList(locks: lockView(lock).map { [$0] } ?? []) }
        let first = request.after.flatMap { locks.firstIndex(of: $0) }.map { $0 + 1 } ?? 0
        let page = Self.page(locks[first...].lazy.compactMap(lockView))
        return LockList(locks: page, next: first + page.count < locks.count ? page.last?.lock : nil)
    }

    func grantList(_ request: GrantListRequest) -> GrantList {
        let now = time.now()
        let grants = machine.ledger.grants
        let first = request.after.flatMap { grants.index(forKey: $0) }.map { $0 + 1 } ?? 0
        let page = Self.page(
            grants.values[first...].lazy.compactMap { [machine] entry in
                machine.grantStatus(entry.grant.id, now).map {
                    GrantView(grant: entry.grant, status: $0.status.rawValue, usesLeft: $0.usesLeft)
                }
            })
        return GrantList(grants: page, next: first + page.count < grants.count ? page.last?.grant.id : nil)
    }

    /// As many as fit a line, at least one.
    private static func page<Element: Encodable>(_ elements: some Sequence<Element>) -> [Element] {
        var page: [Element] = []
        var bytes = 0
        for element in elements {
            bytes += ((try? StrictJSON.encode(element))?.count ?? 0) + 1
            if bytes > pageBytes && !page.isEmpty { break }
            page.append(element)
        }
        return page
    }

    /// How much a lock wants looking after: an alarm before an owed relock before a lost link before an open bolt.
    private func risk(of lock: LockMachine) -> Int {
        (lock.alarm == nil ? 0 : 8) + (machine.ledger.isOwed(lock.lock) ? 4 : 0) + (lock.capabilities == nil ? 2 : 0)
            + (lock.bolt == .locked ? 0 : 1)
    }

    func lockView(_ lock: LockID) -> LockView? {
        guard let state = machine.locks[lock], let entry = machine.ledger.locks[lock] else { return nil }
        var view = LockView(
            lock: lock, title: entry.title, adapter: entry.adapter, phase: state.phase.name, bolt: state.bolt, door: state.door,
            battery: state.battery, online: state.capabilities != nil, alarm: state.alarm, confirmedBy: state.reading?.confirmedBy,
            observedAt: state.reading?.observedAt,
            relockAssurance: machine.relockAssurance(of: lock, openSeconds: min(30, entry.maximumOpenSeconds)),
            relockWaiver: entry.relockWaiver,
            maximumOpenSeconds: entry.maximumOpenSeconds, waiting: state.waiting.count,
            owed: machine.ledger.obligations(of: lock).map(ObligationView.init), capabilities: state.capabilities)
        let known = adapters?.supervisor(of: lock)?.known(lock)
        view.model = known.map { VisibleText.line($0.model, 64) }
        view.firmware = known?.firmware.map { VisibleText.line($0, 64) }
        view.autoRelock = state.reading?.autoRelock
        view.alwaysLocked = entry.alwaysLocked
        view.waived = entry.waived
        view.proof = entry.proof
        if proofs?.view?.lock == lock { view.proving = proofs?.view?.case }
        view.survey = surveys[lock]
        return view
    }
}

extension LockMachine.Phase {
    /// The phase in a word, as the command line shows it.
    var name: String {
        switch self {
        case .unread: "unread"
        case .closed: "closed"
        case .accepted: "accepted"
        case .unlocking: "unlocking"
        case .unlocked: "unlocked"
        case .relocking: "relocking"
        }
    }
}
