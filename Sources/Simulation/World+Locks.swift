import GatewayCore
import LockModel

/// Adapters and radios at work, and what the doors do of themselves.
extension World {
    func drive(_ lock: LockID, _ operation: OperationNumber, _ action: MotorAction, _ timed: Int?) {
        checkDrive(lock, operation, action, timed)
        drives.append(Drive(at: now, lock: lock, operation: operation, action: action, timedSeconds: timed))
        guard let door = doors[lock] else { return }
        // An adapter that hangs longer than the order is good for never carries it out.
        if (hungUntil[door.adapter] ?? 0) > now + Int64(door.capabilities.operationMilliseconds) { return }
        let run = Happening.motor(lock, operation, action, timedSeconds: timed)
        switch door.answering(action) {
        case .truly:
            plan(run, after: 500, over: lock)
            plan(.operationAnswer(lock, operation, action), after: 2000, over: lock)
        case .silently: plan(run, after: 500, over: lock)
        case .late(let delay):
            plan(run, after: 500, over: lock)
            plan(.operationAnswer(lock, operation, action), after: 2000 + delay, over: lock)
        case .refused(let reason): plan(.answer(lock, operation, .notSent(reason)), after: 1000, over: lock)
        case .claimed(let outcome, let bolt, let door, let reason):
            if outcome == .done { coverage.note(.adapterLie) }
            plan(.answer(lock, operation, .result(outcome, bolt: bolt, door: door, reason: reason)), after: 1000, over: lock)
        case .heldByRadio(let delay): plan(run, after: delay)
        case .never: break
        }
    }

    func read(_ lock: LockID, _ number: Int64) {
        reads += 1
        noteRead(lock, number)
        guard let door = doors[lock] else { return }
        if case .late(let delay) = door.reading {
            plan(.lateReading(lock, number, door.read(at: instants.wall)), after: 300 + delay, over: lock)
        } else {
            plan(.reading(lock, number), after: 300, over: lock)
        }
    }

    func answerRead(_ lock: LockID, _ number: Int64) {
        guard let door = doors[lock] else { return }
        switch door.reading {
        case .truly, .late: inbox.append(.lock(lock, .read(number, .reading(door.read(at: instants.wall)))))
        case .failed(let reason): inbox.append(.lock(lock, .read(number, .failed(reason))))
        case .never: break
        case .lying:
            witness.locks[lock, default: Witness.Lock()].isLiedAbout = true
            inbox.append(.lock(lock, .read(number, .reading(door.read(at: instants.wall)))))
        }
    }

    func drop(_ lock: LockID) {
        drops.append((now, lock))
        coverage.note(.dropped)
        fenceOff(lock)
        witness.locks[lock, default: Witness.Lock()].droppedAt = now
        // What the adapter had not sent yet is gone, late answers are not; the link to the core stays.
        agenda.remove { planned in
            if case .motor(lock, _, _, _) = planned.happening { planned.link != nil } else { false }
        }
    }

    /// Nothing that is answered to what this lock was told so far may change anything.
    func fenceOff(_ lock: LockID) {
        for drive in drives[witness.drivesBefore...].reversed() {
            if drive.lock == lock && !witness.fenced.insert(drive.operation).inserted { break }
        }
        witness.locks[lock, default: Witness.Lock()].fencedReads = witness.locks[lock]?.lastRead ?? 0
    }

    func runMotor(_ lock: LockID, _ operation: OperationNumber, _ action: MotorAction, _ timed: Int?, isStray: Bool) {
        if action != .lock { checkMotor(lock, operation) }
        let before = doors[lock]?.bolt
        let openedAt = doors[lock]?.openedAt
        let moved = doors[lock]?.move(action, at: now) ?? false
        tell(.door(lock), moved ? "the motor runs: \(action.rawValue)" : "the motor is stuck: \(action.rawValue)")
        if isStray, doors[lock]?.bolt != before {
            disturb(lock)
            observe(lock, .remote)
        } else if isStray {
            // What stood open before was not opened by this.
            doors[lock]?.openedAt = openedAt
        }
        if action != .lock && moved { startOwnTimers(lock, timed) }
    }

