import LockModel

/// Who is told what: events, notices, snapshots, grant status.
extension GatewayMachine {
    // MARK: Events

    /// Whose numbered stream a record's event joins; empty for records that are no events.
    ///
    /// A resident sees everything of the home. A retailer sees its own grants, the gateway's own state, its own commands, and what else befalls
    /// a lock only within its own obligations: no stream tells how often a household uses its door, or who else delivers there.
    func audience(of body: RecordBody) -> [PrincipalID] {
        let residents = ledger.residents
        let principals: [PrincipalID]
        switch body {
        case .commandAnswered, .lockAccepted, .gatewayStopped, .snapshotTaken, .handedOver, .trustAccepted, .revocationAccepted:
            principals = []
        case .gatewayStarted, .clockChanged, .clockAccepted:
            principals = Array(ledger.principals.keys)
        case .principalAdded(let principal), .principalChanged(let principal):
            principals = residents.contains(principal.id) ? residents : residents + [principal.id]
        case .lockAdded, .lockRemoved, .lockSet, .lockReplaced, .lockProved, .deviceChanged, .adapterAccepted:
            principals = residents
        case .grantInstalled(let entry):
            principals = residents + [entry.grant.retailer]
        case .grantRevoked(let reference):
            principals = residents + [reference.retailer]
        case .unlockAccepted(let accepted):
            principals = residents + issuers(of: [accepted.obligation.command])
        case .unlockCancelled(let cancelled):
            principals = residents + issuers(of: [cancelled.command])
        case .operationFailed(let failure):
            principals = residents + issuers(of: [failure.command])
        case .lockChanged(let change):
            let own = [change.command] + change.ended.map { ledger.obligations[$0]?.command }
            principals = residents + (change.operation == nil ? retailers(within: change.lock) : issuers(of: own))
        case .lockReleased(let release):
            principals = residents + retailers(within: release.lock)
        case .alarmRaised(let alarm), .alarmCleared(let alarm):
            principals = residents + retailers(within: alarm.lock)
        }
        return principals.filter { settings.bus(serving: $0) != nil }
    }

    /// Retailers with an open obligation on the lock.
    private func retailers(within lock: LockID) -> [PrincipalID] {
        issuers(of: ledger.obligations(of: lock).map(\.command))
    }

    /// Each issuer of these commands once, in their order.
    private func issuers(of commands: [CommandReference?]) -> [PrincipalID] {
        var found: [PrincipalID] = []
        for case .some(let command) in commands where !found.contains(command.issuer) { found.append(command.issuer) }
        return found
    }

    /// Whose key seals a record: the resident whose door, grant or key it is about, where there is one.
    func owner(of body: RecordBody) -> PrincipalID? {
        switch body {
        case .gatewayStarted, .gatewayStopped, .snapshotTaken, .handedOver, .adapterAccepted, .trustAccepted, .clockChanged, .clockAccepted,
            .lockAdded,
            .lockRemoved,
            .lockSet, .lockReplaced, .lockProved,
            .lockReleased, .deviceChanged, .alarmRaised,
            .alarmCleared:
            nil
        case .principalAdded(let principal), .principalChanged(let principal): principal.role == .resident ? principal.id : nil
        case .revocationAccepted(let revocation): revocation.resident
        case .grantRevoked(let reference): reference.resident
        case .grantInstalled(let entry): entry.grant.resident
        case .commandAnswered(let command): resident(behind: command)
        case .lockAccepted(let accepted): accepted.command.flatMap(resident(behind:))
        case .unlockAccepted(let accepted): accepted.obligation.resident
        case .unlockCancelled(let cancelled): cancelled.command.flatMap(resident(behind:))
        case .operationFailed(let failure): failure.command.flatMap(resident(behind:))
        case .lockChanged(let change): change.command.flatMap(resident(behind:))
        }
    }

    private func resident(behind command: CommandReference) -> PrincipalID? { command.grant.flatMap { ledger.grants[$0]?.grant.resident } }

