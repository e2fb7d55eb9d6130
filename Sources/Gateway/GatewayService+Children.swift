import AdapterHost
import AdapterProtocol
import GatewayCore
import Glibc
import LinuxIO
import LockModel
import Logging

/// The processes below the core: one adapter each vendor, one bus process each broker.
extension GatewayService {
    func startChildren() throws {
        let spawner = try Spawner(loop: loop)
        let finder = ProgramFinder()
        try makeFolder(home.children)
        let states = try AdapterStates(folder: home.states, seal: try home.readSealKey())
        let writer = try StateThread(states: states, loop: loop)
        stateThread = writer
        let blobs = Blobs(states: states) { writer.write($0, of: $1, done: $2) }
        pairing = makePairingDesk()
        proofs = makeProofDesk()
        let directory = AdapterDirectory(
            states: states, log: log,
            handlers: AdapterDirectory.Handlers(
                up: { [weak self] in self?.feed(.lock($0, .linkUp($1))) }, down: { [weak self] in self?.feed(.lock($0, .linkDown($1))) },
                observed: { [weak self] in self?.feed(.lock($0.lock, .observed($0))) },
                blob: { blobs.handle($1, of: $0, $2) }, ended: { [weak self] in self?.adapterEnded($0) },
                radio: { [weak self] in self?.router?.asked($0, $1, $2, $3) },
                keep: { writer.write($1, of: $0, done: $2) }))
        adapters = directory
        try startRadios(states, writer, finder, spawner)
        workshop = try AdapterWorkshop(home: home, gateway: configuration.gateway, finder: finder, spawner: spawner, loop: loop)
        try prepareAdapters()
        let program = try finder.program("lockbridge-bus", adapterFolder: finder.programFolder)
        for bus in configuration.buses {
            let child = ChildSupervisor(busPlan(bus, program), loop: loop, spawner: spawner, log: log)
            buses[bus.name] = BusLink(
                bus, gateway: configuration.gateway,
                limits: BusConfigureParams.Limits(
                    topicRatePerSecond: configuration.topicRatePerSecond, topicBurst: configuration.topicBurst),
                child: child, log: log,
                handlers: BusLink.Handlers(
                    connected: { [weak self] in self?.busConnected($0) }, disconnected: { [weak self] in self?.busDisconnected($0) },
                    message: { [weak self] in self?.busMessage($0, $1) }, receipt: { [weak self] in self?.receipt($1) }))
        }
    }

    /// A proxy for the hosts its manifest names, or a listening socket; nothing else.
    func giveNetwork(
        _ manifest: Manifest, _ adapter: Configuration.Adapter, to child: ChildSupervisor, _ finder: ProgramFinder, _ spawner: Spawner
    ) throws {
        switch manifest.needs.network {
        case .none: break
        case .egress(let hosts):
            let program = try finder.program("lockbridge-egress", adapterFolder: finder.programFolder)
            let proxy = EgressGuard(
                program, hosts: hosts, of: "egress-\(adapter.name)", loop: loop, spawner: spawner, log: log)
            egress.append(proxy)
            child.onLoopback = { proxy.serve($0) }
        case .listen:
            guard let place = adapter.listen else {
                throw ConfigurationMistake(
                    path: "adapters.\(adapter.name)", message: "it listens: say where, as `listen: 127.0.0.1:8090`")
            }
            do throws(IOFailure) { child.handedIn = try TCPListener.open(place) } catch {
                throw ConfigurationMistake(
                    path: "adapters.\(adapter.name).listen", message: "\(place) can't be listened at: \(IOFailure.text(of: error.code))")
            }
        }
    }

    /// The bus process is our own: it is never given up, and its rate is governed by credit.
    private func busPlan(_ bus: Configuration.Bus, _ program: String) -> ChildPlan {
        var timings = ChildTimings()
        timings.quarantineCrashes = .max
        timings.firstRestartMilliseconds = 500
        timings.longestRestartMilliseconds = 15_000
        var limits = ChildLimits()
        limits.notifications = nil
        limits.processorPercent = nil
        limits.outputBytes = 8 << 20
        var plan = ChildPlan(
            name: "bus-\(bus.name)", executable: program, folder: home.children + "/bus-\(bus.name)", gateway: configuration.gateway,
            config: [:],
            limits: limits, timings: timings)
        let files = [bus.passwordFile, bus.tls?.ca, bus.tls?.certificate, bus.tls?.key].compactMap { $0 }
        plan.box = Box.around(readable: files + [program, ProgramFinder().programFolder], hasNetwork: true)
        return plan
    }

    private func makeFolder(_ path: String) throws(IOFailure) {
        if mkdir(path, 0o700) != 0 && errno != EEXIST { throw .last("mkdir \(path)") }
    }

    private func busConnected(_ bus: BusLink) {
        log.notice("broker connected", metadata: ["bus": "\(bus.configuration.name)"])
        bus.publish(BusLink.Publication(topic: bus.topics.availability, payload: Array("online".utf8), isRetained: true))
        publishState(on: bus)
        feed(.busConnected(bus.configuration.name))
        bus.sendWaitingReplies()
        for principal in bus.configuration.principals where machine.settings.bus(serving: principal) == bus.configuration.name {
            let step = streams[principal, default: EventStream(cursor: EventCursor(principal: principal))].connected()
            follow(step, principal, bus)
        }
    }

    private func busDisconnected(_ bus: BusLink) {
        for principal in bus.configuration.principals where machine.settings.bus(serving: principal) == bus.configuration.name {
            streams[principal]?.disconnected()
            backlogs[principal] = nil
        }
    }

    private func busMessage(_ bus: BusLink, _ message: BusMessageParams) {
        if let arrival = Arrival(message, on: bus.configuration.name, topics: bus.topics),
            bus.configuration.principals.contains(arrival.route.principal)
        {
            if arrival.isRetained && arrival.kind == .command {
                bus.publish(BusLink.Publication(topic: message.topic, payload: [], isRetained: true))
            }
            if arrival.kind == .replay {
                replay(Arrival.Replay(message), arrival.route, isRetained: arrival.isRetained)
            } else {
                feed(.arrived(arrival))
            }
        }
        bus.handled(message.n, after: machine.ledger.lastRecord)
    }

    private func receipt(_ receipt: BusLink.Receipt) {
        switch receipt {
        case .notice(let lock, let operation): feed(.noticeAcknowledged(lock, operation))
        case .reply: break
        case .event(let principal, let sequence):
            guard let bus = machine.settings.bus(serving: principal).flatMap({ buses[$0] }) else { return }
            let step = streams[principal]?.acknowledge(sequence) ?? .wait
            feed(.eventAcknowledged(principal, streams[principal]?.acknowledged ?? 0))
            follow(step, principal, bus)
        }
    }
}
