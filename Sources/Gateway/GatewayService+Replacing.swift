import AdapterHost
import AdapterProtocol
import GatewayCore
import LockModel

/// Another device under a lock's name, or new keys for the same one: its grants and settings live on, its proofs do not.
///
/// In this order: the lock is held, the new keys are sealed, the record that says so is durable, the old keys are destroyed. A crash in between leaves
/// one of the two devices in charge, never none.
extension GatewayService {
    /// - Throws: ``RPCError`` for a lock that is not there, is open, owes a relock, or has an alarm.
    func checkReplaceable(_ lock: LockID) throws {
        guard let state = machine.locks[lock] else {
            throw RPCError(code: -32002, message: "There is no lock \(lock).", reason: .unknownLock)
        }
        if state.capabilities != nil, state.bolt == .unlocked || state.bolt == .unlatched || state.bolt == .moving {
            throw RPCError(code: -32002, message: "\(lock) is unlocked: lock it first.", reason: .busy)
        }
        guard !machine.ledger.isOwed(lock), state.waiting.isEmpty else {
            throw RPCError(code: -32002, message: "\(lock) is open, or owes a relock; wait until it is locked.", reason: .busy)
        }
        if let alarm = state.alarm {
            throw RPCError(
                code: -32002, message: "An alarm stands over \(lock) (\(alarm.rawValue)): lock it, or `lockbridge alarm clear \(lock)`.",
                reason: .actionNotAllowed)
        }
    }

    /// The new keys are sealed: has the change recorded, then the new device driven and the old keys destroyed.
    func replace(_ known: LockEntry, _ paired: PairingDesk.Paired, _ done: @escaping (RPCError?) -> Void) {
        let lock = known.lock
        var entry = known
        entry.adapter = paired.adapter
        entry.proof = nil
        if let title = paired.request.title { entry.title = title }
        if let waiver = pairingWaiver { (entry.relockWaiver, entry.waived) = (waiver.reason, waiver.mark) }
        if let seconds = paired.request.maximumOpenSeconds { entry.maximumOpenSeconds = seconds }
        ask(.replaceLock(entry)) { [weak self] reply in
            guard let self else { return }
            if let refusal = Self.refusal(reply) { return done(refusal) }
            surveys[lock] = nil
            if known.adapter == entry.adapter {
                adapters?.supervisor(of: lock)?.addLock(lock, vendorState: paired.result.vendorState)
            } else {
                moveToAdapter(entry, from: known)
            }
            log.notice("paired anew", metadata: ["lock": "\(lock)"])
            done(nil)
        }
    }

    private func moveToAdapter(_ entry: LockEntry, from old: LockEntry) {
        adapters?.detach(entry.lock)
        if router?.owners.contains(where: { $0.value.lock == entry.lock && $0.value.adapter == old.adapter }) == true {
            router?.forget(entry.lock)
        }
        forgetKeys(of: old)
        adapters?.attach(entry)
    }

    /// A pairing ended, however it did.
    func pairingEnded(_ adapter: AdapterName) {
        router?.pairingEnded(adapter)
        pairingWaiver = nil
        if let lock = pairing?.view.lock, machine.held.contains(lock) { feed(.admin(Self.nobody, .keepLock(lock))) }
    }

    /// What was kept of a lock for its adapter and for the radio goes.
    func forgetKeys(of entry: LockEntry) {
        for part in [AdapterStates.Owner.Part.lock(entry.lock), .radio(entry.lock)] {
            stateThread?.forget(AdapterStates.Owner(adapter: entry.adapter, part: part)) { [log] in
                if let failure = $0 {
                    log.error("a lock's keys were not deleted", metadata: ["lock": "\(entry.lock)", "error": "\(failure)"])
                }
            }
        }
    }

    // MARK: The lock's own relock

    /// Sets a lock's own auto-relock, and reads it back.
    func configure(_ ticket: Int64, _ request: LockAutoRelockRequest) throws {
        let lock = request.lock
        guard let state = machine.locks[lock], let adapter = adapters?.supervisor(of: lock) else {
            throw RPCError(code: -32002, message: "There is no lock \(lock).", reason: .unknownLock)
        }
        guard case .closed = state.phase, let capabilities = state.capabilities else {
            throw RPCError(code: -32002, message: "\(lock) is in use or out of reach; `lockbridge lock show \(lock)`.", reason: .busy)
        }
        guard let range = capabilities.autoRelock else {
            throw RPCError(code: -32002, message: "\(lock) has no auto-relock that could be set.", reason: .unsupported)
        }
        if let seconds = request.seconds, !(range.min...max(range.min, range.max)).contains(seconds) {
            throw RPCError.invalidParams("\(lock) takes \(range.min) to \(range.max) seconds")
        }
        let setting = AutoRelockSetting(
            armed: request.seconds != nil, seconds: request.seconds ?? state.reading?.autoRelock?.seconds ?? range.min)
        adapter.configure(lock, autoRelock: setting) { [weak self] answer in
            guard let self else { return }
            switch answer {
            case .success(let result):
                // What it reads as decides from here what the gateway may open.
                feed(.lock(lock, .settingsChanged))
                admin?.respond(ticket, result)
            case .failure(let failure): admin?.fail(ticket, RPCError(failure))
            }
        }
    }
}
