import Collections

/// Makes a peer that fails to pair wait before it may try again, twice as long each time (Core 5.4, Vol 3 Part H 2.3.6).
///
/// A passkey gives away one bit with each failed try, and a fixed one is worth nothing after twenty; so tries have to be few.
/// Bound: 64 peers; of more, the one that failed longest ago is forgotten, and may try at once.
package struct PairingPace: Sendable {
    static let mostPeers = 64
    package static let firstDelayMilliseconds: Int64 = 1_000
    package static let longestDelayMilliseconds: Int64 = 300_000

    private struct Wait {
        var delay: Int64
        var until: Int64
    }

    private var waits: OrderedDictionary<BluetoothAddress, Wait> = [:]

    package init() {}

    /// How many milliseconds the peer has to wait still; 0 means it may try.
    package func delay(for peer: BluetoothAddress, at now: Int64) -> Int64 {
        max(0, (waits[peer]?.until ?? now) - now)
    }

    /// A try failed by the peer's doing.
    package mutating func failed(_ peer: BluetoothAddress, at now: Int64) {
        let delay = min(
            (waits.removeValue(forKey: peer)?.delay).map { $0 * 2 } ?? Self.firstDelayMilliseconds, Self.longestDelayMilliseconds)
        if waits.count == Self.mostPeers { waits.removeFirst() }
        waits[peer] = Wait(delay: delay, until: now + delay)
    }

    /// A try led to a bond: nothing is held against the peer any more.
    package mutating func succeeded(_ peer: BluetoothAddress) {
        waits.removeValue(forKey: peer)
    }
}
