import AdapterHost
import AdapterProtocol
import LinuxIO
import LockModel
import Logging
import WireBytes

/// Which adapter drives which lock.
final class AdapterDirectory {
    struct Handlers {
        var up: (LockID, LockCapabilities) -> Void
        var down: (LockID, Reason) -> Void
        var observed: (LockObservation) -> Void
        /// Keep a state, then say what failed, or nothing.
        var blob: (AdapterName, BlobRequest, ChildReply) -> Void
        var ended: (AdapterName) -> Void
        var radio: (AdapterName, Method, JSONObject, ChildReply) -> Void
        var keep: (AdapterStates.Owner, JSONObject, @escaping (String?) -> Void) -> Void
    }

    private final class Entry {
        let supervisor: AdapterSupervisor
        let version: String
        var locks: [LockID] = []
        var history = ChildHistory()
        let watchers: AdapterWatchers
        let needs: AdapterNeeds
        /// Whose locks it serves, and how they are known on the air.
        var vendor: String?
        var recognises: [Recognised] = []
        /// What it asks for and was not accepted; while there is any, it does not run.
        var wants: [String]
        /// A newer version that waits to be accepted: its number, and what it asks for beyond.
        var next: (version: String, wants: [String])?
        /// The operator stopped it.
        var isDisabled = false

        init(_ supervisor: AdapterSupervisor, version: String, needs: AdapterNeeds, wants: [String]) {
            self.supervisor = supervisor
            self.version = version
            watchers = AdapterWatchers(supervisor.child) { Timestamp(milliseconds: Clocks.wallMilliseconds()) }
            self.needs = needs
            self.wants = wants
        }
    }

    /// The adapter of that name, `nil` where none has it.
    func supervisor(named name: AdapterName) -> AdapterSupervisor? { adapters[name]?.supervisor }

    private let log: Logger
    private let handlers: Handlers
    private let states: AdapterStates
    private var adapters: [AdapterName: Entry] = [:]
    private var adapterOfLock: [LockID: Entry] = [:]

    init(states: AdapterStates, log: Logger, handlers: Handlers) {
        self.states = states
        self.log = log
        self.handlers = handlers
    }

    var names: [AdapterName] { adapters.keys.sorted() }

    var views: [ChildView] {
        names.compactMap { name in
            adapters[name].map {
                var view = $0.history.view(of: $0.supervisor.child, name: name.text, version: $0.version, serves: $0.locks)
                if !$0.wants.isEmpty {
                    view.state = "waits to be accepted"
                    view.wants = $0.wants
                } else if $0.isDisabled {
                    view.state = "disabled"
                } else if let next = $0.next {
                    view.next = next.version
                    view.wants = next.wants
                }
                return view
            }
        }
    }

    /// - Parameter accepted: what was accepted of it before; without it everything it asks for is new to the site, and the one who wrote it into the
    ///   configuration has accepted it.
    func add(_ supervisor: AdapterSupervisor, named name: AdapterName, version: String, needs: AdapterNeeds, accepted: AdapterNeeds?) {
        let entry = Entry(supervisor, version: version, needs: needs, wants: accepted.map(needs.more) ?? [])
        adapters[name] = entry
        supervisor.onLink = { [weak self] lock, state in
            switch state {
            case .up(let added): self?.handlers.up(lock, added.capabilities)
            case .down(let reason): self?.handlers.down(lock, reason)
            }
        }
        supervisor.onObserved = { [weak self] in self?.handlers.observed($0) }
        supervisor.onDown = { [weak self, weak entry] cause in
            entry?.history.went(cause)
            self?.handlers.ended(name)
            self?.log.warning("adapter down", metadata: ["adapter": "\(name)", "cause": "\(cause)"])
        }
        if needs.radio.contains("ble") {
            supervisor.onRadio = { [weak self] method, params, reply in self?.handlers.radio(name, method, params, reply) }
        }
        supervisor.onBlob = { [weak self] request, reply in self?.handlers.blob(name, request, reply) }
        supervisor.child.savedState = read(AdapterStates.Owner(adapter: name))
        supervisor.onStatePut = { [weak self] params, reply in
            self?.handlers.keep(AdapterStates.Owner(adapter: name, part: params.lock.map { .lock($0) } ?? .own), params.state) {
                failure in
                guard let failure else { return reply.succeed(Nothing()) }
                self?.log.error("an adapter's state was not kept", metadata: ["adapter": "\(name)", "error": "\(failure)"])
                reply.fail(.internalError("the state was not kept"))
            }
        }
    }

    func start() {
        for name in names {
            guard let entry = adapters[name] else { continue }
            if entry.isDisabled {
                log.notice("not started: disabled", metadata: ["adapter": "\(name)"])
            } else if entry.wants.isEmpty {
                entry.supervisor.start()
            } else {
                log.warning(
                    "not started: it asks for more than was accepted; `lockbridge adapter accept \(name)`",
                    metadata: ["adapter": "\(name)", "more": "\(entry.wants)"])
            }
        }
    }

    /// What an adapter's manifest says of things on the air.
    func setRecognises(_ name: AdapterName, _ recognises: [Recognised], vendor: String?) {
        adapters[name]?.recognises = recognises
        adapters[name]?.vendor = vendor
    }

