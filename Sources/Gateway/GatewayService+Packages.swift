import AdapterHost
import AdapterProtocol
import GatewayCore
import LockCrypto
import LockModel
import WireBytes

/// Adapters that are added, taken out, stopped and started while the gateway runs.
///
/// Which package of an adapter runs is a record (`adapter.accepted` with its SHA-256). None is exchanged or stopped while one of its doors is
/// open or owes a relock.
extension GatewayService {
    // MARK: The start

    /// Makes every adapter there is: those of the configuration, and those that were added.
    func prepareAdapters() throws {
        guard let workshop else { return }
        var configured = configuration.adapters
        let added = workshop.packages.names
        for name in added where !configured.contains(where: { $0.name == name }) {
            configured.append(Configuration.Adapter(name: name, path: nil, config: [:]))
        }
        for adapter in configured {
            let digest = machine.ledger.adapters[adapter.name]?.digest
            if adapter.path == nil, added.contains(adapter.name), let digest {
                do throws(AdapterPackages.Failure) {
                    try place(adapter, try workshop.packages.open(adapter.name, digest), digest)
                    try openNext(adapter.name)
                } catch {
                    log.error("an adapter that was added is not started", metadata: ["adapter": "\(adapter.name)", "because": "\(error)"])
                }
            } else if adapter.path == nil, !workshop.finder.isShipped(adapter.name.text) {
                log.error(
                    "an adapter has an entry and is not there; `lockbridge adapter add` brings it", metadata: ["adapter": "\(adapter.name)"]
                )
            } else if configuration.adapters.contains(where: { $0.name == adapter.name }) {
                let installed = try workshop.finder.adapter(adapter.name.text, path: adapter.path)
                do throws(AdapterPackages.Failure) { try place(adapter, installed, nil) } catch {
                    throw ConfigurationMistake(path: "adapters.\(adapter.name)", message: "\(error)")
                }
            }
        }
    }

    /// Puts an adapter into the directory; it is not started yet.
    private func place(
        _ adapter: Configuration.Adapter, _ installed: InstalledAdapter, _ digest: Digest?
    ) throws(AdapterPackages.Failure) {
        guard let workshop else { return }
        let user = workshop.users.user(of: adapter.name.text)
        let plan = installed.plan(
            gateway: configuration.gateway, config: adapter.config, workFolder: user == nil ? home.children : workshop.users.folder,
            user: user)
        for weakness in plan.weaknesses where user != nil { log.warning("\(weakness)", metadata: ["adapter": "\(adapter.name)"]) }
        let supervisor = AdapterSupervisor(plan, loop: loop, spawner: workshop.spawner, log: log)
        do {
            try giveNetwork(installed.manifest, adapter, to: supervisor.child, workshop.finder, workshop.spawner)
        } catch {
            throw AdapterPackages.Failure(description: "\(error)")
        }
        adapters?.add(
            supervisor, named: adapter.name, version: installed.manifest.version.description,
            needs: AdapterNeeds(installed.manifest, digest: digest), accepted: machine.ledger.adapters[adapter.name])
        adapters?.setRecognises(adapter.name, installed.manifest.recognises, vendor: installed.manifest.vendor)
        if workshop.packages.isDisabled(adapter.name) { adapters?.setDisabled(adapter.name, true) }
    }

    private func openNext(_ name: AdapterName) throws(AdapterPackages.Failure) {
        guard let workshop, let digest = workshop.packages.next(name) else { return }
        keepNext(name, try workshop.packages.open(name, digest), digest)
    }

    private func keepNext(_ name: AdapterName, _ installed: InstalledAdapter, _ digest: Digest) {
        let needs = AdapterNeeds(installed.manifest, digest: digest)
        workshop?.next[name] = AdapterWorkshop.Next(installed: installed, needs: needs)
        adapters?.setNext(name, (needs.version, machine.ledger.adapters[name].map(needs.more) ?? needs.all))
    }

    // MARK: Adding

    func takeUpload(_ ticket: Int64, _ request: AdapterUploadRequest) throws {
        guard let workshop, let piece = try? Base64URL.decode(request.data) else { throw RPCError.invalidParams("data is not base64url") }
        if request.offset == 0 { workshop.upload = [] }
        guard request.offset == workshop.upload.count else {
            throw RPCError(code: -32002, message: "Another upload came between; begin again.", reason: .busy)
        }
        guard workshop.upload.count + piece.count <= TarArchive.maximumBytes else {
            workshop.upload = []
            throw RPCError(code: -32002, message: "The package is larger than \(TarArchive.maximumBytes >> 20) MiB.", reason: .tooLarge)
        }
        workshop.upload += piece
        admin?.respond(ticket, Nothing())
    }

