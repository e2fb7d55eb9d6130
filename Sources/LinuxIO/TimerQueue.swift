/// Names a scheduled timer, for cancelling. Never used again for another.
package struct TimerToken: Hashable, Sendable {
    let number: UInt64
}

/// Timers in the order they fall due; those of the same millisecond in the order they were scheduled.
///
/// A binary heap. Cancelling only marks: the entry is dropped when it comes up, or when more than half of the heap is
/// dead, so the heap holds at most twice the living (plus 64).
struct TimerQueue {
    typealias Handler = () -> Void

    private struct Entry {
        let due: Int64
        let number: UInt64

        func isBefore(_ other: Entry) -> Bool {
            (due, number) < (other.due, other.number)
        }
    }

    private var heap: [Entry] = []
    private var handlers: [UInt64: Handler] = [:]
    private var nextNumber: UInt64 = 0

    mutating func schedule(atBootMilliseconds due: Int64, _ handler: @escaping Handler) -> TimerToken {
        let number = nextNumber
        nextNumber += 1
        handlers[number] = handler
        heap.append(Entry(due: due, number: number))
        siftUp(from: heap.count - 1)
        return TimerToken(number: number)
    }

    /// Forgets a timer; one that has fired or was cancelled is none.
    mutating func cancel(_ token: TimerToken) {
        guard handlers.removeValue(forKey: token.number) != nil else { return }
        if heap.count > 64, heap.count > 2 * handlers.count {
            heap = heap.filter { handlers[$0.number] != nil }.sorted { $0.isBefore($1) }
        }
    }

    /// When the next living timer is due.
    mutating func nextDue() -> Int64? {
        dropDead()
        return heap.first?.due
    }

    /// The number the next timer will get: the bound that keeps what a timer schedules out of its own turn.
    var end: UInt64 { nextNumber }

    /// Takes out the first timer, if it is due at `now` and was scheduled before `end` was that.
    mutating func popDue(at now: Int64, before end: UInt64) -> Handler? {
        dropDead()
        guard let first = heap.first, first.due <= now, first.number < end else { return nil }
        removeFirst()
        return handlers.removeValue(forKey: first.number)
    }

    private mutating func dropDead() {
        while let first = heap.first, handlers[first.number] == nil { removeFirst() }
    }

    private mutating func removeFirst() {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        siftDown(from: 0)
    }

    private mutating func siftUp(from index: Int) {
        var index = index
        while index > 0 {
            let parent = (index - 1) / 2
            guard heap[index].isBefore(heap[parent]) else { return }
            heap.swapAt(index, parent)
            index = parent
        }
    }

    private mutating func siftDown(from index: Int) {
        var index = index
        while true {
            var first = index
            for child in [2 * index + 1, 2 * index + 2] where child < heap.count && heap[child].isBefore(heap[first]) {
                first = child
            }
            guard first != index else { return }
            heap.swapAt(index, first)
            index = first
        }
    }
}
