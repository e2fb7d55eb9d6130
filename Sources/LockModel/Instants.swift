/// How far wall time may be believed (`trust`, Time).
public enum TimeTrust: String, Sendable, Codable {
    /// The kernel's clock is synchronised.
    case trusted
    /// The clock is later than the floor kept in the journal, and no more is known.
    case floor
    /// Nothing is known; commands need a fresh nonce.
    case untrusted
}

/// The time of one input, handed to the machine with it.
///
/// Deadlines run on boot time (CLOCK_BOOTTIME: it never jumps and counts through sleep); claims in tokens are held against wall time.
public struct Instants: Sendable, Codable, Equatable {
    /// Milliseconds on the boot-time clock.
    public var bootMilliseconds: Int64
    /// Wall time.
    public var wall: Timestamp
    /// How far `wall` may be believed.
    public var trust: TimeTrust

    /// One instant on both clocks.
    public init(bootMilliseconds: Int64, wall: Timestamp, trust: TimeTrust) {
        self.bootMilliseconds = bootMilliseconds
        self.wall = wall
        self.trust = trust
    }
}
