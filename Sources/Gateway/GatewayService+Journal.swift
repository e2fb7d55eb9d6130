import GatewayCore
import Journal
import LinuxIO
import LockModel
import Logging

/// What the journal's threads say, and what is done when it can't be trusted.
extension GatewayService {
    /// When the whole journal is followed without anybody asking: first so long after a start, then each day.
    private static let firstAuditMilliseconds: Int64 = 300_000
    private static let auditMilliseconds: Int64 = 86_400_000
    /// How often room is looked for on a full disk.
    private static let roomMilliseconds: Int64 = 5000

    func journalAnswered(_ answer: JournalThread.Answer) {
        switch answer {
        case .committed(let record):
            for output in commit.handle(.committed(record)) { carryOut(output) }
            feed(.durable(record))
            if record - lastSnapshot >= configuration.snapshotRecords { takeSnapshot() }
        case .failed(let failure):
            log.critical(
                "journal failed: nothing opens any more, and what is open is locked from memory", metadata: ["error": "\(failure)"])
            for output in commit.handle(.failed) { carryOut(output) }
            freeze(.writeFailed("\(failure)"))
            stop()
        case .reserve(let isInUse): reserveChanged(isInUse: isInUse)
        case .snapshot(let snapshot):
            isTakingSnapshot = false
            guard let snapshot else { return lastSnapshot = commit.durable }
            lastSnapshot = snapshot.after
            feed(.snapshotTaken(snapshot))
        case .audited(let ticket?, let outcome): audited(ticket, outcome)
        case .audited(nil, let outcome): auditedInBackground(outcome)
        case .history(let ticket, let lock, let result): historyRead(ticket, lock, result)
        case .auditProgress(let ticket, let done): admin?.notify(ticket, .progress, ["records": done])
        }
    }

    /// Opens nothing any more and records nothing; what is open is locked from memory.
    func freeze(_ cause: FreezeCause) {
        if freezeCause == nil || freezeCause == .reserveInUse { freezeCause = cause }
        feed(.journalFailed)
    }

    /// While the disk is full nothing opens, and how doors are locked is still recorded; when there is room again, all is as before.
    func reserveChanged(isInUse: Bool) {
        if isInUse {
            freezeCause = freezeCause ?? .reserveInUse
            feed(.roomIsScarce(true))
            awaitRoom()
        } else if freezeCause == .reserveInUse {
            freezeCause = nil
            log.notice("there is room on the disk again: no longer frozen")
            feed(.roomIsScarce(false))
        }
    }

    private func awaitRoom() {
        _ = loop.schedule(afterMilliseconds: GatewayService.roomMilliseconds) { [weak self] in
            guard let self, freezeCause == .reserveInUse else { return }
            journalThread?.restoreReserve()
            awaitRoom()
        }
    }

    /// Has the rows copied and hashed, to be a record when that is done.
    func takeSnapshot() {
        guard !isTakingSnapshot, !machine.isFrozen, let journalThread else { return }
        do throws(IOFailure) {
            try journalThread.takeSnapshot(snapshots)
            isTakingSnapshot = true
        } catch {
            log.error("no snapshot: there is no thread for it", metadata: ["error": "\(error)"])
        }
    }

    func requestAudit(_ ticket: Int64?) throws(IOFailure) {
        try journalThread?.audit(ticket: ticket, anchor: anchor, terms: snapshots.terms(machine.settings))
    }

    func auditInBackground(afterMilliseconds milliseconds: Int64 = firstAuditMilliseconds) {
        _ = loop.schedule(afterMilliseconds: milliseconds) { [weak self] in
            try? self?.requestAudit(nil)
            self?.auditInBackground(afterMilliseconds: GatewayService.auditMilliseconds)
        }
    }

    private func auditedInBackground(_ outcome: AuditOutcome) {
        switch outcome {
        case .sound(let result): log.info("the whole journal is as it was written", metadata: ["records": "\(result.records)"])
        case .doubtful(let cause): freeze(cause)
        case .failed(let failure): log.error("the journal can't be read to its end", metadata: ["error": "\(failure)"])
        }
    }
}
