import Collections
import LockModel

/// The ids of accepted tokens, each kept for its time on the boot clock; an id in here is never accepted again.
///
/// Bounded per issuer by the caller's quota. There are tens of thousands at a busy site, so what is kept of each is flat: an entry in a queue,
/// and its place by its id.
package struct UsedIDs: Sendable {
    private struct Entry {
        let id: TokenID
        let hash: Digest
        var record: Int64
        let dropAfter: Int64
    }

    /// One issuer's, in the order in which they are dropped.
    private struct Issuer {
        var entries: Deque<Entry> = []
        /// How many were dropped before the first entry: an entry's number is its place and this, modulo 2³².
        var dropped: UInt32 = 0
        var numbers: [TokenID: UInt32] = [:]

        func place(of id: TokenID) -> Int? { numbers[id].map { Int($0 &- dropped) } }
    }

    /// In the order in which they first had one.
    private var issuers: OrderedDictionary<PrincipalID, Issuer> = [:]

    package init() {}

    package var count: Int { issuers.values.reduce(0) { $0 + $1.entries.count } }

    package func count(of issuer: PrincipalID) -> Int { issuers[issuer]?.entries.count ?? 0 }

    /// The hash it was accepted with and the record that answers it, if it was.
    package func find(_ issuer: PrincipalID, _ id: TokenID) -> (hash: Digest, record: Int64)? {
        guard let used = issuers[issuer], let place = used.place(of: id) else { return nil }
        return (used.entries[place].hash, used.entries[place].record)
    }

    /// Takes one in, behind those of its issuer that are dropped before it. One that is there already gets the new values.
    mutating func insert(_ used: UsedID) {
        let entry = Entry(id: used.id, hash: used.hash, record: used.record, dropAfter: used.dropAfterBootMilliseconds)
        var issuer = Issuer()
        swap(&issuer, &issuers[used.issuer, default: Issuer()])
        if let place = issuer.place(of: used.id) {
            issuer.entries[place] = entry
        } else {
            issuer.numbers[used.id] = issuer.dropped &+ UInt32(truncatingIfNeeded: issuer.entries.count)
            issuer.entries.append(entry)
        }
        swap(&issuer, &issuers[used.issuer, default: Issuer()])
    }

    /// A later record answers it; the row to write, if the id is still kept.
    mutating func setRecord(_ record: Int64, issuer: PrincipalID, id: TokenID, bootID: String) -> UsedID? {
        guard let place = issuers[issuer]?.place(of: id) else { return nil }
        issuers[issuer]?.entries[place].record = record
        return issuers[issuer].map { used in
            UsedID(
                issuer: issuer, id: id, hash: used.entries[place].hash, record: record, bootID: bootID,
                dropAfterBootMilliseconds: used.entries[place].dropAfter)
        }
    }

    /// Drops what is past its time, at most `limit` of them; an issuer's were inserted in the order of their times.
    mutating func drop(before now: Int64, limit: Int) -> [(PrincipalID, TokenID)] {
        var dropped: [(PrincipalID, TokenID)] = []
        for place in issuers.values.indices {
            while dropped.count < limit, let first = issuers.values[place].entries.first, first.dropAfter < now {
                issuers.values[place].entries.removeFirst()
                issuers.values[place].numbers[first.id] = nil
                issuers.values[place].dropped &+= 1
                dropped.append((issuers.keys[place], first.id))
            }
        }
        return dropped
    }
}
