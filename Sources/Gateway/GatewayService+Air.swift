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
}