    /// Everything any adapter knows of the air, by the adapters' names.
    var recognised: [(adapter: AdapterName, vendor: String?, entry: Recognised)] {
        names.flatMap { name in (adapters[name]?.recognises ?? []).map { (name, adapters[name]?.vendor, $0) } }
    }

    /// What an adapter asks for, `nil` where none has that name.
    func needs(of name: AdapterName) -> AdapterNeeds? { adapters[name]?.needs }

    /// Whether it waits to be accepted.
    func isHeld(_ name: AdapterName) -> Bool { adapters[name]?.wants.isEmpty == false }

    /// It was accepted as it is, and runs from now on.
    func accepted(_ name: AdapterName) {
        guard let entry = adapters[name], !entry.wants.isEmpty else { return }
        entry.wants = []
        if !entry.isDisabled { entry.supervisor.start() }
    }

    /// Whether the operator stopped it.
    func isDisabled(_ name: AdapterName) -> Bool { adapters[name]?.isDisabled ?? false }

    /// Stops it until it is enabled again, or lets it run again.
    func setDisabled(_ name: AdapterName, _ isDisabled: Bool, startNow: Bool = true) {
        guard let entry = adapters[name], entry.isDisabled != isDisabled else { return }
        entry.isDisabled = isDisabled
        if isDisabled { entry.supervisor.stop() } else if entry.wants.isEmpty && startNow { entry.supervisor.start() }
    }

    /// A newer version of it was added and waits, or does no more.
    func setNext(_ name: AdapterName, _ next: (version: String, wants: [String])?) { adapters[name]?.next = next }

    /// Takes an adapter out, and calls `done` when no process of it is left. Its locks have no adapter then.
    func remove(_ name: AdapterName, _ done: @escaping () -> Void) {
        guard let entry = adapters.removeValue(forKey: name) else { return done() }
        for lock in entry.locks { adapterOfLock[lock] = nil }
        // Held until it has ended.
        entry.supervisor.stop { [entry] in
            for lock in entry.locks { entry.supervisor.removeLock(lock) }
            done()
        }
    }

    /// Starts one adapter that was added while the gateway runs.
    func start(_ name: AdapterName) {
        guard let entry = adapters[name], entry.wants.isEmpty, !entry.isDisabled else { return }
        entry.supervisor.start()
    }

    /// The newest lines it wrote, oldest first.
    func logLines(of name: AdapterName) -> [AdapterLogLine] { adapters[name]?.watchers.lines ?? [] }

    /// Has each line it writes from now on told, until that answers `false`.
    /// - Returns: `false` where too many look already.
    func followLog(of name: AdapterName, _ look: @escaping (AdapterLogLine) -> Bool) -> Bool {
        adapters[name]?.watchers.follow(look) ?? false
    }

    /// Has each line to it (`true`) and from it told, until that answers `false`.
    /// - Returns: `false` where too many look already.
    func trace(_ name: AdapterName, _ look: @escaping (Bool, [UInt8]) -> Bool) -> Bool { adapters[name]?.watchers.trace(look) ?? false }

    func locks(of name: AdapterName) -> [LockID] { adapters[name]?.locks ?? [] }

    /// Ends it and starts it anew, out of quarantine too.
    func restart(_ name: AdapterName) {
        guard let entry = adapters[name], entry.wants.isEmpty else { return }
        entry.supervisor.stop { entry.supervisor.start() }
    }

    /// A lock is in the ledger: its adapter drives it from now on, and after each of its restarts.
    func attach(_ entry: LockEntry) {
        guard adapterOfLock[entry.lock] == nil else { return }
        guard let adapter = adapters[entry.adapter] else {
            log.error("no such adapter is configured", metadata: ["adapter": "\(entry.adapter)", "lock": "\(entry.lock)"])
            return
        }
        adapterOfLock[entry.lock] = adapter
        adapter.locks.append(entry.lock)
        adapter.supervisor.addLock(entry.lock, vendorState: read(AdapterStates.Owner(adapter: entry.adapter, part: .lock(entry.lock))))
    }

    /// A lock is in the ledger no more: its adapter forgets it.
    func detach(_ lock: LockID) {
        guard let adapter = adapterOfLock.removeValue(forKey: lock) else { return }
        adapter.locks.removeAll { $0 == lock }
        adapter.supervisor.removeLock(lock)
    }

    private func read(_ owner: AdapterStates.Owner) -> JSONObject? {
        do throws(AdapterStates.Damage) {
            return try states.read(owner)
        } catch {
            log.error("an adapter's state can't be used", metadata: ["adapter": "\(owner.adapter)", "error": "\(error)"])
            return nil
        }
    }

    func supervisor(of lock: LockID) -> AdapterSupervisor? { adapterOfLock[lock]?.supervisor }

    /// Ends every adapter, each in its own time.
    func stop(completed: @escaping () -> Void) {
        var left = adapters.count
        guard left > 0 else { return completed() }
        for entry in adapters.values {
            entry.supervisor.stop {
                left -= 1
                if left == 0 { completed() }
            }
        }
    }
}