    func addAdapter(_ ticket: Int64, _ request: AdapterAddRequest) throws {
        guard let workshop, let adapters else { return }
        let name = request.adapter
        if configuration.adapters.contains(where: { $0.name == name && $0.path != nil }) {
            throw RPCError(
                code: -32002, message: "\(name) stands in lockbridge.yaml with a path; take that out first.", reason: .unsupported)
        }
        let bytes = workshop.upload
        workshop.upload = []
        if adapters.needs(of: name)?.digest == request.digest {
            admin?.respond(ticket, AdapterAddAnswer(unchanged: true))
            return
        }
        try refuseOpenDoors(of: name)
        workshop.thread.keep(bytes, of: name, request.digest) { [weak self] result in
            guard let self else { return }
            do {
                switch result {
                case .failure(let failure): throw RPCError(code: -32002, message: failure.description, reason: .malformed)
                case .success(let installed): try kept(ticket, name, installed, request.digest)
                }
            } catch let error as RPCError {
                admin?.fail(ticket, error)
            } catch {
                admin?.fail(ticket, .internalError("\(error)"))
            }
        }
    }

    /// A package is on disk: it is installed, or waits where it asks for more than was accepted.
    private func kept(_ ticket: Int64, _ name: AdapterName, _ installed: InstalledAdapter, _ digest: Digest) throws {
        let needs = AdapterNeeds(installed.manifest, digest: digest)
        let wants = machine.ledger.adapters[name].map(needs.more) ?? []
        guard wants.isEmpty || adapters?.needs(of: name) == nil else {
            workshop?.packages.setNext(name, digest)
            keepNext(name, installed, digest)
            admin?.respond(ticket, AdapterAddAnswer(wants: wants))
            return
        }
        try install(ticket, name, installed, needs)
    }

    /// Accepts a newer version that waits.
    /// - Returns: `false` where none does.
    func acceptNext(_ ticket: Int64, _ name: AdapterName) throws -> Bool {
        guard let next = workshop?.next[name] else { return false }
        try install(ticket, name, next.installed, next.needs)
        return true
    }

    private func install(_ ticket: Int64, _ name: AdapterName, _ installed: InstalledAdapter, _ needs: AdapterNeeds) throws {
        try refuseOpenDoors(of: name)
        feed(.admin(ticket, .acceptAdapter(needs)))
        // Refused: nothing was exchanged.
        guard machine.ledger.adapters[name] == needs, let workshop else { return }
        workshop.next[name] = nil
        workshop.packages.setNext(name, nil)
        let entry =
            (try? home.readConfiguration())?.adapters.first { $0.name == name } ?? Configuration.Adapter(name: name, path: nil, config: [:])
        adapters?.remove(name) { [weak self] in
            guard let self else { return }
            do throws(AdapterPackages.Failure) { try place(entry, installed, needs.digest) } catch {
                return log.error("an adapter that was added is not started", metadata: ["adapter": "\(name)", "because": "\(error)"])
            }
            for lock in machine.ledger.locks.values where lock.adapter == name { adapters?.attach(lock) }
            adapters?.start(name)
            if let digest = needs.digest { workshop.packages.clean(name, but: [digest]) }
        }
    }

    // MARK: Stopping and taking out

    func removeAdapter(_ ticket: Int64, _ request: AdapterRequest) throws {
        guard let workshop, let adapters, adapters.needs(of: request.adapter) != nil || workshop.packages.names.contains(request.adapter)
        else {
            throw Self.unknown(request.adapter)
        }
        guard !configuration.adapters.contains(where: { $0.name == request.adapter }) else {
            throw RPCError(
                code: -32002, message: "\(request.adapter) stands in lockbridge.yaml; take it out there and start the gateway anew.",
                reason: .unsupported)
        }
        try refuseOpenDoors(of: request.adapter)
        workshop.next[request.adapter] = nil
        adapters.remove(request.adapter) { [weak self] in
            workshop.packages.remove(request.adapter)
            self?.admin?.respond(ticket, Nothing())
        }
    }

    func setAdapter(_ ticket: Int64, _ request: AdapterRequest, disabled: Bool) throws {
        guard let workshop, let adapters, adapters.needs(of: request.adapter) != nil else { throw Self.unknown(request.adapter) }
        if disabled { try refuseOpenDoors(of: request.adapter) }
        workshop.packages.setDisabled(request.adapter, disabled)
        adapters.setDisabled(request.adapter, disabled)
        admin?.respond(ticket, Nothing())
    }

    func refuseOpenDoors(of name: AdapterName) throws {
        guard let open = adapters?.locks(of: name).first(where: { machine.ledger.isOwed($0) }) else { return }
        throw RPCError(code: -32002, message: "\(open) is open, or owes a relock; wait until it is locked.", reason: .busy)
    }

    func refuseDisabled(_ name: AdapterName) throws {
        guard adapters?.isDisabled(name) == true else { return }
        throw RPCError(code: -32002, message: "It is disabled; `lockbridge adapter enable \(name)`.", reason: .actionNotAllowed)
    }
}
