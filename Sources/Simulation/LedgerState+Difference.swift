import LockModel

extension LedgerState {
    /// The first thing in which two states differ, in words; their tables may be in any order.
    func difference(from other: LedgerState) -> String? {
        if lastRecord != other.lastRecord { return "last record \(lastRecord), not \(other.lastRecord)" }
        if lastOperation != other.lastOperation { return "last operation \(lastOperation), not \(other.lastOperation)" }
        if isCommissioned != other.isCommissioned { return "handed over: \(isCommissioned)" }
        if floor != other.floor { return "what is known of time" }
        if trust != other.trust { return "the trust list" }
        return differs("principals", principals, other.principals) { $0.id }
            ?? differs("locks", locks, other.locks) { $0.lock }
            ?? differs("grants", grants, other.grants) { $0.grant.id }
            ?? differs("uses", uses, other.uses) { $0.grant }
            ?? differs("revocations", revocations, other.revocations) { $0.resident }
            ?? differs("obligations", obligations, other.obligations) { $0.operation }
            ?? differs("used ids", usedIDs, other.usedIDs) { "\($0.issuer) \($0.id)" }
            ?? differs("cursors", cursors, other.cursors) { $0.principal }
            ?? differs("alarms", alarms, other.alarms) { $0.lock }
    }

    private func differs<Row: Equatable, Key: Hashable>(_ table: String, _ ours: [Row], _ theirs: [Row], _ key: (Row) -> Key) -> String? {
        if ours == theirs { return nil }
        let wanted = Dictionary(theirs.map { (key($0), $0) }) { $1 }
        let found = Dictionary(ours.map { (key($0), $0) }) { $1 }
        if found.count != wanted.count { return "\(table): \(found.count) rows, not \(wanted.count)" }
        let wrong = ours.first { wanted[key($0)] != $0 }
        return wrong.map { "\(table): \(key($0))" }
    }
}
