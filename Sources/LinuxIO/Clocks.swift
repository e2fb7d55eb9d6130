import CLinux
import Glibc

/// The three clocks of the house: boot time for deadlines, wall time for claims, and whether the wall can be believed.
package enum Clocks {
    /// Milliseconds since the machine started, counted on while it sleeps (CLOCK_BOOTTIME). Never goes back.
    package static func bootMilliseconds() -> Int64 { lb_boot_milliseconds() }

    /// Milliseconds since 1970 UTC by the machine's clock, right or wrong (CLOCK_REALTIME). May jump.
    package static func wallMilliseconds() -> Int64 { lb_wall_milliseconds() }

    /// Whether a time service disciplines the wall clock now, as the kernel says (adjtimex: no STA_UNSYNC, no TIME_ERROR).
    package static func isKernelClockSynchronised() -> Bool { lb_wall_clock_synchronised() == 1 }

    /// The kernel's random name for this boot, 36 characters; boot times of two different boots do not compare.
    /// - Throws: ``IOFailure`` when /proc is not mounted.
    package static func bootID() throws(IOFailure) -> String {
        let text = try SmallFile.text(at: "/proc/sys/kernel/random/boot_id")
        return String(text.prefix { $0 != "\n" })
    }
}
