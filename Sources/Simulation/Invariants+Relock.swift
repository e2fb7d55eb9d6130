import GatewayCore
import LockModel

/// What must hold as time goes by and motors move: I2, I2b, I2c, I7, I12.
extension World {
    /// Beyond this after a drop nothing sent before can still move a motor, or the promise rests on watching.
    private func settleMilliseconds(_ lock: LockID) -> Int64 { max(6000, Int64(doors[lock]?.capabilities.motorMilliseconds ?? 0)) }

    /// I2b, at the moment a motor moves for an unlock: its relock may be taken for confirmed only once it was dropped and had settled.
    func checkMotor(_ lock: LockID, _ operation: OperationNumber) {
        guard shelf.ended.contains(operation), let sent = witness.driven[operation] else { return }
        let dropped = drops.first { $0.lock == lock && $0.at >= sent }?.at
        if now < (dropped ?? now) + settleMilliseconds(lock) || dropped == nil {
            violate(.i2b, "\(lock) moved for unlock \(operation), which had not settled when it was taken for locked")
        } else {
            coverage.note(.movedAfterFence)
        }
    }

    /// As time goes by.
    func checkTime() {
        guard isUp else { return }
        for open in witness.open where open.deadline < now && alarms[open.lock] == nil && isHeld(open) {
            violate(hasBus ? .i2 : .i12, "unlock \(open.operation) of \(open.lock) is past its time, and no alarm stands")
        }
        for lock in Home.locks { checkLock(lock) }
    }

    /// Whether memory still owes it: a confirmed lock may wait long for a slow disk, and forever for one that failed.
    private func isHeld(_ open: Witness.Open) -> Bool {
        guard let lock = core.machine.locks[open.lock] else { return !witness.isLost }
        if case .accepted(let operation) = lock.phase, operation.number == open.operation { return true }
        return lock.owed.contains { $0.number == open.operation } || lock.waiting.contains { $0.number == open.operation }
    }

    private func checkLock(_ lock: LockID) {
        guard let door = doors[lock], let openedAt = door.openedAt, let truth = witness.locks[lock], !truth.isLiedAbout else { return }
        let known = core.machine.locks[lock]
        if truth.mistakenSince != nil || known?.phase == .closed { checkMistaken(lock, known, truth) }
        guard let known, known.capabilities != nil, openedAt > witness.startedAt,
            known.owed.contains(where: { witness.driven[$0.number].map { $0 <= openedAt } ?? false })
        else { return }
        let due = openedAt + Int64(truth.openSeconds) * 1000
        if let well = truth.wellSince, well < openedAt - 3000, now > due + 15_000, hangs(lock) < well {
            violate(.i7, "\(lock) and its adapter are well, and it was not relocked in its time")
        }
        if now > max(due, truth.effort) + 330_000 {
            violate(.i2c, "\(lock) is \(door.bolt.rawValue) since \(openedAt), and nothing was done about it for \(now - truth.effort) ms")
        }
    }

    private func hangs(_ lock: LockID) -> Int64 { doors[lock].map { hungUntil[$0.adapter] ?? 0 } ?? 0 }

    /// I2b: open, and taken for closed without an alarm.
    private func checkMistaken(_ lock: LockID, _ known: LockMachine?, _ truth: Witness.Lock) {
        guard let known, known.phase == .closed, known.bolt == .locked, known.alarm == nil, !truth.movedUnseen,
            known.reading?.confirmedBy.endsObligation == true
        else {
            witness.locks[lock]?.mistakenSince = nil
            return
        }
        let since = truth.mistakenSince ?? now
        witness.locks[lock]?.mistakenSince = since
        if now - since > 10_000 { violate(.i2b, "\(lock) is open and taken for closed") }
    }

    /// I2 and I2c, at the end, when all has been well for a while: every accepted unlock has ended, and what the gateway opened is locked.
    package func checkEnds() {
        for open in witness.open { violate(.i2, "unlock \(open.operation) never ended") }
        for lock in Home.locks {
            // A radio that outlives the gateway and moves after the relock was confirmed is found open at the next start: told, not relocked.
            guard let door = doors[lock], let openedAt = door.openedAt, witness.locks[lock]?.isLiedAbout != true,
                witness.locks[lock]?.movedUnseen != true, witness.crashedAt < openedAt - 60_000
            else { continue }
            // Told of it when it no longer watches for an echo, the gateway raises an alarm, and locks where the policy says so.
            if witness.locks[lock]?.unseenAt == openedAt, alarms[lock] == .unsolicitedUnlock { continue }
            violate(.i2c, "\(lock) is \(door.bolt.rawValue) since \(openedAt) and nothing relocks it")
        }
        for (key, stands) in witness.retained where stands && hasBus {
            violate(.i2, "the notice of \(key.lock) to \(key.principal) still stands, and nothing is owed")
        }
    }

    // MARK: What is true of locks

    /// Something stands, or stood until now, between the gateway and the bolt.
    func disturb(_ lock: LockID) {
        guard let door = doors[lock] else { return }
        witness.locks[lock, default: Witness.Lock()].wellSince = door.isWell && isUp && isLinked(lock) ? now : nil
    }

    /// The lock moved where nobody could tell the gateway.
    func noteUnseen(_ lock: LockID) {
        witness.locks[lock, default: Witness.Lock()].movedUnseen = true
        witness.locks[lock]?.unseenAt = now
    }

    func noteRead(_ lock: LockID, _ number: Int64) {
        witness.locks[lock, default: Witness.Lock()].lastRead = number
        witness.locks[lock, default: Witness.Lock()].effort = now
    }
}
