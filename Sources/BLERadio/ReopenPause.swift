/// The pauses between attempts to open a controller: 0.2 s, doubled up to 10 s.
struct ReopenPause {
    private static let first: Int64 = 200
    private static let last: Int64 = 10_000

    private var next = ReopenPause.first

    /// The pause before the next attempt, in milliseconds.
    mutating func milliseconds() -> Int64 {
        defer { next = min(2 * next, ReopenPause.last) }
        return next
    }

    /// A controller came up.
    mutating func reset() { next = ReopenPause.first }
}
