/// How long the host waits for what; the defaults are for the world.
package struct HostTimings: Sendable {
    /// An attempt gives way to the next one that waits, and to listening, after so long.
    package var turnMilliseconds: Int64 = 4_000
    /// How long is listened between two turns, where there is somebody to listen for.
    package var listeningMilliseconds: Int64 = 500
    /// A cancelled attempt, or a link that was ended, has to be over by then.
    package var endMilliseconds: Int64 = 5_000
    /// An encryption asked for has to stand by then.
    package var encryptionMilliseconds: Int64 = 10_000
    /// Silence on the air, although there are peers, until the scan is begun anew, and as long again until the controller is reset.
    package var quietMilliseconds: Int64 = 60_000
    /// The longest silence between such resets, which are ever further apart.
    package var longestQuietMilliseconds: Int64 = 900_000
    /// A private address heard so long ago is used no more.
    package var privateAddressMilliseconds: Int64 = 30_000
    /// A peer heard so long before an attempt failed should have taken it.
    package var heardMilliseconds: Int64 = 10_000
    /// A scan command that failed is tried again after so long.
    package var scanRetryMilliseconds: Int64 = 1_000

    package init() {}
}
