import AdapterHost
import AdapterProtocol
import GatewayCore
import LockModel

/// Parting from a lock: its adapter takes out of it what was set at pairing, then the gateway forgets it.
///
/// Meanwhile the machine holds the lock, so that nothing is opened whose key is on its way out. What can't be reached is not forgotten, unless the
/// installer says so: a lock nobody can reach may still hold the key.
extension GatewayService {
    func removeLock(_ ticket: Int64, _ request: LockRemoveRequest) throws {
        let lock = request.lock
        if machine.held.contains(lock) {
            throw RPCError(code: -32002, message: "\(lock) is being removed already.", reason: .busy)
        }
        if let view = pairing?.view, view.lock == lock, pairing?.adapter != nil {
            throw RPCError(
                code: -32002, message: "\(lock) is being paired: `lockbridge pair --resume` or `--cancel`.", reason: .busy)
        }
        feed(.admin(ticket, .holdLock(lock)))
        // Refused: the machine has told why.
        guard machine.held.contains(lock) else { return }
        guard let adapter = adapters?.supervisor(of: lock) else { return parted(ticket, request, .notSent) }
        adapter.unpair(lock) { [weak self] answer in
            switch answer {
            case .success: self?.parted(ticket, request, nil)
            case .failure(let failure): self?.parted(ticket, request, failure)
            }
        }
    }

    /// The adapter has parted from the lock, or could not.
    private func parted(_ ticket: Int64, _ request: LockRemoveRequest, _ failure: CallFailure?) {
        let lock = request.lock
        if let failure {
            let error = RPCError(failure)
            guard request.force else {
                feed(.admin(Self.nobody, .keepLock(lock)))
                let cause = error.message.hasSuffix(".") ? String(error.message.dropLast()) : error.message
                let remedy =
                    error.reason == .unsupported || error.reason == .unknownLock
                    ? "Reset the lock itself, then forget it with --force." : "Reach \(lock) and try again, or give it up with --force."
                let message = "Nothing was forgotten: \(cause). \(remedy)"
                admin?.fail(ticket, RPCError(code: error.code, message: message, reason: error.reason))
                return
            }
            log.warning("a lock is given up that may still hold its key", metadata: ["lock": "\(lock)", "error": "\(error.message)"])
            let now = time.now()
            admin?.notify(
                ticket, .reply,
                Reply(kind: .command, status: .failed, final: false, reason: error.reason, at: now.wall, timeTrust: now.trust))
        }
        feed(.admin(ticket, .removeLock(lock)))
    }

    /// The lock's removal is on disk: what was kept of it goes, and its adapter and the radios forget it.
    func detach(_ entry: LockEntry) {
        adapters?.detach(entry.lock)
        router?.forget(entry.lock)
        surveys[entry.lock] = nil
        forgetKeys(of: entry)
        log.notice("removed", metadata: ["lock": "\(entry.lock)"])
    }
}
