import AdapterProtocol
import LockModel

/// What is in the air, for an installer.
extension GatewayService {
    func airHandlers() -> AirDesk.Handlers {
        AirDesk.Handlers(
            tell: { [weak self] in self?.admin?.notify($0, .found, $1) ?? false },
            end: { [weak self] in self?.admin?.respond($0, $1) },
            recognised: { [weak self] in self?.adapters?.recognised ?? [] },
            owner: { [weak self] in self?.router?.owners[$0].map { ($0.adapter, $0.lock) } },
            locks: { [weak self] in self?.router?.owners.values.map(\.lock) ?? [] },
            listen: { [weak self] in self?.router?.ownFilters = $0 })
    }

    func scan(_ ticket: Int64, _ request: ScanRequest) throws {
        let radios = router?.radios ?? []
        if radios.isEmpty {
            throw RPCError(code: -32002, message: "No radio is configured: add one under `radios:` in lockbridge.yaml, and restart.")
        }
        guard radios.contains(where: \.isUp) else {
            throw RPCError(code: -32002, message: "No radio is up: `lockbridge status` tells why.")
        }
        try air?.scan(ticket, request)
    }

    func survey(_ ticket: Int64, _ request: SurveyRequest) throws {
        let lock = request.lock
        guard let adapter = adapters?.supervisor(of: lock) else {
            throw RPCError(code: -32002, message: "There is no lock \(lock).", reason: .unknownLock)
        }
        guard (1...Survey.maximumSeconds).contains(request.seconds) else {
            throw RPCError.invalidParams("seconds: 1 to \(Survey.maximumSeconds)")
        }
        guard let air, air.canSurvey(lock) else {
            throw RPCError(code: -32002, message: "\(lock) is being measured already.", reason: .busy)
        }
        air.add(
            Survey(
                request, peer: router?.owners.first { $0.value.lock == lock }?.key, at: time.now().wall, loop: loop,
                handlers: Survey.Handlers(
                    progress: { [weak self] in self?.admin?.notify(ticket, .survey, $0) ?? false },
                    end: { [weak self] view in
                        self?.air?.remove(lock)
                        self?.surveys[lock] = view
                        self?.admin?.respond(ticket, view)
                    },
                    read: { [weak self] done in
                        // A lock that is in use is left alone.
                        switch self?.machine.locks[lock]?.phase {
                        case .unread?, .closed?: adapter.read(lock, done)
                        case .accepted?, .unlocking?, .unlocked?, .relocking?, nil: return false
                        }
                        return true
                    })))
    }
}
