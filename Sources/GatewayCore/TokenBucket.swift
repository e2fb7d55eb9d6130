/// A rate with a burst, on the boot-time clock, in whole thousandths of a token.
package struct TokenBucket: Sendable, Equatable {
    private let ratePerSecond: Int64
    private let capacity: Int64
    private var level: Int64
    private var filledAt: Int64

    package init(ratePerSecond: Int, burst: Int, atBootMilliseconds now: Int64) {
        self.ratePerSecond = Int64(ratePerSecond)
        capacity = Int64(burst) * 1000
        level = capacity
        filledAt = now
    }

    /// Takes one; else says after how many whole seconds one will be there.
    package mutating func take(atBootMilliseconds now: Int64) -> Int? {
        let elapsed = max(0, min(now - filledAt, 86_400_000))
        level = min(capacity, level + elapsed * ratePerSecond)
        filledAt = max(filledAt, now)
        if level >= 1000 {
            level -= 1000
            return nil
        }
        guard ratePerSecond > 0 else { return 3600 }
        return Int(max(1, (1000 - level + ratePerSecond * 1000 - 1) / (ratePerSecond * 1000)))
    }
}
