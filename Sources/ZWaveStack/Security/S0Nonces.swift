/// The nonces given to one node: each good for one frame and for a short time, told apart by its first byte (SDS10865, 4.3).
///
/// **Bounds**: ``maximum`` at a time, and ``maximumASecond`` given: a node that asks more often, or somebody in its name, is not answered, so that a storm
/// of questions can't keep the radio busy.
package struct S0Nonces: Sendable {
    package static let goodMilliseconds: Int64 = 10_000
    package static let maximum = 8
    package static let maximumASecond = 5

    private var given: [UInt8: (nonce: [UInt8], until: Int64)] = [:]
    private var times: [Int64] = []

    package init() {}

    /// A new nonce; `nil` where too many were asked for.
    package mutating func give(at now: Int64, random: (Int) -> [UInt8]) -> [UInt8]? {
        given = given.filter { now < $0.value.until }
        times = times.filter { now - $0 < 1_000 }
        guard given.count < Self.maximum, times.count < Self.maximumASecond else { return nil }
        // Its name must be no other's, and 0 means none.
        for _ in 0..<256 {
            let nonce = random(S0Frame.nonceLength)
            guard nonce.count == S0Frame.nonceLength, nonce[0] != 0, given[nonce[0]] == nil else { continue }
            given[nonce[0]] = (nonce, now + Self.goodMilliseconds)
            times.append(now)
            return nonce
        }
        return nil
    }

    /// The nonce of that name, once; with it all others of this node are void.
    package mutating func take(_ name: UInt8, at now: Int64) -> [UInt8]? {
        defer { given = [:] }
        guard let (nonce, until) = given[name], now < until else { return nil }
        return nonce
    }
}
