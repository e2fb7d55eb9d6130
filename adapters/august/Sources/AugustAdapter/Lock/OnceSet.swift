import Synchronization

/// An instant that is set once, from wherever a gate is passed.
final class OnceSet: Sendable {
    private let state = Mutex<ContinuousClock.Instant?>(nil)

    var value: ContinuousClock.Instant? { state.withLock { $0 } }
    func set(_ instant: ContinuousClock.Instant) { state.withLock { $0 = $0 ?? instant } }
}
