import AugustProtocol

/// What was asked of a lock and is not answered: each question has its place before it is written, so that no answer comes too early.
///
/// An answer goes to every question it fits; one command is on its way at a time, so that beside the end of an order there is only one. Belongs to one actor,
/// which gives the time. **Bound**: 16; one more is refused.
struct AugustQuestions {
    typealias Waiter = CheckedContinuation<AugustAnswer, any Error>

    private enum Stage {
        /// Asked, and nobody waits yet.
        case asked
        case waiting(Waiter)
        case answered(Result<AugustAnswer, any Error>)
    }

    private struct Entry {
        let number: Int
        let fits: @Sendable (AugustAnswer) -> Bool
        var deadline: ContinuousClock.Instant
        var stage = Stage.asked

        var isAnswered: Bool { if case .answered = stage { true } else { false } }
    }

    private static let maximum = 16
    private var entries: [Entry] = []
    private var last = 0

    /// Takes a place; `nil` where there are too many.
    mutating func open(until deadline: ContinuousClock.Instant, _ fits: @escaping @Sendable (AugustAnswer) -> Bool) -> Int? {
        guard entries.count < Self.maximum else { return nil }
        last += 1
        entries.append(Entry(number: last, fits: fits, deadline: deadline))
        return last
    }

    /// Waits at a place: answered at once where the answer is there, or the place is gone.
    mutating func wait(_ number: Int, _ waiter: Waiter) {
        guard let index = entries.firstIndex(where: { $0.number == number }) else { return waiter.resume(throwing: CancellationError()) }
        if case .answered(let result) = entries[index].stage {
            entries.remove(at: index)
            return waiter.resume(with: result)
        }
        entries[index].stage = .waiting(waiter)
    }

    /// Gives an answer to every question it fits; whether there was one.
    mutating func give(_ answer: AugustAnswer) -> Bool {
        let numbers = entries.filter { !$0.isAnswered && $0.fits(answer) }.map(\.number)
        for number in numbers { settle(number, .success(answer)) }
        return !numbers.isEmpty
    }

    /// Has a question wait no longer than until then.
    mutating func hurry(_ number: Int, until deadline: ContinuousClock.Instant) {
        guard let index = entries.firstIndex(where: { $0.number == number }) else { return }
        entries[index].deadline = min(entries[index].deadline, deadline)
    }

    /// Ends what has waited too long.
    mutating func expire(at now: ContinuousClock.Instant, _ error: any Error) {
        for entry in entries where entry.deadline <= now { settle(entry.number, .failure(error)) }
    }

    /// Ends everything.
    mutating func endAll(_ error: any Error) { for entry in entries { settle(entry.number, .failure(error)) } }

    /// Leaves a place.
    mutating func leave(_ number: Int) {
        settle(number, .failure(CancellationError()))
        entries.removeAll { $0.number == number }
    }

    private mutating func settle(_ number: Int, _ result: Result<AugustAnswer, any Error>) {
        guard let index = entries.firstIndex(where: { $0.number == number }), !entries[index].isAnswered else { return }
        if case .waiting(let waiter) = entries[index].stage {
            entries.remove(at: index)
            waiter.resume(with: result)
        } else {
            entries[index].stage = .answered(result)
        }
    }
}
