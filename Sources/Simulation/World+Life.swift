import GatewayCore
import LockModel

/// What the disk is about to do to the gateway.
struct DiskState {
    /// When, around an append, the process ends.
    enum Moment: String, Sendable, Codable {
        /// The batch was handed over and nothing of it was written.
        case beforeWrite
        /// It is durable and nobody heard of it.
        case afterSync
    }

    var fault: DiskFault?
    var dies: (moment: Moment, power: Bool)?
    /// A batch of which the disk did not say whether it is durable.
    var inDoubt: [JournalEntry] = []
    /// A disk that lied about a sync may have lost what it acknowledged.
    var hasLied = false
}

/// Starting, stopping, crashing, and the disk.
extension World {
    /// Starts the machines on what the disk holds.
    package func start() {
        var state = LedgerState()
        do throws(StoreFailure) {
            state = try store.load()
            checkLoaded(state)
        } catch {
            witness.isLost = true
            coverage.note(.rolledBack)
            guard let found = store.salvage() else {
                tell(.gateway, "does not start: \(error)")
                return
            }
            tell(.gateway, "starts frozen: \(error)")
            state = found
        }
        core = Core(
            state: state, settings: settings, bug: bug, bootMilliseconds: instants.bootMilliseconds, isFrozen: witness.isLost)
        isUp = true
        alarms = [:]
        noteStart(state)
        tell(.gateway, "starts, with \(state.obligations.count) relocks owed")
        for output in core.start(at: instants) { carry(output) }
        checkStart(state)
        if livesOn { planForRun(.minute, after: 60_000) }
        drain()
    }

    /// The gateway's process ends here, with all that was only in its memory; the adapters end with it. With `power`, the machine does, and the
    /// clock that counts since its boot starts again with the next.
    package func crash(power: Bool = false) {
        fall(power: power)
        if power { reboot() }
    }

    func fall(power: Bool) {
        guard isUp else { return }
        noteCrash(power: power)
        isUp = false
        inbox = []
        if !syncing.isEmpty { disk.inDoubt = syncing }
        syncing = []
        disk.fault = nil
        disk.dies = nil
        timers = [:]
        tickets = []
        heldNotices = []
        let ended = run
        run += 1
        agenda.remove { $0.run == ended }
        for lock in doors.keys { links[lock, default: 0] += 1 }
        hungUntil = [:]
        store.crash(power: power)
        tell(.gateway, power ? "loses power" : "crashes")
    }

    func reboot() {
        bootedAt = now - 20_000
        settings.bootID = "boot-\(run + 1)"
    }

    // MARK: The disk

    func sync(_ batch: [JournalEntry]) {
        if let dies = disk.dies, dies.moment == .beforeWrite {
            endAndComeBack(power: dies.power)
        } else if !commitsAtOnce, let syncMilliseconds {
            planForRun(.synced, after: syncMilliseconds)
        }
    }

    /// The disk is done with the batch it has.
    package func commit() {
        commitBatch()
        drain()
    }

    func commitBatch() {
        guard isUp, let last = syncing.last?.record.number else { return }
        let batch = syncing
        syncing = []
        let fault = disk.fault
        disk.fault = nil
        do throws(StoreFailure) {
            try store.append(batch, fault: fault)
        } catch {
            disk.inDoubt = batch
            noteDisk(fault)
            if error == .powerLost { endAndComeBack(power: true) } else { loseDisk() }
            return
        }
        if fault == .lostSync {
            disk.hasLied = true
            noteDisk(fault)
        }
        keep(batch)
        if let dies = disk.dies, dies.moment == .afterSync {
            endAndComeBack(power: dies.power)
            return
        }
        for output in core.committed(last) { carry(output) }
        inbox.append(.durable(last))
    }

    /// The disk fails, as the journal's thread says; the runner stops the gateway.
    package func loseDisk() {
        syncing = []
        core.failed()
        coverage.note(.frozen)
        tell(.disk, "fails: the gateway freezes")
        inbox.append(.journalFailed)
        if livesOn { beginStop(inbox: true) } else { drain() }
    }

    // MARK: Ends

    /// Ends and is started again, as a service manager does.
    func endAndComeBack(power: Bool, afterMilliseconds delay: Int64 = 5000) {
        fall(power: power)
        plan(.start(reboots: power), after: delay)
    }

    /// As SIGTERM: takes nothing on, relocks, and ends when every door is confirmed locked or a minute has passed.
    func beginStop(inbox isInTurn: Bool = false) {
        guard isUp, !machine.isStopping else { return }
        planForRun(.stopOver, after: 60_000)
        inbox.append(.stop)
        if !isInTurn { drain() }
    }

    func finishIfQuiet() {
        guard livesOn, isUp, core.machine.isStopping, core.machine.isQuiet, core.commits.hasFailed || core.commits.isIdle else { return }
        tell(.gateway, "has stopped")
        coverage.note(.stopped)
        endAndComeBack(power: false, afterMilliseconds: core.machine.isFrozen ? 120_000 : 5000)
    }
}
