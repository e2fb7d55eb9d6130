import LockModel

/// Suspensions and key rotation: the operator's say over who is listened to. Effective at once, also for commands accepted and not yet sent.
extension GatewayMachine {
    /// Changes a principal by one record; nothing is recorded where nothing changed.
    mutating func change(
        _ id: PrincipalID, _ now: Instants, _ change: (inout Principal) throws(Refusal) -> Void
    ) throws(Refusal) {
        guard let known = ledger.principals[id] else { throw Refusal(.unknownPrincipal, "Nobody called \(id) is enrolled.") }
        var principal = known
        try change(&principal)
        if principal != known { append(.principalChanged(principal), at: now) }
    }
}

extension Principal {
    /// How many keys may be active at a time.
    private static let maximumKeys = 2

    mutating func suspend(_ key: String?) throws(GatewayMachine.Refusal) {
        guard let key else {
            suspended = true
            return
        }
        try checkHas(key)
        if !suspendedKeys.contains(key) { suspendedKeys.append(key) }
    }

    mutating func resume(_ key: String?) throws(GatewayMachine.Refusal) {
        guard let key else {
            suspended = false
            return
        }
        try checkHas(key)
        suspendedKeys.removeAll { $0 == key }
    }

    /// Adds a key beside those that are still good; those past their time make room.
    mutating func add(_ key: PrincipalKey, at time: Timestamp) throws(GatewayMachine.Refusal) {
        if keys.contains(key) { return }
        guard !keys.contains(where: { $0.id == key.id }) else {
            throw GatewayMachine.Refusal(.idReused, "That key is enrolled already, with other times.")
        }
        keys.removeAll { $0.expires.map { $0 <= time } ?? false }
        guard keys.count < Self.maximumKeys else {
            throw GatewayMachine.Refusal(.quotaFull, "Two keys are active already; retire one first.")
        }
        keys.append(key)
    }

    mutating func retire(_ key: String) throws(GatewayMachine.Refusal) {
        try checkHas(key)
        guard keys.count > 1 else {
            throw GatewayMachine.Refusal(.actionNotAllowed, "It is the only key; add the new one first, or suspend the principal.")
        }
        keys.removeAll { $0.id == key }
        suspendedKeys.removeAll { $0 == key }
    }

    private func checkHas(_ key: String) throws(GatewayMachine.Refusal) {
        guard keys.contains(where: { $0.id == key }) else { throw GatewayMachine.Refusal(.unknownPrincipal, "\(id) has no key \(key).") }
    }
}
