/// Decides what follows a crash: a restart after a while, longer each time, or the quarantine.
///
/// Five crashes within ten minutes are the quarantine. Crashes that are further apart double the wait from 1 s to 5 min; a life longer
/// than the window starts it again.
struct RestartPolicy {
    enum Verdict: Equatable {
        case restart(afterMilliseconds: Int64)
        case quarantine
    }

    private let timings: ChildTimings
    private var recent: [Int64] = []
    private var inARow = 0

    init(_ timings: ChildTimings) {
        self.timings = timings
    }

    /// Takes a crash of a child that was started at `startedAt`.
    mutating func crashed(startedAt: Int64, at now: Int64) -> Verdict {
        recent.removeAll { $0 <= now - timings.quarantineWindowMilliseconds }
        recent.append(now)
        inARow = now - startedAt >= timings.quarantineWindowMilliseconds ? 1 : inARow + 1
        if recent.count >= timings.quarantineCrashes { return .quarantine }
        let doublings = min(inARow - 1, 30)
        return .restart(afterMilliseconds: min(timings.longestRestartMilliseconds, timings.firstRestartMilliseconds << Int64(doublings)))
    }
}
