/// When a lock is to be read because its beacon says so: the beacon's one bit says "something changed since a bridge last read it".
///
/// - A bridge clears the bit by reading, so each beacon that has it is news. An app can't: the first one is news, and while the bit stands the lock is read
///   once every half hour.
/// - Beacons are not signed: whoever sends them can have the lock read, and its batteries are small. **Bound**: ``limit`` readings in any 24 hours, whatever is
///   heard. News that comes later is not lost: the bit stands, and is heard again.
package struct BeaconWatch: Sendable {
    /// Readings a day: what half hours there are for an app; a busy door's turns for a bridge.
    package static func limit(isBridge: Bool) -> Int { isBridge ? 240 : 48 }
    /// Between two readings for a bit that stands.
    package static let pause = Duration.seconds(1800)
    private static let day = Duration.seconds(86_400)

    private let isBridge: Bool
    private var hadChanged = false
    /// When it was read for its beacon, the latest last; no more than the limit.
    private var looks: [Duration] = []

    /// - Parameter isBridge: the lock takes us for a bridge.
    package init(isBridge: Bool) { self.isBridge = isBridge }

    /// Takes a beacon that was heard while the lock was not in use.
    /// - Parameter now: on any clock that does not go back.
    /// - Returns: whether to read the lock.
    package mutating func heard(hasChanged: Bool, at now: Duration) -> Bool {
        let isNews = hasChanged && (isBridge || !hadChanged)
        let isLongAgo = hasChanged && (looks.last.map { $0 + Self.pause <= now } ?? true)
        guard isNews || isLongAgo else {
            hadChanged = hasChanged
            return false
        }
        looks.removeAll { $0 + Self.day <= now }
        guard looks.count < Self.limit(isBridge: isBridge) else { return false }
        hadChanged = hasChanged
        looks.append(now)
        return true
    }
}
