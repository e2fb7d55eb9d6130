import LockModel

@testable import GatewayCore

/// Effects carried out, and what the doors do of themselves.
extension World {
    func perform(_ effect: Effect) {
        switch effect {
        case .append, .frozen: break
        case .drive(let lock, let operation, let action, let timed, _): drive(lock, operation, action, timed)
        case .read(let lock, let number):
            reads += 1
            plan(.reading(lock, number), after: 300, lock)
        case .drop(let lock): drop(lock)
        case .timer(let lock, let timer, let time): timers[lock, default: [:]][timer] = time
        case .alarm(let lock, let reason, let raised):
            alarms[lock] = raised ? reason : nil
            if raised { alarmsEver.append(reason) }
        case .verify(let ticket, _, _):
            switch signatures {
            case .valid: inbox.append(.verified(ticket, valid: true))
            case .invalid: inbox.append(.verified(ticket, valid: false))
            case .held: tickets.append(ticket)
            }
        case .reply(let destination, let reply): replies.append((destination, reply))
        case .replyStored(let destination, _, let id, let record): storedReplies.append((destination, id, record))
        case .notice(let notice): perform(notice)
        case .snapshot(let lock, let principal, _, let snapshot): snapshots.append((lock, principal, snapshot))
        case .grantStatus(let status, _, _): statuses.append(status)
        case .attach(let entry): if attachesLocks { askLink(entry.lock) }
        case .expand(let grant): expansions.append(grant)
        case .challenge(let nonce, let principal, _): challenges[principal] = nonce
        case .republished(let bus, let lock): inbox.append(.republish(bus, after: lock))
        }
    }

    private func perform(_ notice: Notice) {
        notices.append(notice)
        guard let operation = notice.acknowledges else { return }
        if acknowledgesNotices {
            inbox.append(.noticeAcknowledged(notice.lock, operation))
        } else {
            heldNotices.append((notice.lock, operation))
        }
    }

    private func drive(_ lock: LockID, _ operation: OperationNumber, _ action: MotorAction, _ timed: Int?) {
        drives.append(Drive(at: now, lock: lock, operation: operation, action: action, timedSeconds: timed))
        checkDrive(lock, operation, action)
        guard let door = doors[lock] else { return }
        switch door.answering(action) {
        case .truly:
            plan(.motor(lock, operation, action), after: 500, lock)
            plan(.operationAnswer(lock, operation, action), after: 2000, lock)
        case .silently: plan(.motor(lock, operation, action), after: 500, lock)
        case .late(let delay):
            plan(.motor(lock, operation, action), after: 500, lock)
            plan(.operationAnswer(lock, operation, action), after: 2000 + delay, nil)
        case .only(let answer): plan(.answer(lock, operation, answer), after: 1000, lock)
        case .heldByRadio(let delay): plan(.motor(lock, operation, action), after: delay, nil)
        case .never: break
        }
    }

    /// Nothing that is answered to what this lock was told so far may change anything.
    private func fenceOff(_ lock: LockID) {
        fenced.formUnion(drives[drivesBefore...].filter { $0.lock == lock }.map(\.operation))
    }

    private func drop(_ lock: LockID) {
        drops.append((now, lock))
        fenceOff(lock)
        // What the adapter had not sent yet is gone; the link to the core stays.
        plans.removeAll { planned in
            switch planned.happening {
            case .motor(lock, _, _), .operationAnswer(lock, _, _), .answer(lock, _, _): planned.link != nil
            default: false
            }
        }
    }

    private func plan(_ happening: Happening, after delay: Int64, _ lock: LockID?) {
        planned += 1
        plans.append(Planned(at: now + delay, order: planned, happening: happening, link: lock.map { links[$0] ?? 0 }))
    }

    func happen(_ planned: Planned) {
        switch planned.happening {
        case .motor(let lock, let operation, let action):
            guard isCurrent(planned, lock) else { return }
            if action != .lock { checkSettled(lock, operation) }
            let before = doors[lock]?.bolt
            doors[lock]?.move(action, at: now)
            if planned.link == nil, doors[lock]?.bolt != before { observe(lock, .remote) }
        case .operationAnswer(let lock, let operation, let action):
            guard isCurrent(planned, lock), let door = doors[lock] else { return }
            inbox.append(.lock(lock, .answered(operation, door.answer(to: action))))
        case .answer(let lock, let operation, let answer):
            guard isCurrent(planned, lock) else { return }
            inbox.append(.lock(lock, .answered(operation, answer)))
        case .reading(let lock, let number):
            guard isCurrent(planned, lock), let door = doors[lock] else { return }
            switch door.reading {
            case .truly: inbox.append(.lock(lock, .read(number, .reading(door.read(at: instants.wall)))))
            case .failed(let reason): inbox.append(.lock(lock, .read(number, .failed(reason))))
            case .never: break
            }
        }
    }

    private func isCurrent(_ planned: Planned, _ lock: LockID) -> Bool { planned.link == nil || planned.link == links[lock, default: 0] }

    // MARK: Links

    func isLinked(_ lock: LockID) -> Bool { machine.locks[lock]?.capabilities != nil }

    func linkUp(_ lock: LockID) {
        askLink(lock)
        drain()
    }

    private func askLink(_ lock: LockID) {
        guard let door = doors[lock] else { return }
        inbox.append(.lock(lock, .linkUp(door.capabilities)))
    }

    func linkDown(_ lock: LockID, _ reason: Reason = .adapterFailed) {
        cut(lock)
        fenceOff(lock)
        give(.lock(lock, .linkDown(reason)))
    }

    /// Nothing under way over the lock's link will arrive.
    func cut(_ lock: LockID) { links[lock, default: 0] += 1 }

    // MARK: People and doors

    /// Tells the gateway how the lock stands after something happened to it.
    func observe(_ lock: LockID, _ source: ChangeSource) {
        guard let door = doors[lock], isLinked(lock) else { return }
        let seen = LockObservation(lock: lock, bolt: door.bolt, door: door.door, battery: door.battery, source: source, at: instants.wall)
        inbox.append(.lock(lock, .observed(seen)))
    }

    /// Somebody or something moves the bolt, and the lock tells.
    func turn(_ lock: LockID, to bolt: BoltState, _ source: ChangeSource = .manual) {
        doors[lock]?.bolt = bolt
        doors[lock]?.openedAt = nil
        observe(lock, source)
        drain()
    }

    /// The door itself moves, and the contact tells.
    func swing(_ lock: LockID, to door: DoorState) {
        doors[lock]?.door = door
        observe(lock, .unspecified)
        drain()
    }
}