    /// The lock's own timed unlock or auto-relock begins to run.
    private func startOwnTimers(_ lock: LockID, _ timed: Int?) {
        guard livesOn, let door = doors[lock] else { return }
        if let timed { plan(.selfLock(lock, moves: door.moves.count), after: Int64(timed) * 1000) }
        if let auto = door.autoRelock, auto.armed, !(auto.waitsForDoor && door.door.isOpen) {
            plan(.selfLock(lock, moves: door.moves.count), after: Int64(auto.seconds) * 1000)
        }
    }

    func lockItself(_ lock: LockID, _ moves: Int) {
        guard let door = doors[lock], door.moves.count == moves, door.bolt != .locked, door.battery.level != .critical else { return }
        if doors[lock]?.move(.lock, at: now) == true { coverage.note(.lockedByItself) }
        tell(.door(lock), "locks itself: \(doors[lock]?.bolt.rawValue ?? "")")
        observe(lock, .auto)
    }

    // MARK: Links

    package func isLinked(_ lock: LockID) -> Bool { core.machine.locks[lock]?.capabilities != nil }

    package func linkUp(_ lock: LockID) {
        askLink(lock)
        drain()
    }

    func askLink(_ lock: LockID) {
        guard let door = doors[lock] else { return }
        inbox.append(.lock(lock, .linkUp(door.capabilities)))
    }

    package func linkDown(_ lock: LockID, _ reason: Reason = .adapterFailed) {
        cut(lock)
        fenceOff(lock)
        give(.lock(lock, .linkDown(reason)))
    }

    /// Nothing under way over the lock's link will arrive.
    package func cut(_ lock: LockID) {
        links[lock, default: 0] += 1
        witness.locks[lock, default: Witness.Lock()].reading = nil
    }

    // MARK: People and doors

    /// Tells the gateway how the lock stands after something happened to it.
    package func observe(_ lock: LockID, _ source: ChangeSource) {
        guard let door = doors[lock] else { return }
        guard isUp, isLinked(lock) else {
            noteUnseen(lock)
            return
        }
        if (hungUntil[door.adapter] ?? 0) > now {
            noteUnseen(lock)
            plan(.observed(lock, source), after: 0, over: lock)
        } else {
            deliverObservation(lock, source)
        }
    }

    func deliverObservation(_ lock: LockID, _ source: ChangeSource) {
        guard let door = doors[lock] else { return }
        witness.locks[lock, default: Witness.Lock()].movedUnseen = false
        let seen = LockObservation(lock: lock, bolt: door.bolt, door: door.door, battery: door.battery, source: source, at: instants.wall)
        inbox.append(.lock(lock, .observed(seen)))
    }

    /// Somebody or something moves the bolt, and the lock tells.
    package func turn(_ lock: LockID, to bolt: BoltState, _ source: ChangeSource = .manual) {
        doors[lock]?.bolt = bolt
        doors[lock]?.openedAt = nil
        disturb(lock)
        tell(.door(lock), "is turned to \(bolt.rawValue), \(source.rawValue)")
        observe(lock, source)
        drain()
    }

    /// The door itself moves, and the contact tells.
    package func swing(_ lock: LockID, to door: DoorState) {
        doors[lock]?.door = door
        disturb(lock)
        tell(.door(lock), "the door is \(door.rawValue)")
        observe(lock, .unspecified)
        if livesOn, !door.isOpen, let auto = doors[lock]?.autoRelock, auto.armed, auto.waitsForDoor, let moves = doors[lock]?.moves.count {
            plan(.selfLock(lock, moves: moves), after: Int64(auto.seconds) * 1000)
        }
        drain()
    }
}
