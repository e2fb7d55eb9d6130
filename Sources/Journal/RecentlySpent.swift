import LockModel

/// The ids spent in the last run, of which those that could still be fresh must be among the rows.
///
/// An id is kept for its time on the clock of its boot and then dropped; which have been dropped follows from no record. But one that is missing while
/// its command could come again would be obeyed twice.
struct RecentlySpent {
    /// No command lives longer, and no configuration drops an id sooner.
    private static let milliseconds: Int64 = 360_000

    private struct Key: Hashable {
        var issuer: PrincipalID
        var id: TokenID
    }

    private struct Value {
        var hash: Digest
        var freshUntil: Int64
    }

    private var ids: [Key: Value] = [:]
    private var now: Int64 = 0

    /// Begins with rows of the run that goes on in the first record taken.
    init(_ rows: [UsedID] = []) {
        for used in rows {
            ids[Key(issuer: used.issuer, id: used.id)] = Value(hash: used.hash, freshUntil: used.dropAfterBootMilliseconds)
        }
    }

    mutating func take(_ record: LockModel.Record, _ spent: [UsedID]) {
        now = record.bootMilliseconds
        if case .gatewayStarted = record.body { ids = [:] }
        for used in spent {
            ids[Key(issuer: used.issuer, id: used.id)] = Value(hash: used.hash, freshUntil: now + RecentlySpent.milliseconds)
        }
        if ids.count > 100_000 { ids = ids.filter { $0.value.freshUntil >= now } }
    }

    /// Whether one that may still be fresh is not there, or with another hash.
    func isMissing(in rows: [UsedID]) -> Bool {
        let kept = Dictionary(rows.map { (Key(issuer: $0.issuer, id: $0.id), $0.hash) }) { $1 }
        return ids.contains { key, value in value.freshUntil >= now && kept[key] != value.hash }
    }
}
