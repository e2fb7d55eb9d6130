import Collections
import LockModel

/// The ids of accepted tokens, each kept for its time on the boot clock; an id in here is never accepted again.
///
/// Bounded per issuer by the caller's quota. Lookups only, never iterated in an order that could show.
package struct UsedIDs: Sendable {
    private struct Key: Hashable {
        let issuer: PrincipalID
        let id: TokenID
    }

    private struct Value {
        let hash: Digest
        var record: Int64
        let dropAfter: Int64
    }

    private var values: [Key: Value] = [:]
    private var order: Deque<Key> = []
    private var counts: [PrincipalID: Int] = [:]

    package init() {}

    package var count: Int { values.count }

    package func count(of issuer: PrincipalID) -> Int { counts[issuer] ?? 0 }

    /// The hash it was accepted with and the record that answers it, if it was.
    package func find(_ issuer: PrincipalID, _ id: TokenID) -> (hash: Digest, record: Int64)? {
        values[Key(issuer: issuer, id: id)].map { ($0.hash, $0.record) }
    }

    mutating func insert(_ used: UsedID) {
        let key = Key(issuer: used.issuer, id: used.id)
        let value = Value(hash: used.hash, record: used.record, dropAfter: used.dropAfterBootMilliseconds)
        if values.updateValue(value, forKey: key) == nil {
            order.append(key)
            counts[used.issuer, default: 0] += 1
        }
    }

    /// A later record answers it; the row to write, if the id is still kept.
    mutating func setRecord(_ record: Int64, issuer: PrincipalID, id: TokenID, bootID: String) -> UsedID? {
        let key = Key(issuer: issuer, id: id)
        guard var value = values[key] else { return nil }
        value.record = record
        values[key] = value
        return UsedID(
            issuer: issuer, id: id, hash: value.hash, record: record, bootID: bootID, dropAfterBootMilliseconds: value.dropAfter
        )
    }

    /// Drops what is past its time, at most `limit` of them; they were inserted in the order of their times.
    mutating func drop(before now: Int64, limit: Int) -> [(PrincipalID, TokenID)] {
        var dropped: [(PrincipalID, TokenID)] = []
        while dropped.count < limit, let key = order.first, let value = values[key], value.dropAfter < now {
            order.removeFirst()
            values[key] = nil
            counts[key.issuer, default: 1] -= 1
            dropped.append((key.issuer, key.id))
        }
        return dropped
    }
}
