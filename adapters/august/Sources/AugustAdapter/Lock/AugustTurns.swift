/// Whose turn it is to say something to a lock: one at a time, in the order they came. Belongs to one actor. **Bound**: 64 wait; one more is refused.
struct AugustTurns {
    typealias Waiter = CheckedContinuation<Void, any Error>

    private static let maximum = 64
    private var isTaken = false
    private var waiting: [(number: Int, waiter: Waiter)] = []
    private var last = 0

    /// Takes the turn where it is free.
    mutating func takeIfFree() -> Bool {
        guard !isTaken else { return false }
        isTaken = true
        return true
    }

    /// A number to wait and to leave by.
    mutating func number() -> Int {
        last += 1
        return last
    }

    /// Waits for the turn, which is the waiter's once it is resumed.
    mutating func wait(_ number: Int, _ waiter: Waiter, isCancelled: Bool, _ tooMany: any Error) {
        if isCancelled { return waiter.resume(throwing: CancellationError()) }
        if takeIfFree() { return waiter.resume() }
        guard waiting.count < Self.maximum else { return waiter.resume(throwing: tooMany) }
        waiting.append((number, waiter))
    }

    /// Gives the turn to the next.
    mutating func give() {
        guard !waiting.isEmpty else {
            isTaken = false
            return
        }
        waiting.removeFirst().waiter.resume()
    }

    /// Waits no longer.
    mutating func leave(_ number: Int) {
        guard let index = waiting.firstIndex(where: { $0.number == number }) else { return }
        waiting.remove(at: index).waiter.resume(throwing: CancellationError())
    }
}
