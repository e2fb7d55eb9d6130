import NukiProtocol

/// What was asked of a lock and is not answered: each question has its place before it is written, so that no answer comes too early.
///
/// Belongs to one actor, which gives the time. **Bound**: 64; one more is refused.
struct OpenQuestions {
    /// What kind of answer a question has.
    enum Kind: Sendable, Equatable {
        case state, challenge, end
        /// Everything that needs a challenge and is no order to the motor.
        case messages
        /// Nothing was asked yet: others come first.
        case turn
    }

    /// An answer.
    enum Answer: Sendable {
        case state(NukiState)
        case bytes([UInt8])
        case end(NukiTalk.ActionEnd)
        case messages([NukiMessage])
        case turn
    }

    fileprivate enum Stage {
        /// Asked, and nobody waits yet.
        case asked
        case waiting(CheckedContinuation<Answer, any Error>)
        case answered(Result<Answer, any Error>)
    }

    fileprivate struct Entry {
        let number: Int
        let kind: Kind
        var deadline: ContinuousClock.Instant
        var stage: Stage
    }

    private static let maximum = 64
    private var entries: [Entry] = []
    private var last = 0

    /// Takes a place; `nil` where there are too many.
    mutating func open(_ kind: Kind, until deadline: ContinuousClock.Instant) -> Int? {
        guard entries.count < Self.maximum else { return nil }
        last += 1
        entries.append(Entry(number: last, kind: kind, deadline: deadline, stage: .asked))
        return last
    }

    /// Waits at a place: answered at once where the answer is there, or the place is gone.
    mutating func wait(_ number: Int, _ continuation: CheckedContinuation<Answer, any Error>) {
        guard let index = entries.firstIndex(where: { $0.number == number }) else {
            return continuation.resume(throwing: CancellationError())
        }
        if case .answered(let result) = entries[index].stage {
            entries.remove(at: index)
            return continuation.resume(with: result)
        }
        entries[index].stage = .waiting(continuation)
    }

    /// Whether a question of that kind is open.
    func has(_ kind: Kind) -> Bool { entries.contains { $0.kind == kind && !$0.isAnswered } }

    /// Answers the oldest question of a kind.
    mutating func answerFirst(_ kind: Kind, _ result: Result<Answer, any Error>) {
        if let number = entries.first(where: { $0.kind == kind && !$0.isAnswered })?.number { answer(number, result) }
    }

    /// Answers all questions of a kind.
    mutating func answerAll(_ kind: Kind, _ result: Result<Answer, any Error>) { while has(kind) { answerFirst(kind, result) } }

    /// Lets a question wait longer: a part of its answer came.
    mutating func extend(_ number: Int, until deadline: ContinuousClock.Instant) {
        if let index = entries.firstIndex(where: { $0.number == number }) { entries[index].deadline = deadline }
    }

    /// Ends what has waited too long.
    mutating func expire(at now: ContinuousClock.Instant, _ error: any Error) {
        for entry in entries where entry.deadline <= now { answer(entry.number, .failure(error)) }
    }

    /// Ends everything.
    mutating func endAll(_ error: any Error) { for entry in entries { answer(entry.number, .failure(error)) } }

    /// Leaves a place.
    mutating func leave(_ number: Int) {
        answer(number, .failure(CancellationError()))
        entries.removeAll { $0.number == number }
    }

    private mutating func answer(_ number: Int, _ result: Result<Answer, any Error>) {
        guard let index = entries.firstIndex(where: { $0.number == number }), !entries[index].isAnswered else { return }
        if case .waiting(let continuation) = entries[index].stage {
            entries.remove(at: index)
            continuation.resume(with: result)
        } else {
            entries[index].stage = .answered(result)
        }
    }
}

extension OpenQuestions.Entry {
    fileprivate var isAnswered: Bool { if case .answered = stage { true } else { false } }
}
