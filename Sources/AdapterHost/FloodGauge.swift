/// Tells whether a child says more unasked than it may: so many in any second, so many in any minute.
///
/// Keeps the times of the last minute's notifications, at most `perMinute` of them.
struct FloodGauge {
    private let limits: ChildLimits.Notifications
    private var times: [Int64] = []
    private var oldest = 0

    init(_ limits: ChildLimits.Notifications) {
        self.limits = limits
    }

    /// Counts one; `false` where it is one too many.
    mutating func admit(at now: Int64) -> Bool {
        while oldest < times.count, times[oldest] <= now - 60_000 { oldest += 1 }
        if oldest > 1024 {
            times.removeFirst(oldest)
            oldest = 0
        }
        guard times.count - oldest < limits.perMinute else { return false }
        let secondAgo = times.count - limits.perSecond
        if secondAgo >= oldest, times[secondAgo] > now - 1000 { return false }
        times.append(now)
        return true
    }
}
