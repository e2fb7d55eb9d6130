import LockModel

/// The operator's signed lists of who is trusted: each one replaces the last (`bus-reference`, Tokens).
extension GatewayMachine {
    // MARK: Before the signature

    func checkTrustHeader(_ token: TrustToken, topic: PrincipalID, _ now: Instants) throws(Refusal) -> PrincipalKey {
        let principal = try checkIssuer(token.envelope, topic: topic, role: [.operator])
        guard token.audience == settings.gateway else { throw Refusal(.wrongGateway, "This gateway is \(settings.gateway).") }
        return try checkKey(token.envelope, of: principal, now)
    }

    // MARK: Installing

    /// Brings every retailer and partner to what the list says: there with these keys, suspended or not. Who is not on it is suspended.
    ///
    /// A list that was taken already is taken again in silence, since a broker may keep it; an older one is `staleSequence`.
    mutating func install(_ token: TrustToken, _ now: Instants) throws(Refusal) {
        if let last = ledger.trust {
            if last.sequence == token.sequence && last.hash == token.envelope.hash { return }
            guard token.sequence > last.sequence else {
                throw Refusal(.staleSequence, "The list in force has tseq \(last.sequence).")
            }
        }
        if isStopping { throw Refusal(.shuttingDown) }
        if isFrozen { throw Refusal(.frozen) }
        var wanted: [Principal] = []
        for entry in token.principals {
            if let known = ledger.principals[entry.id], known.role != .retailer && known.role != .partner {
                throw Refusal(.wrongPrincipal, "\(entry.id) is a \(known.role.rawValue) here.")
            }
            wanted.append(listed(entry, token.suspensions))
        }
        for known in ledger.principals.values where !token.principals.contains(where: { $0.id == known.id }) {
            wanted.append(unlisted(known, token.suspensions))
        }
        append(
            .trustAccepted(TrustList(operator: token.envelope.issuer, sequence: token.sequence, hash: token.envelope.hash)), at: now)
        for principal in wanted where ledger.principals[principal.id] != principal {
            append(ledger.principals[principal.id] == nil ? .principalAdded(principal) : .principalChanged(principal), at: now)
        }
    }

    private func listed(_ entry: TrustToken.Entry, _ suspensions: [String]) -> Principal {
        Principal(
            id: entry.id, role: entry.role, keys: entry.keys, suspended: suspensions.contains(entry.id.text),
            suspendedKeys: entry.keys.map(\.id).filter(suspensions.contains))
    }

    /// A retailer that is not on the list is suspended. Residents come and go by their own enrolment; the list only suspends them.
    private func unlisted(_ known: Principal, _ suspensions: [String]) -> Principal {
        var principal = known
        switch known.role {
        case .retailer, .partner: principal.suspended = true
        case .resident, .automation:
            principal.suspended = suspensions.contains(known.id.text)
            principal.suspendedKeys = known.keys.map(\.id).filter(suspensions.contains)
        case .operator: break
        }
        return principal
    }
}
