import AdapterProtocol
import GatewayCore
import LockModel
import WireBytes

/// What adapters ask for, and what of it was accepted.
extension GatewayService {
    /// Records what each adapter that is new to the site asks for: whoever wrote it into the configuration has accepted that.
    func recordNeeds() {
        for name in adapters?.names ?? [] where machine.ledger.adapters[name] == nil {
            guard let needs = adapters?.needs(of: name) else { continue }
            feed(.admin(Self.nobody, .acceptAdapter(needs)))
        }
    }

    /// No request on the socket has this ticket.
    static let nobody: Int64 = -1

    func acceptAdapter(_ ticket: Int64, _ request: AdapterRequest) throws {
        if try acceptNext(ticket, request.adapter) { return }
        guard let needs = adapters?.needs(of: request.adapter) else { throw Self.unknown(request.adapter) }
        feed(.admin(ticket, .acceptAdapter(needs)))
        if machine.ledger.adapters[request.adapter] == needs { adapters?.accepted(request.adapter) }
    }

    /// Starts an adapter anew, unless a door that it opened could not be locked meanwhile.
    func restartAdapter(_ ticket: Int64, _ request: AdapterRequest) throws {
        guard let adapters, adapters.needs(of: request.adapter) != nil else { throw Self.unknown(request.adapter) }
        try refuseOpenDoors(of: request.adapter)
        if adapters.isHeld(request.adapter) {
            throw RPCError(code: -32002, message: "It waits for `lockbridge adapter accept \(request.adapter)`.", reason: .actionNotAllowed)
        }
        try refuseDisabled(request.adapter)
        adapters.restart(request.adapter)
        admin?.respond(ticket, Nothing())
    }

    static func unknown(_ name: AdapterName) -> RPCError {
        RPCError(code: -32002, message: "There is no adapter \(name).", reason: .unsupported)
    }
}

extension AdapterNeeds {
    /// What a manifest asks for.
    package init(_ manifest: Manifest, digest: Digest? = nil) {
        let network: [String] =
            switch manifest.needs.network {
            case .none: []
            case .egress(let hosts): hosts
            case .listen: ["listen"]
            }
        self.init(
            adapter: manifest.name, version: manifest.version.description, run: manifest.run, network: network,
            devices: manifest.needs.devices,
            radio: manifest.needs.radio, digest: digest)
    }
}
