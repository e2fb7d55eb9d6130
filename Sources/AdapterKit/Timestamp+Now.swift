import LinuxIO
import LockModel

extension Timestamp {
    /// The time by the adapter's clock: what `observedAt` and `at` carry.
    public static func now() -> Timestamp { Timestamp(milliseconds: Clocks.wallMilliseconds()) }
}
