import Collections
import LockModel

/// Taking a lock out of the gateway.
///
/// It goes in two steps, since somebody may have to reach the lock in between: held, it takes nothing new on; removed, it is in no table any more.
/// Only a lock goes on which nothing is owed, nothing runs or waits, and over which no alarm stands. Its grants are revoked with it: a lock that gets
/// the name later opens for none of them.
extension GatewayMachine {
    /// Has a lock take nothing new on, so that its adapter can part from it. A restart ends that too.
    mutating func hold(_ lock: LockID) throws(Refusal) {
        try checkAtRest(lock)
        held.insert(lock)
    }

    /// Takes the lock out for good; it is held no more, whether it went or not.
    mutating func remove(_ lock: LockID, _ now: Instants) throws(Refusal) {
        held.remove(lock)
        try checkAtRest(lock)
        guard let machine = locks[lock], let entry = ledger.locks[lock] else { return }
        let grants = ledger.grantsOfLock[lock, default: []].filter { ledger.grants[$0]?.revokedAt == nil }
        append(.lockRemoved(LockReference(lock: lock)), at: now)
        for timer in machine.due.keys.sorted(by: { $0.rawValue < $1.rawValue }) {
            effects.append(.timer(lock, timer, atBootMilliseconds: nil))
        }
        lastRead = max(lastRead, machine.readNumber)
        locks[lock] = nil
        removed.append(lock)
        if removed.count > GatewayMachine.rememberedRemovals { removed.removeFirst() }
        for id in grants {
            guard let grant = ledger.grants[id]?.grant else { continue }
            append(.grantRevoked(GrantReference(grant)), at: now)
            publishGrantStatus(id, now)
        }
        clearSnapshots(of: lock, on: nil)
        effects.append(.detach(entry))
    }

    /// Another device takes a held lock's place: its grants stay, and it opens for none of them until the new one was read.
    mutating func replace(_ entry: LockEntry, _ now: Instants) throws(Refusal) {
        try checkAtRest(entry.lock)
        guard held.contains(entry.lock) else { throw Refusal(.busy, "It was not held for that.") }
        held.remove(entry.lock)
        append(.lockReplaced(entry), at: now)
        locks[entry.lock]?.alwaysLocked = entry.alwaysLocked
        tell(entry.lock, .linkDown(.lockOffline), now)
        publishSnapshots(of: entry.lock, now)
    }

    /// Nothing owed, nothing under way, no alarm.
    private func checkAtRest(_ lock: LockID) throws(Refusal) {
        guard let machine = locks[lock] else { throw Refusal(.unknownLock, "There is no lock \(lock).") }
        guard !ledger.isOwed(lock), machine.owed.isEmpty, machine.waiting.isEmpty else {
            throw Refusal(.busy, "It is open, or owes a relock; wait until `lockbridge lock show \(lock)` says locked.")
        }
        if let alarm = machine.alarm {
            throw Refusal(
                .actionNotAllowed, "An alarm stands over it (\(alarm.rawValue)): lock it, or `lockbridge alarm clear \(lock)`, then again.")
        }
        switch machine.phase {
        case .unread, .closed: break
        case .accepted, .unlocking, .unlocked, .relocking: throw Refusal(.busy, "It is being locked; wait until that is done.")
        }
    }

    /// What a broker that was away keeps of a lock that is gone, taken back.
    mutating func publishGone(_ lock: LockID, on bus: BusName) {
        clearSnapshots(of: lock, on: bus)
        for id in ledger.grantsOfLock[lock, default: []] {
            guard let grant = ledger.grants[id]?.grant, let status = grantStatus(id, shown) else { continue }
            for principal in [grant.retailer, grant.resident] where settings.bus(serving: principal) == bus {
                effects.append(.grantStatus(status, principal, bus))
            }
        }
    }

    /// Everybody who may have seen the lock, on one bus or on all.
    private mutating func clearSnapshots(of lock: LockID, on bus: BusName?) {
        for sight in toldSight.keys where sight.lock == lock { toldSight[sight] = nil }
        let retailers = ledger.grantsOfLock[lock, default: []].compactMap { ledger.grants[$0]?.grant.retailer }
        for principal in OrderedSet(ledger.residents + retailers) {
            guard let serving = settings.bus(serving: principal), bus == nil || serving == bus else { continue }
            effects.append(.snapshot(lock, principal, serving, nil))
        }
    }

    /// How many removals of this run are told again to a broker that was away.
    private static let rememberedRemovals = 64
}
