import LockModel

/// Sends one principal's events in order, at least once each, and knows how far its broker acknowledged them.
///
/// Live events go straight out while the window is open; what was missed (the bus was away, the window full, a restart) is read from the journal
/// in order. A consumer drops a sequence that it has seen.
///
/// **Bound**: `window` events unacknowledged.
struct EventStream {
    /// What to do next.
    enum Step: Equatable {
        /// Nothing, until something changes.
        case wait
        /// Read so many events after this sequence from the journal and hand them to `send`.
        case fetch(after: Int64, limit: Int)
    }

    private let window: Int
    private var isConnected = false
    /// The last sequence whose record is durable.
    private var published: Int64
    /// The last sequence sent on this connection.
    private var sent: Int64
    /// The last sequence acknowledged without a gap.
    private(set) var acknowledged: Int64
    /// Acknowledged ahead of the gap.
    private var ahead: Set<Int64> = []

    init(cursor: EventCursor, window: Int = 64) {
        self.window = window
        published = cursor.assigned
        sent = cursor.acknowledged
        acknowledged = cursor.acknowledged
    }

    /// The bus is there: start again from the first unacknowledged one.
    mutating func connected() -> Step {
        isConnected = true
        sent = acknowledged
        ahead = []
        return next()
    }

    mutating func disconnected() { isConnected = false }

    /// A new event is durable. `true`: send it now; `false`: it is fetched in its turn.
    mutating func append(_ sequence: Int64) -> Bool {
        let isNext = isConnected && sent == published && sequence == sent + 1 && Int(sent - acknowledged) < window
        published = max(published, sequence)
        if isNext { sent = sequence }
        return isNext
    }

    /// Events that were fetched are being sent.
    mutating func fetched(upTo sequence: Int64) { sent = max(sent, sequence) }

    /// The broker has it. Returns what is acknowledged now without a gap.
    mutating func acknowledge(_ sequence: Int64) -> Step {
        guard sequence > acknowledged else { return .wait }
        ahead.insert(sequence)
        while ahead.remove(acknowledged + 1) != nil { acknowledged += 1 }
        return next()
    }

    private func next() -> Step {
        guard isConnected, sent < published else { return .wait }
        let room = window - Int(sent - acknowledged)
        // Fetching half a window at a time keeps the journal from being asked for every single one.
        guard room >= min(window / 2, Int(published - sent)) else { return .wait }
        return .fetch(after: sent, limit: min(room, Int(published - sent)))
    }
}
