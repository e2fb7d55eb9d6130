import LinuxIO

/// The clock of the kit's own limits.
enum Clock {
    /// Milliseconds on the boot clock.
    static func now() -> Int64 { Clocks.bootMilliseconds() }
}