    // MARK: Notices

    /// To whom an obligation is announced: the retailer that caused it and the resident, each by a bus that serves them.
    func noticed(of obligation: Obligation) -> [(PrincipalID, BusName)] {
        var pairs: [(PrincipalID, BusName)] = []
        if let issuer = obligation.command?.issuer, let bus = obligation.bus ?? settings.bus(serving: issuer) {
            pairs.append((issuer, bus))
        }
        if let resident = obligation.resident, let bus = settings.bus(serving: resident) { pairs.append((resident, bus)) }
        return pairs
    }

    /// Brings the retained notices of the principals behind these obligations up to what is still owed on the lock.
    mutating func publishNotices(of ended: [Obligation], _ now: Instants) {
        for obligation in ended {
            for (principal, bus) in noticed(of: obligation) { publishNotice(obligation.lock, principal, bus) }
        }
    }

    private mutating func publishNotice(_ lock: LockID, _ principal: PrincipalID, _ bus: BusName) {
        let owed = ledger.obligations(of: lock).filter { open in
            noticed(of: open).contains { $0 == (principal, bus) } && isAnnounced(open)
        }
        let first = owed.min { $0.relockBy < $1.relockBy }
        effects.append(
            .notice(
                Notice(lock: lock, principal: principal, bus: bus, owed: first.map { Notice.Owed(relockBy: $0.relockBy, since: $0.since) })
            )
        )
    }

    /// An unlock that still waits for its turn owes nothing yet.
    private func isAnnounced(_ obligation: Obligation) -> Bool {
        locks[obligation.lock]?.waiting.contains { $0.number == obligation.operation } == false
    }

    // MARK: Snapshots

    /// Publishes a lock's state to everybody entitled to it, and clears it for retailers who are not.
    mutating func publishSnapshots(of lock: LockID, _ now: Instants) {
        for id in ledger.residents + retailers(withGrantOn: lock) {
            if let principal = ledger.principals[id] { publishSnapshot(of: lock, to: principal, now) }
        }
    }

    /// Each retailer that ever had a grant on the lock, once.
    private func retailers(withGrantOn lock: LockID) -> [PrincipalID] {
        var found: [PrincipalID] = []
        for id in ledger.grantsOfLock[lock, default: []] {
            if let retailer = ledger.grants[id]?.grant.retailer, !found.contains(retailer) { found.append(retailer) }
        }
        return found
    }

    private mutating func publishSnapshot(of lock: LockID, to principal: Principal, _ now: Instants) {
        guard let bus = settings.bus(serving: principal.id) else { return }
        switch principal.role {
        case .resident: break
        case .retailer, .partner:
            guard hasGrant(principal.id, on: lock) else { return }
            let sees = isEntitled(principal.id, to: lock, now)
            toldSight[Sight(principal: principal.id, lock: lock)] = sees
            guard sees else {
                effects.append(.snapshot(lock, principal.id, bus, nil))
                return
            }
        case .operator, .automation: return
        }
        effects.append(.snapshot(lock, principal.id, bus, snapshot(of: lock, for: principal.id)))
    }

    private func hasGrant(_ principal: PrincipalID, on lock: LockID) -> Bool {
        ledger.grantsOfLock[lock, default: []].contains { ledger.grants[$0]?.grant.retailer == principal }
    }

    /// A retailer may see a lock while a live grant's window is open and until its own obligation has ended.
    func isEntitled(_ principal: PrincipalID, to lock: LockID, _ now: Instants) -> Bool {
        if ledger.obligations(of: lock).contains(where: { $0.command?.issuer == principal }) { return true }
        return ledger.grantsOfLock[lock, default: []].contains { id in
            guard let grant = ledger.grants[id]?.grant, grant.retailer == principal else { return false }
            do throws(Refusal) {
                try checkLive(grant, now)
                return true
            } catch {
                return false
            }
        }
    }

