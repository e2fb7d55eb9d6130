import Synchronization

@testable import AdapterKit

/// Carries the adapter's output from its start to a later call.
final class Handover: Sendable {
    private let held = Mutex<AdapterOutput?>(nil)
    var taken: AdapterOutput? { held.withLock { $0 } }
    func give(_ output: AdapterOutput) { held.withLock { $0 = output } }
}
