/// The requests one side has sent, and what each answer that comes in means.
///
/// An id stays known until it is answered or the process ends, so that a late answer is told from an invented one: late is dropped and
/// counted, invented or doubled ends the process (`adapters-reference`, Lines and ids). Answered ids are not kept: ids are numbered from 1
/// upwards, so an id below the next one and not open was answered before.
///
/// Bounded by `maximumAbandoned`: a side that leaves more requests unanswered than that is as good as silent.
package struct PendingRequests<Waiting> {
    /// What an answer's id turned out to be.
    package enum Claim {
        /// The answer to an open request; give it to whoever waits.
        case open(Waiting)
        /// The answer to a request nobody waits for any more; drop it and count.
        case late
        /// Answered before: the other side is broken.
        case answeredTwice
        /// Never asked: the other side is broken.
        case neverIssued
    }

    /// How many unanswered requests may be given up.
    package let maximumAbandoned: Int
    private var next: Int64 = 1
    private var open: [Int64: Waiting] = [:]
    private var abandoned: Set<Int64> = []

    package init(maximumAbandoned: Int = 1024) { self.maximumAbandoned = maximumAbandoned }

    /// How many are waited for.
    package var openCount: Int { open.count }
    /// Whether more were given up than a working process would leave unanswered.
    package var tooManyAbandoned: Bool { abandoned.count > maximumAbandoned }

    /// Numbers a request and keeps who waits for it.
    package mutating func issue(_ waiting: Waiting) -> RequestID {
        defer { next += 1 }
        open[next] = waiting
        return .number(next)
    }

    /// Changes what is kept of an open request; `nil` where it is not open.
    package mutating func update(_ id: RequestID, _ change: (inout Waiting) -> Void) {
        guard case .number(let number) = id, var waiting = open[number] else { return }
        change(&waiting)
        open[number] = waiting
    }

    /// Takes an answer's id.
    package mutating func claim(_ id: RequestID) -> Claim {
        guard case .number(let number) = id, number >= 1, number < next else { return .neverIssued }
        if let waiting = open.removeValue(forKey: number) { return .open(waiting) }
        return abandoned.remove(number) != nil ? .late : .answeredTwice
    }

    /// Stops waiting for one request, and gives back who waited; its answer will be `late`.
    package mutating func abandon(_ id: RequestID) -> Waiting? {
        guard case .number(let number) = id, let waiting = open.removeValue(forKey: number) else { return nil }
        abandoned.insert(number)
        return waiting
    }

    /// Ends everything, in the order of asking: the process is gone.
    package mutating func endAll() -> [Waiting] {
        let waiting = open.sorted { $0.key < $1.key }.map(\.value)
        open = [:]
        abandoned = []
        return waiting
    }
}
