import AdapterHost
import AdapterProtocol
import LinuxIO
import LockModel
import Logging
import WireBytes

/// The radios: one process each, started with the adapters, and the locks' peers they are told.
extension GatewayService {
    func startRadios(_ states: AdapterStates, _ writer: StateThread, _ finder: ProgramFinder, _ spawner: Spawner) throws {
        let router = RadioRouter(
            RadioRouter.Handlers(
                notify: { [weak self] in self?.adapters?.supervisor(named: $0)?.tell($1) },
                pairing: { [weak self] in self?.pairing?.adapter },
                ask: { [weak self] prompt, reply in
                    guard let pairing = self?.pairing else { return reply.succeed(PromptResult.cancelled) }
                    pairing.ask(prompt, reply)
                },
                keep: { [log] owner, peer in
                    writer.write(Self.kept(peer, owner.state), of: AdapterStates.Owner(adapter: owner.adapter, part: .radio(owner.lock))) {
                        if let failure = $0 {
                            log.error("the radio's keys were not kept", metadata: ["lock": "\(owner.lock)", "error": "\(failure)"])
                        }
                    }
                },
                heard: { [weak self] in self?.air?.heard($0) }))
        self.router = router
        air = AirDesk(loop: loop, handlers: airHandlers())
        for entry in machine.ledger.locks.values {
            do throws(AdapterStates.Damage) {
                guard let kept = try states.read(AdapterStates.Owner(adapter: entry.adapter, part: .radio(entry.lock))),
                    let peer = kept["peer"].flatMap({ try? StrictJSON.decode(RadioPeer.self, from: $0) })
                else { continue }
                router.own(peer, RadioRouter.Owner(adapter: entry.adapter, lock: entry.lock, state: kept["state"]?.object))
            } catch {
                log.error("what the radio kept of a lock can't be used", metadata: ["lock": "\(entry.lock)", "error": "\(error)"])
            }
        }
        guard !configuration.radios.isEmpty else { return }
        let program = try finder.program("lockbridge-ble", adapterFolder: finder.programFolder)
        for (index, radio) in configuration.radios.enumerated() {
            let child = ChildSupervisor(radioPlan(radio, index, program), loop: loop, spawner: spawner, log: log)
            router.radios.append(
                RadioLink(
                    radio, child: child, log: log,
                    handlers: RadioLink.Handlers(
                        up: { [weak router] in router?.cameUp($0) }, down: { [weak router] in router?.wentDown($0) },
                        advertisement: { [weak router] in router?.advertised($0, $1) },
                        notified: { [weak router] in router?.notified($0, $1) },
                        disconnected: { [weak router] in router?.disconnected($0, $1) },
                        peerState: { [weak router] in router?.changed($0) },
                        prompt: { [weak router] prompt, reply in
                            guard let router else { return reply.succeed(PromptResult.cancelled) }
                            router.handlers.ask(prompt.safe, reply)
                        })))
        }
    }

    /// What the pairing's last peer is to be kept as, and whose it becomes; nothing for a lock without a radio.
    func bindRadioPeer(_ adapter: AdapterName, _ lock: LockID, _ done: @escaping (String?) -> Void) {
        guard let router, let (peer, state) = router.touched.last, let stateThread else { return done(nil) }
        stateThread.write(Self.kept(peer, state), of: AdapterStates.Owner(adapter: adapter, part: .radio(lock))) { [weak router] failure in
            if failure == nil {
                router?.own(peer, RadioRouter.Owner(adapter: adapter, lock: lock, state: state))
                router?.tellPeers()
                router?.tellFilters()
            }
            done(failure)
        }
    }

    private static func kept(_ peer: RadioPeer, _ state: JSONObject?) -> JSONObject {
        ["peer": ["address": .string(peer.address), "type": .string(peer.type.rawValue)], "state": state.map { .object($0) } ?? .null]
    }

    /// The radio process is our own: it is never given up, and its rate is the air's.
    private func radioPlan(_ radio: Configuration.Radio, _ index: Int, _ program: String) -> ChildPlan {
        var timings = ChildTimings()
        timings.quarantineCrashes = .max
        timings.firstRestartMilliseconds = 500
        timings.longestRestartMilliseconds = 15_000
        var limits = ChildLimits()
        limits.notifications = nil
        limits.inFlight = 4
        limits.outputBytes = 1 << 20
        var plan = ChildPlan(
            name: "ble-\(index)", executable: program, folder: home.children + "/ble-\(index)", gateway: configuration.gateway,
            config: ["hci": .string(radio.hci)], limits: limits, timings: timings)
        let device =
            ["serial:", "unix:", "socket:"].contains { radio.hci.hasPrefix($0) } ? [String(radio.hci.drop { $0 != ":" }.dropFirst())] : []
        // A radio that was started apart, which may do what no child of ours may: take a device of the kernel's.
        if radio.hci.hasPrefix("socket:") { plan.arguments = ["--connect"] + device }
        plan.box = Box.around(
            readable: [program, ProgramFinder().programFolder], writable: device, hasNetwork: radio.hci.hasPrefix("tcp:"))
        return plan
    }
}

extension AdapterSupervisor {
    /// Passes what a radio told on to the adapter.
    func tell(_ news: RadioNews) {
        switch news {
        case .advertisement(let params): child.notify(.radioAdvertisement, params)
        case .notified(let params): child.notify(.radioNotified, params)
        case .disconnected(let params): child.notify(.radioDisconnected, params)
        }
    }
}
