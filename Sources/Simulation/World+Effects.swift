import GatewayCore
import LockModel

/// Effects carried out: what brokers, signature checks and timers make of them.
extension World {
    func perform(_ effect: Effect) {
        switch effect {
        case .append, .frozen: break
        case .drive(let lock, let operation, let action, let timed, let ttl):
            witness.deadlines[operation] = now + Int64(ttl) + settings.relock.graceMilliseconds
            drive(lock, operation, action, timed)
        case .read(let lock, let number): read(lock, number)
        case .drop(let lock): drop(lock)
        case .timer(let lock, let timer, let time): setTimer(lock, timer, time)
        case .alarm(let lock, let reason, let isRaised):
            alarms[lock] = isRaised ? reason : nil
            if isRaised {
                alarmsEver.append(reason)
                coverage.note(Deed(reason))
            }
        case .verify(let ticket, let envelope, _): verify(ticket, envelope)
        case .reply(let destination, let reply):
            checkReply(destination, reply)
            replies.append((destination, reply))
        case .replyStored(let destination, let issuer, let id, let record):
            checkStored(destination, issuer, id, record)
            storedReplies.append((destination, id, record))
        case .notice(let notice): perform(notice)
        case .snapshot(let lock, let principal, _, let snapshot):
            checkSnapshot(lock, principal, snapshot)
            snapshots.append((lock, principal, snapshot))
        case .grantStatus(let status, let principal, _):
            checkStatus(status, principal)
            statuses.append(status)
        case .attach(let entry): if attachesLocks { askLink(entry.lock) }
        case .detach(let entry):
            coverage.note(.removed)
            cut(entry.lock)
            fenceOff(entry.lock)
        case .expand(let grant): expansions.append(grant)
        case .challenge(let nonce, let principal, _): challenges[principal] = nonce
        case .republished(let bus, let lock): inbox.append(.republish(bus, after: lock))
        }
    }

    private func verify(_ ticket: Int64, _ envelope: TokenEnvelope) {
        let isGenuine = envelope.signature.isEmpty
        switch signatures {
        case .valid where verifyMilliseconds > 0: planForRun(.input(.verified(ticket, valid: isGenuine)), after: verifyMilliseconds)
        case .valid: inbox.append(.verified(ticket, valid: isGenuine))
        case .invalid: inbox.append(.verified(ticket, valid: false))
        case .held: tickets.append(ticket)
        }
    }

    private func perform(_ notice: Notice) {
        checkNotice(notice)
        notices.append(notice)
        guard hasBus else { return }
        guard let operation = notice.acknowledges else { return }
        if acknowledgesNotices {
            inbox.append(.noticeAcknowledged(notice.lock, operation))
        } else {
            heldNotices.append((notice.lock, operation))
        }
    }

    /// A record is durable: its event goes to everybody it is addressed to.
    func publish(_ record: Record) {
        checkPublished(record)
        published.append(record)
        guard acknowledgesEvents, hasBus else { return }
        for addressee in record.addressees where addressee.sequence % 4 == 0 {
            planForRun(.input(.eventAcknowledged(addressee.principal, addressee.sequence)), after: 40)
        }
    }

    /// A fresh nonce while commands need one, and none once they do not.
    func giveChallenge() {
        let isNeeded = core.machine.needsChallenge(instants)
        guard isNeeded || !challenges.isEmpty else { return }
        inbox.append(.challenge(isNeeded ? "nonce-\(nextToken())" : nil))
    }

    private func setTimer(_ lock: LockID, _ timer: LockTimer, _ time: Int64?) {
        guard let time else {
            timers[lock]?[timer] = nil
            return
        }
        timers[lock, default: [:]][timer] = time
        planForRun(.timer(lock, timer, time), after: time + bootedAt - now)
    }

    /// Lets a thing happen whose time has come.
    func happen(_ planned: Planned) {
        switch planned.happening {
        case .motor(let lock, let operation, let action, let timed):
            if isCurrent(planned, lock) { runMotor(lock, operation, action, timed, isStray: planned.link == nil) }
        case .operationAnswer(let lock, let operation, let action):
            guard isCurrent(planned, lock), let door = doors[lock] else { return }
            inbox.append(.lock(lock, .answered(operation, door.answer(to: action))))
        case .answer(let lock, let operation, let answer):
            if isCurrent(planned, lock) { inbox.append(.lock(lock, .answered(operation, answer))) }
        case .reading(let lock, let number): if isCurrent(planned, lock) { answerRead(lock, number) }
        case .lateReading(let lock, let number, let reading):
            if isCurrent(planned, lock) { inbox.append(.lock(lock, .read(number, .reading(reading)))) }
        case .timer(let lock, let timer, let time):
            guard timers[lock]?[timer] == time else { return }
            timers[lock]?[timer] = nil
            inbox.append(.lock(lock, .timer(timer)))
        case .input(let input): inbox.append(input)
        case .message(let input): if hasBus && isUp { inbox.append(input) }
        case .synced: commitBatch()
        case .selfLock(let lock, let moves): lockItself(lock, moves)
        case .linkUp(let lock): if isUp && !isLinked(lock) { askLink(lock) }
        case .observed(let lock, let source): if isCurrent(planned, lock) { deliverObservation(lock, source) }
        case .minute:
            inbox.append(.minute)
            giveChallenge()
            planForRun(.minute, after: 60_000)
        case .start(let reboots):
            guard !isUp else { return }
            if reboots { reboot() }
            start()
        case .stopOver:
            tell(.gateway, "stops with a relock owed")
            endAndComeBack(power: false)
        }
    }

    func isCurrent(_ planned: Planned, _ lock: LockID) -> Bool { planned.link == nil || planned.link == links[lock, default: 0] }
}

extension Deed {
    fileprivate init(_ alarm: AlarmReason) {
        self =
            switch alarm {
            case .abortedByRestart: .restartAlarm
            case .relockOverdue: .overdueAlarm
            case .doorOpen: .doorOpenAlarm
            case .lockJammed: .jamAlarm
            case .batteryCritical: .batteryAlarm
            case .lockOffline: .offlineAlarm
            case .unsolicitedUnlock: .unsolicited
            }
    }
}
