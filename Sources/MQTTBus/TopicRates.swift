/// How fast messages may come, for each principal apart: so many a second, and a burst after a pause (`bus-reference.md`, Topics).
///
/// A principal is the topic level after the first `from`; all other topics share one allowance. Bounded: when more principals
/// than ``maximumPrincipals`` have lately sent something, those beyond share one allowance too, so that invented names
/// gain nothing.
struct TopicRates {
    /// What to do with a message.
    enum Verdict: Equatable {
        case within
        /// Beyond the rate: drop it. `report` holds, at most once a second, how many were dropped since the last report,
        /// this one included.
        case beyond(report: Int?)
    }

    private struct Allowance {
        /// In thousandths of a message.
        var level: Int64
        var at: Int64
        var dropped = 0
        var reportedAt: Int64?
    }

    static let maximumPrincipals = 1_024
    private static let reportMilliseconds: Int64 = 1_000
    /// No principal has an empty name, nor one with a slash.
    private static let others = ""
    private static let crowd = "/"

    private let perSecond: Int64
    private let fullLevel: Int64
    private var allowances: [String: Allowance] = [:]

    init(perSecond: Int, burst: Int) {
        self.perSecond = Int64(perSecond)
        fullLevel = Int64(burst) * 1_000
    }

    /// The principal whose topic this is, nil for topics that are nobody's.
    static func principal(of topic: String) -> String? {
        let levels = topic.split(separator: "/", omittingEmptySubsequences: false)
        guard let from = levels.firstIndex(of: "from"), levels.index(after: from) < levels.endIndex else { return nil }
        return String(levels[levels.index(after: from)])
    }

    /// Counts one message against its principal's allowance.
    mutating func admit(_ principal: String?, at now: Int64) -> Verdict {
        let key = roomFor(principal ?? TopicRates.others, at: now)
        var allowance = allowances[key] ?? Allowance(level: fullLevel, at: now)
        defer { allowances[key] = allowance }
        allowance.level = level(of: allowance, at: now)
        allowance.at = now
        if allowance.level >= 1_000 {
            allowance.level -= 1_000
            return .within
        }
        allowance.dropped += 1
        if let last = allowance.reportedAt, now - last < TopicRates.reportMilliseconds { return .beyond(report: nil) }
        defer { allowance.dropped = 0 }
        allowance.reportedAt = now
        return .beyond(report: allowance.dropped)
    }

    private func level(of allowance: Allowance, at now: Int64) -> Int64 {
        // Capped before the product, so that a long pause cannot overflow it.
        let elapsed = min(max(now - allowance.at, 0), fullLevel)
        return min(fullLevel, allowance.level + elapsed * perSecond)
    }

    /// The key of the principal's allowance. Full ones say nothing, so they make room.
    private mutating func roomFor(_ key: String, at now: Int64) -> String {
        guard allowances[key] == nil, allowances.count >= TopicRates.maximumPrincipals else { return key }
        allowances = allowances.filter { level(of: $0.value, at: now) < fullLevel }
        return allowances.count < TopicRates.maximumPrincipals ? key : TopicRates.crowd
    }
}
