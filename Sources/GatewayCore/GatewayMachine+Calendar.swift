import LockModel

/// What begins and ends by the wall clock: windows, the retailers' sight of a lock, a grant's status.
///
/// Weekly windows are worked out by the caller, who knows the site's time zone, some days ahead (`Effect.expand`); what was not worked out is not open.
extension GatewayMachine {
    /// How far ahead windows must be known; with less the caller is asked again.
    private static let aheadMilliseconds: Int64 = 2 * 86_400_000

    /// A retailer's sight of a lock.
    struct Sight: Hashable, Sendable {
        var principal: PrincipalID
        var lock: LockID
    }

    /// Whether a grant may be used at that time by its windows; without windows always.
    func isOpen(_ grant: Grant, at time: Timestamp) -> Bool {
        guard let windows = grant.windows else { return true }
        guard hasWeeklyWindow(grant) else {
            return windows.contains { if case .interval(let from, let to) = $0 { time >= from && time < to } else { false } }
        }
        guard let openings = openings[grant.id], time < openings.until else { return false }
        return openings.stretches.contains { time >= $0.from && time < $0.to }
    }

    /// When a grant may be used next: now, if it may be used now; `nil` if never as far as is known.
    func nextOpening(of grant: Grant, after time: Timestamp) -> Timestamp? {
        var stretches: [GrantOpenings.Stretch] = []
        if hasWeeklyWindow(grant) {
            stretches = openings[grant.id]?.stretches ?? []
        } else {
            for case .interval(let from, let to) in grant.windows ?? [.interval(from: grant.notBefore, to: grant.expires)] {
                stretches.append(GrantOpenings.Stretch(from: from, to: to))
            }
        }
        return stretches.filter { $0.to > time && $0.from < grant.expires }.map { max($0.from, grant.notBefore) }.min()
    }

    func hasWeeklyWindow(_ grant: Grant) -> Bool { grant.windows?.contains { if case .weekly = $0 { true } else { false } } ?? false }

    mutating func expanded(_ id: TokenID, _ openings: GrantOpenings, _ now: Instants) {
        guard let grant = ledger.grants[id]?.grant else { return }
        self.openings[id] = openings
        publishSnapshots(of: grant.lock, now)
    }

    /// Asks for the windows of every grant that has weekly ones and can still be used.
    mutating func expandAll(_ now: Instants) {
        for entry in ledger.grants.values where entry.revokedAt == nil && entry.grant.expires > now.wall && hasWeeklyWindow(entry.grant) {
            let until = openings[entry.grant.id]?.until.milliseconds ?? 0
            if until - now.wall.milliseconds < Self.aheadMilliseconds { effects.append(.expand(entry.grant)) }
        }
    }

    /// Publishes again what changed since the last minute only because time went by.
    mutating func minute(_ now: Instants) {
        expandAll(now)
        for entry in ledger.grants.values {
            let grant = entry.grant
            if let status = grantStatus(grant.id, now)?.status, let told = toldStatus[grant.id], told != status {
                publishGrantStatus(grant.id, now)
            }
            let sight = Sight(principal: grant.retailer, lock: grant.lock)
            if let told = toldSight[sight], told != isEntitled(grant.retailer, to: grant.lock, now) {
                publishSnapshots(of: grant.lock, now)
            }
        }
    }
}
