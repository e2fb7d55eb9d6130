import AdapterProtocol
import GatewayCore
import Journal
import LockModel
import WireBytes

/// `lock.why`: the last operation from the journal, how the lock stands, and what to do next.
extension GatewayService {
    /// Reads the journal on a thread of its own; the answer follows.
    func why(_ ticket: Int64, _ lock: LockID) throws {
        guard machine.locks[lock] != nil else {
            throw RPCError(code: -32002, message: "There is no lock \(lock).", reason: .unknownLock)
        }
        try readHistory(ticket, lock)
    }

    func historyRead(_ ticket: Int64, _ lock: LockID, _ result: Result<[LockModel.Record], JournalFailure>) {
        guard let view = lockView(lock), let state = machine.locks[lock] else { return }
        switch result {
        case .success(let records):
            let history = records.map { HistoryStep(at: $0.at, kind: $0.body.kind, detail: detail(of: $0)) }
            admin?.respond(
                ticket, WhyView(lock: view, history: history, advice: Advice.lines(for: view, state, isFrozen: machine.isFrozen)))
        case .failure(let failure): admin?.fail(ticket, .internalError("the journal can't be read: \(failure)"))
        }
    }

    /// What a record says beyond its kind, without ids.
    private func detail(of record: LockModel.Record) -> String? {
        let answered = record.answers.map { "\($0.principal) was told \($0.reply.status.rawValue)" }
        var parts: [String] = []
        switch record.body {
        case .unlockAccepted(let accepted):
            let obligation = accepted.obligation
            parts = [
                "\(obligation.action.rawValue) for \(obligation.openSeconds) s by \(obligation.command?.issuer.text ?? "the installer")",
                "relock due by \(obligation.relockBy)",
            ]
        case .unlockCancelled(let cancelled): parts = ["nothing was sent to the lock: \(cancelled.reason.rawValue)"]
        case .operationFailed(let failure): parts = ["\(failure.outcome.rawValue): \(failure.reason.rawValue)"]
        case .lockChanged(let change):
            parts = ["by \(change.source.rawValue)"] + (change.confirmedBy.map { ["confirmed by \($0.rawValue)"] } ?? [])
            if change.door.isOpen { parts.append("door \(change.door.rawValue)") }
        case .alarmRaised(let alarm), .alarmCleared(let alarm): parts = [alarm.reason.rawValue]
        case .lockProved(let proof):
            parts = ["\(proof.proven.case.rawValue): \(proof.proven.result.rawValue)"] + (proof.proven.cause.map { [$0.rawValue] } ?? [])
        case .lockReleased(let release): parts = ["by the operator: \(release.note)"]
        case .deviceChanged(let change): parts = change.reason.map { [$0.rawValue] } ?? []
        case .lockAccepted(let accepted): parts = ["by \(accepted.command?.issuer.text ?? accepted.actor.kind.rawValue)"]
        case .gatewayStarted, .gatewayStopped, .snapshotTaken, .handedOver, .clockChanged, .clockAccepted, .trustAccepted, .adapterAccepted,
            .principalAdded,
            .principalChanged, .lockAdded,
            .lockRemoved, .lockSet, .lockReplaced, .grantInstalled, .revocationAccepted, .grantRevoked, .commandAnswered:
            break
        }
        let all = parts + answered
        return all.isEmpty ? nil : all.joined(separator: "; ")
    }
}

/// What is the matter with a lock, and what somebody at the gateway should do about it.
enum Advice {
    static func lines(for view: LockView, _ lock: LockMachine, isFrozen: Bool) -> [String] {
        var lines: [String] = []
        if isFrozen {
            lines.append("The gateway is frozen: nothing opens until its journal is in order. See `lockbridge status`.")
        }
        if let alarm = lock.alarm { lines.append(advice(on: alarm, lock.lock)) }
        if !view.online && lock.alarm != .lockOffline {
            lines.append(
                "The lock's link is down: see `lockbridge adapter list` for its adapter, then its power and its radio.")
        }
        if view.online, view.relockAssurance == nil {
            lines.append(
                "Commands are refused as relockDoubtful: arm the lock's own auto-relock, or write down why the gateway alone is enough with `lockbridge lock waive-relock \(lock.lock) --reason TEXT`."
            )
        }
        if lock.door.isOpen && lock.alarm != .doorOpen { lines.append("Commands are refused as doorOpen: close the door.") }
        if lock.battery.level == .critical && lock.alarm != .batteryCritical {
            lines.append("Commands are refused as batteryCritical: change the batteries.")
        }
        if case .relocking = lock.phase, lock.alarm == nil { lines.append("It is being locked; wait for `secured`.") }
        if case .unread = lock.phase, view.online {
            lines.append("It has not been read yet; commands are refused as recovering until then.")
        }
        return lines
    }

    private static func advice(on alarm: AlarmReason, _ lock: LockID) -> String {
        switch alarm {
        case .abortedByRestart:
            "The gateway stopped while a relock was owed, and is locking the door now. If this stays, go and look at the door."
        case .relockOverdue:
            "The door should have been locked by now and is not. Go and look; lock it by hand. If the lock never says so, `lockbridge alarm clear \(lock) --reason TEXT` puts the door in your hands."
        case .doorOpen:
            "The door stands open with a relock owed: close it, and the gateway locks it. It runs no motor against an open door."
        case .lockJammed: "The bolt is stuck: see what blocks it. The gateway goes on trying, every five minutes after ten tries."
        case .batteryCritical: "The battery is nearly empty: change it. Until then the gateway only reads the lock."
        case .lockOffline:
            "The lock can't be reached with a relock owed: see its power and its radio, and lock the door by hand if need be."
        case .unsolicitedUnlock:
            "It was unlocked by a command this gateway did not send. Find out by whom (the vendor's own app or account?); the alarm ends when the lock is read as locked."
        }
    }
}
