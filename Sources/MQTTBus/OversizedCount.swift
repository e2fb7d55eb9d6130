/// Counts payloads that were dropped for their size, and says so at most once a minute.
struct OversizedCount {
    private static let reportMilliseconds: Int64 = 60_000

    private var unreported = 0
    private var reportedAt: Int64?

    /// - Returns: when it is time to say so, how many there were since the last time.
    mutating func add(at now: Int64) -> Int? {
        unreported += 1
        if let reportedAt, now - reportedAt < OversizedCount.reportMilliseconds { return nil }
        reportedAt = now
        defer { unreported = 0 }
        return unreported
    }
}
