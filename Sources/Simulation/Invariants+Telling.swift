import GatewayCore
import LockModel

/// What must hold of each input and of what is told to whom: I9, I10, I11, I13.
extension World {
    /// After every step.
    func check(_ input: Input, _ effects: [Effect]) {
        guard case .lock(let lock, let told) = input else {
            if case .noticeAcknowledged(_, let operation) = input { witness.announced.insert(operation) }
            return
        }
        switch told {
        case .answered(let operation, _):
            // Behind the fence: what was dropped, and what is past its time whether the machine dropped it or not.
            let isLate = witness.deadlines[operation].map { $0 < now } ?? false
            guard isLate || witness.fenced.contains(operation) else { break }
            coverage.note(.lateAnswerIgnored)
            if !effects.isEmpty { violate(.i13, "an answer to \(operation), behind the fence, did \(effects.count) things") }
        case .read(let number, let answer):
            if number <= witness.locks[lock]?.fencedReads ?? 0 {
                coverage.note(.lateAnswerIgnored)
                if !effects.isEmpty { violate(.i13, "reading \(number), asked before the fence, did \(effects.count) things") }
            } else if case .reading(let reading) = answer {
                witness.locks[lock, default: Witness.Lock()].reading = reading
                witness.locks[lock]?.movedUnseen = false
            }
        case .linkUp: disturb(lock)
        case .linkDown: witness.locks[lock, default: Witness.Lock()].wellSince = nil
        case .unlock, .lock, .proceed, .checked, .observed, .timer, .secure, .release, .settingsChanged: break
        }
        checkBounds(lock)
    }

    /// I10.
    private func checkBounds(_ lock: LockID) {
        guard let machine = core.machine.locks[lock] else { return }
        let policy = settings.relock
        // One more: a put-back unlock waits before the others.
        if machine.waiting.count > policy.waitingUnlocks + 1 { violate(.i10, "\(machine.waiting.count) unlocks wait for \(lock)") }
        if machine.requests.count > policy.waitingRequests { violate(.i10, "\(machine.requests.count) wish \(lock) locked") }
        if core.machine.underWay > settings.limits.commandsUnderWay { violate(.i10, "\(core.machine.underWay) commands are under way") }
    }

    // MARK: Who is told

    /// I11 and I9: a reply goes to whoever sent the token, and says nothing of a record that is not durable.
    func checkReply(_ destination: ReplyDestination, _ reply: Reply) {
        if reply.detail?.contains("§") == true { violate(.i11, "a reply shows what is another's: \(reply.detail ?? "")") }
        switch (reply.status, reply.reason) {
        case (.refused, .badSignature?): coverage.note(.forgedRefused)
        case (.refused, .expired?): coverage.note(.expiredRefused)
        case (.refused, .clockUntrusted?): coverage.note(.withoutTime)
        case (.refused, _): coverage.note(.refused)
        default: break
        }
        guard case .bus(let route) = destination, reply.status != .refused, reply.kind == .command, let id = reply.id else { return }
        if let owner = witness.owners[id], owner != route.principal {
            violate(.i11, "\(route.principal) is told what became of \(owner)'s command")
        }
        if !witness.answered.contains(Witness.Answer(id: id, status: reply.status)) {
            violate(.i9, "\(reply.status.rawValue) was told of \(id) before that was durable")
        }
    }

    func checkStored(_ destination: ReplyDestination, _ issuer: PrincipalID, _ id: TokenID, _ record: Int64) {
        coverage.note(.answeredAgain)
        if record > shelf.lastRecord { violate(.i9, "the stored answer \(record) to \(id) went out before it was durable") }
        guard case .bus(let route) = destination, route.principal != issuer else { return }
        violate(.i11, "\(route.principal) is told what became of \(issuer)'s command")
    }

    func checkNotice(_ notice: Notice) {
        witness.retained[Witness.NoticeKey(lock: notice.lock, principal: notice.principal, bus: notice.bus)] = notice.owed != nil
        guard notice.owed != nil, notice.principal != Home.anna else { return }
        if !witness.customers.contains(Witness.Customer(lock: notice.lock, retailer: notice.principal)) {
            violate(.i11, "\(notice.principal) is told of a relock of \(notice.lock) that it did not cause")
        }
    }

    /// A retailer sees a lock under a grant of its own, or while its own relock is owed.
    func checkSnapshot(_ lock: LockID, _ principal: PrincipalID, _ snapshot: LockSnapshot?) {
        guard snapshot != nil, principal != Home.anna else { return }
        let mayEver = witness.granted.contains { $0.value.lock == lock && $0.value.retailer == principal }
        if !mayEver { violate(.i11, "\(principal) is shown \(lock), for which it never had a grant") }
    }

    func checkStatus(_ status: GrantStatus, _ principal: PrincipalID) {
        guard principal != Home.anna, let grant = witness.granted[status.id], grant.retailer != principal else { return }
        violate(.i11, "\(principal) is shown a grant of \(grant.retailer)")
    }

    /// A retailer's events are its own commands, grants and keys, and what befalls a lock within its own relock.
    func checkAddressees(_ record: Record) {
        for addressee in record.addressees where addressee.principal != Home.anna {
            let retailer = addressee.principal
            let isOwn: Bool =
                switch record.body {
                case .gatewayStarted, .clockChanged, .clockAccepted: true
                case .principalAdded(let principal), .principalChanged(let principal): principal.id == retailer
                case .grantInstalled(let entry): entry.grant.retailer == retailer
                case .grantRevoked(let reference): reference.retailer == retailer
                case .unlockAccepted(let body): body.obligation.command?.issuer == retailer
                case .unlockCancelled(let body): body.command?.issuer == retailer
                case .operationFailed(let body): body.command?.issuer == retailer
                case .lockChanged(let body):
                    body.command?.issuer == retailer || body.ended.contains { issuer(of: $0) == retailer }
                        || body.operation == nil && isWithin(retailer, body.lock)
                case .alarmRaised(let body), .alarmCleared(let body): isWithin(retailer, body.lock)
                case .lockReleased(let body): isWithin(retailer, body.lock)
                case .gatewayStopped, .snapshotTaken, .handedOver, .lockAdded, .lockRemoved, .lockSet, .lockReplaced, .lockProved,
                    .trustAccepted, .adapterAccepted,
                    .revocationAccepted,
                    .commandAnswered, .lockAccepted,
                    .deviceChanged:
                    false
                }
            if !isOwn { violate(.i11, "\(retailer) is told of \(record.body.kind), record \(record.number)") }
        }
    }

    private func issuer(of operation: OperationNumber) -> PrincipalID? { shelf.accepted[operation]?.command?.issuer }

    /// Whether an unlock of the retailer's is open on the lock.
    private func isWithin(_ retailer: PrincipalID, _ lock: LockID) -> Bool {
        witness.open.contains { $0.lock == lock && $0.issuer == retailer }
    }
}
