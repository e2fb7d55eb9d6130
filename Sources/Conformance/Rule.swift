/// One numbered rule of the kit: what a correct adapter does, and the trial that shows it.
public struct Rule: Sendable {
    /// `LB-L1-03`; never given to another rule.
    public let id: String
    /// The level that asks for it.
    public let level: ConformanceLevel
    /// The rule in one line.
    public let title: String
    /// Tries it; returns where it holds, throws a ``Finding`` where it does not, or where it could not be tried.
    let judge: @Sendable (Trial) throws -> Void

    init(_ id: String, _ level: ConformanceLevel, _ title: String, _ judge: @escaping @Sendable (Trial) throws -> Void) {
        self.id = id
        self.level = level
        self.title = title
        self.judge = judge
    }
}

/// Why a rule is not ok.
enum Finding: Error {
    /// What was seen, in one sentence.
    case broken(String)
    /// Why it could not be tried.
    case notReached(String)
}

/// What a rule came to.
public enum Verdict: Sendable, Equatable {
    /// The adapter keeps it.
    case ok
    /// It does not; what was seen, in one sentence.
    case broken(String)
    /// Nothing is proven: the lock, its stand-in or the manifest has not what it takes. With the reason.
    case notReached(String)
}

/// A rule with its verdict.
public struct RuleResult: Sendable {
    /// The rule.
    public let rule: Rule
    /// What it came to.
    public let verdict: Verdict
    /// How long it took.
    public let milliseconds: Int64
}

/// Ends a trial as broken unless the condition holds.
func expect(_ condition: Bool, _ seen: @autoclosure () -> String) throws(Finding) {
    if !condition { throw .broken(seen()) }
}
