/// Of a list of numbers: the least, the greatest, and two between by nearest rank.
package struct Spread: Sendable, Codable, Equatable {
    package let min: Int64
    package let median: Int64
    package let p95: Int64
    package let max: Int64

    /// `nil` of nothing.
    package init?(_ numbers: [Int64]) {
        let sorted = numbers.sorted()
        guard let first = sorted.first, let last = sorted.last else { return nil }
        func rank(_ percent: Int) -> Int64 { sorted[(sorted.count * percent + 99) / 100 - 1] }
        (min, median, p95, max) = (first, rank(50), rank(95), last)
    }
}
