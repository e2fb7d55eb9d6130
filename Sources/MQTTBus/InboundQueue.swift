/// Messages on their way to the core: numbered from 1, at most `limit` given and not acknowledged, the rest waiting here.
///
/// What waits is only what the library had read already when the credit ran out; the broker's socket is not read meanwhile.
/// Survives the connection, since the broker has an acknowledgement for what is in it.
struct InboundQueue {
    static let maximumWaiting = 1_024

    private let limit: Int
    private var given: Int64 = 0
    private var acknowledged: Int64 = 0
    private var waiting: [InboundMessage] = []

    init(limit: Int) {
        self.limit = limit
    }

    /// Whether one more could be given at once.
    var hasCredit: Bool { waiting.isEmpty && given - acknowledged < limit }

    /// - Returns: false, and takes nothing, when too many wait: the connection has to end.
    mutating func append(_ message: InboundMessage) -> Bool {
        guard waiting.count < InboundQueue.maximumWaiting else { return false }
        waiting.append(message)
        return true
    }

    /// The messages to give now, with their numbers.
    mutating func takeCredit() -> [(n: Int64, message: InboundMessage)] {
        let count = min(waiting.count, limit - Int(given - acknowledged))
        guard count > 0 else { return [] }
        let messages = waiting[..<count].map { message in
            given += 1
            return (n: given, message: message)
        }
        waiting.removeFirst(count)
        return messages
    }

    /// The core is done with all up to this number. A lower one than before changes nothing.
    /// - Returns: false for one that was not given yet.
    mutating func acknowledge(upTo n: Int64) -> Bool {
        guard n <= given else { return false }
        acknowledged = max(acknowledged, n)
        return true
    }
}
