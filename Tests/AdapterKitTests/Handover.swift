import Synchronization

/// Carries what the adapter was given to the test, or to a later call.
final class Handover<Value: Sendable>: Sendable {
    private let held = Mutex<Value?>(nil)
    var taken: Value? { held.withLock { $0 } }
    func give(_ value: Value) { held.withLock { $0 = value } }
}
