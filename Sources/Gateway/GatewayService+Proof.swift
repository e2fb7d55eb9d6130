import AdapterProtocol
import GatewayCore
import LockModel

/// Doors that are tried before the handover.
extension GatewayService {
    func makeProofDesk() -> ProofDesk {
        ProofDesk(
            loop: loop,
            handlers: ProofDesk.Handlers(
                ask: { [weak self] in self?.ask($0, $1) }, state: { [weak self] in self?.machine.locks[$0] },
                assurance: { [weak self] in self?.machine.relockAssurance(of: $0, openSeconds: $1) },
                cut: { [weak self] in self?.router?.setCut($0, $1) ?? false },
                tell: { [weak self] in self?.admin?.notify($0, .proof, $1) ?? false },
                end: { [weak self] ticket, result in
                    switch result {
                    case .success(let proven): self?.admin?.respond(ticket, proven)
                    case .failure(let error): self?.admin?.fail(ticket, error)
                    }
                },
                now: { [unowned self] in time.now().wall }))
    }

    func prove(_ ticket: Int64, _ request: ProofRequest) throws {
        if machine.ledger.isCommissioned {
            throw RPCError(
                code: -32002, message: "The site was handed over: the installer opens no door any more.", reason: .actionNotAllowed)
        }
        let hasRadio = router?.owners.contains { $0.value.lock == request.lock } ?? false
        try proofs?.prove(ticket, request, by: admin?.user(of: ticket) ?? "unknown", hasRadio: hasRadio)
    }
}
