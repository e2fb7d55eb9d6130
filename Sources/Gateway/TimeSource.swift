import LinuxIO
import LockModel

/// Says what time it is, and how far that may be believed.
///
/// The kernel is asked about its clock's discipline once a second at most.
package struct TimeSource {
    private let clock: Configuration.ClockSource
    private var trust: TimeTrust = .untrusted
    private var askedAt: Int64 = .min

    package init(clock: Configuration.ClockSource) { self.clock = clock }

    package mutating func now() -> Instants {
        let boot = Clocks.bootMilliseconds()
        if askedAt == .min || boot - askedAt >= 1000 {
            askedAt = boot
            trust = clock == .host || Clocks.isKernelClockSynchronised() ? .trusted : .untrusted
        }
        return Instants(bootMilliseconds: boot, wall: Timestamp(milliseconds: Clocks.wallMilliseconds()), trust: trust)
    }
}
