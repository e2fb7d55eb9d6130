import AdapterKit

/// Whether a key is still to be tried: a lock that refuses it, and a link that breaks while it is tried, look alike, so that only five in a row speak against
/// the key. Then it is left alone for an hour, or until there is another.
struct AugustKeyTrial {
    static let most = 5
    static let rest = Duration.seconds(3600)
    private var refusals = 0
    private var rejectedAt: ContinuousClock.Instant?

    /// - Throws: ``AdapterFailure`` `credentialRejected` while the key is left alone.
    mutating func check(at now: ContinuousClock.Instant) throws(AdapterFailure) {
        guard let rejectedAt else { return }
        guard rejectedAt + Self.rest <= now else { throw Self.rejected }
        // Once more; the next refusal rejects it again.
        self.rejectedAt = nil
        refusals = Self.most - 1
    }

    /// The lock took it.
    mutating func taken() { self = AugustKeyTrial() }

    /// It was refused, or the link broke.
    /// - Throws: ``AdapterFailure`` `credentialRejected` the fifth time in a row.
    mutating func refused(at now: ContinuousClock.Instant) throws(AdapterFailure) {
        refusals += 1
        guard refusals >= Self.most else { return }
        rejectedAt = now
        throw Self.rejected
    }

    private static let rejected = AdapterFailure(
        .credentialRejected,
        "the lock refused its key five times: the account has given out another. Get it, and pair again under the same name with --credentials"
    )
}
