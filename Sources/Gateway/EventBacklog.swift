import LockModel

/// The newest events of one principal that are durable and were not sent yet, so that a stream that is a little behind its window need not
/// read the journal and open its seals.
///
/// **Bound**: the newest 1,024; what is older is in the journal.
struct EventBacklog {
    static let capacity = 1024

    private var records: [LockModel.Record] = []
    private var head = 0
    /// The sequence of the last one.
    private var last: Int64 = 0

    private var first: Int64 { last - Int64(records.count - head) + 1 }

    /// Takes the next event in. One that does not follow the last one starts anew.
    mutating func append(_ sequence: Int64, _ record: LockModel.Record) {
        if sequence != last + 1 { clear() }
        records.append(record)
        last = sequence
        if records.count - head > EventBacklog.capacity { head += 1 }
        compact()
    }

    /// Takes out up to `limit` events after a sequence; none when they are not all here. What is older is let go.
    mutating func take(after sequence: Int64, limit: Int) -> [(sequence: Int64, record: LockModel.Record)] {
        guard head < records.count, sequence + 1 >= first, sequence < last else { return [] }
        head += Int(sequence + 1 - first)
        let end = min(head + limit, records.count)
        let taken = records[head..<end].enumerated().map { (sequence + 1 + Int64($0.offset), $0.element) }
        head = end
        compact()
        return taken
    }

    mutating func clear() {
        records = []
        head = 0
    }

    private mutating func compact() {
        guard head >= EventBacklog.capacity || head == records.count else { return }
        records.removeFirst(head)
        head = 0
    }
}