    /// A lock as a principal sees it.
    package func snapshot(of lock: LockID, for principal: PrincipalID) -> LockSnapshot? {
        guard let machine = locks[lock], let entry = ledger.locks[lock] else { return nil }
        return LockSnapshot(
            bolt: machine.bolt, door: machine.door, battery: machine.battery, confirmedBy: machine.reading?.confirmedBy,
            observedAt: machine.reading?.observedAt, online: machine.capabilities != nil,
            relockAssurance: relockAssurance(of: lock, openSeconds: min(entry.maximumOpenSeconds, 30)),
            capabilities: machine.capabilities, operationSeconds: ((machine.capabilities?.operationMilliseconds ?? 40_000) + 999) / 1000,
            sequence: printedSequence(ledger.cursors[principal]?.assigned ?? 0)
        )
    }

    // MARK: Grants

    /// Publishes a grant's status to its retailer and its resident.
    mutating func publishGrantStatus(_ id: TokenID, _ now: Instants) {
        guard let status = grantStatus(id, now), let grant = ledger.grants[id]?.grant else { return }
        toldStatus[id] = status.status
        for principal in [grant.retailer, grant.resident] {
            if let bus = settings.bus(serving: principal) { effects.append(.grantStatus(status, principal, bus)) }
        }
    }

    /// A grant's status now.
    package func grantStatus(_ id: TokenID, _ now: Instants) -> GrantStatus? {
        guard let entry = ledger.grants[id] else { return nil }
        let spent = ledger.uses[id]?.spent ?? 0
        let state: GrantStatus.State =
            if entry.revokedAt != nil {
                .revoked
            } else if claimTime(now) >= entry.grant.expires {
                .expired
            } else if spent >= entry.grant.maxUses {
                .usedUp
            } else if entry.grant.expires.milliseconds - claimTime(now).milliseconds < 86_400_000 {
                .expiring
            } else {
                .installed
            }
        return GrantStatus(entry: entry, spent: spent, status: state, at: now.wall)
    }

    // MARK: Again

    /// A broker may have lost or kept what was retained: everything retained goes out again, clearings included.
    ///
    /// A page of locks at a time: thousands at once would be more than a bus takes. What changes meanwhile is published as ever.
    mutating func republish(on bus: BusName, after last: LockID?, _ now: Instants) {
        let first = last.flatMap { ledger.locks.index(forKey: $0) }.map { $0 + 1 } ?? 0
        let page = ledger.locks.keys[first..<min(first + GatewayMachine.republishedLocks, ledger.locks.count)]
        if last == nil { for lock in gone { publishGone(lock, on: bus) } }
        for id in settings.buses[bus] ?? [] {
            guard let principal = ledger.principals[id] else { continue }
            let isServedHere = settings.bus(serving: id) == bus
            if last == nil && isServedHere { publishChallenge(to: principal) }
            for lock in page {
                // A notice stands on the bus that brought its command, which need not be the one the rest goes out by.
                if principal.role == .resident || hasGrant(id, on: lock) { publishNotice(lock, id, bus) }
                guard isServedHere else { continue }
                publishSnapshot(of: lock, to: principal, now)
                for grant in ledger.grantsOfLock[lock, default: []] {
                    guard let entry = ledger.grants[grant], entry.grant.retailer == id || entry.grant.resident == id else { continue }
                    if let status = grantStatus(grant, now) { effects.append(.grantStatus(status, id, bus)) }
                }
            }
        }
        if let lock = page.last, page.endIndex < ledger.locks.count { effects.append(.republished(bus, through: lock)) }
    }

    /// Locks that are gone, as far as that is known: those of this run, and those that grants still name.
    private var gone: [LockID] { removed + ledger.grantsOfLock.keys.filter { ledger.locks[$0] == nil && !removed.contains($0) }.sorted() }

    /// How many locks make a page.
    private static let republishedLocks = 32
}
