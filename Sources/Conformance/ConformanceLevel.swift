/// How much of the protocol an adapter is proven to keep; each level holds those below it (`adapters.md`, Conformance kit).
public enum ConformanceLevel: String, Sendable, CaseIterable, Comparable {
    /// Lines, phases, limits: it can live under the gateway.
    case L0
    /// It drives a lock and says the truth about it.
    case L1
    /// It keeps the lock's codes.
    case L2
    /// It keeps all of it under trouble, and tells auto-relock, door and log.
    case L3

    /// By how much they ask for.
    public static func < (left: ConformanceLevel, right: ConformanceLevel) -> Bool { left.rawValue < right.rawValue }
}
