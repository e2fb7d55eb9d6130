/// Calls that wait their turn, so that ten thousand locks do not overrun one adapter: so many under way, the rest in order.
///
/// Unbounded in itself; its user keeps at most one call of a kind for a lock in it.
struct CallLane {
    private let limit: Int
    private var underWay = 0
    private var waiting: [() -> Void] = []
    private var next = 0

    init(limit: Int) {
        self.limit = limit
    }

    /// Takes a call in.
    /// - Returns: the call, where it may go at once.
    mutating func enter(_ call: @escaping () -> Void) -> (() -> Void)? {
        guard underWay < limit else {
            waiting.append(call)
            return nil
        }
        underWay += 1
        return call
    }

    /// A call is over.
    /// - Returns: the next one, which goes now.
    mutating func leave() -> (() -> Void)? {
        guard next < waiting.count else {
            underWay -= 1
            waiting = []
            next = 0
            return nil
        }
        defer { next += 1 }
        return waiting[next]
    }
}
