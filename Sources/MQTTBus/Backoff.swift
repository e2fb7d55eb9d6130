/// The pauses between attempts: 0.2 s, doubled up to 5 s, each up to a fifth shorter so that gateways do not come back in step.
struct Backoff {
    private static let first: Int64 = 200
    private static let last: Int64 = 5_000

    private var next = Backoff.first

    /// The pause before the next attempt, in milliseconds.
    mutating func pauseMilliseconds() -> Int64 {
        defer { next = min(2 * next, Backoff.last) }
        return next - Int64.random(in: 0...(next / 5))
    }

    /// A connection has lasted.
    mutating func reset() {
        next = Backoff.first
    }
}
