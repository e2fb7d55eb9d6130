import WireBytes

/// How a lock behaves: advanced configuration, 0037, which 0035 sets (V2.1, "Advanced Config"; its later members as public clients know them).
///
/// Kept as the lock said it, so that what is written back differs in nothing but what was to change. An older firmware, which has no switch for its auto-lock,
/// has it on while its time is not zero.
package struct NukiAdvancedConfiguration: Sendable, Equatable {
    // Places in what is set: the total angle, which only the lock knows, is left out.
    private static let lockAndGoPlace = 8
    private static let secondsPlace = 15
    private static let nightModePlace = 18
    private static let nightAutoLockPlace = 23
    private static let enabledPlace = 26

    /// What 0035 carries, without challenge and PIN.
    package private(set) var settable: [UInt8]

    /// Reads the payload of 0037.
    package init(_ payload: [UInt8]) throws(ByteFault) {
        var reader = ByteReader(payload)
        _ = try reader.take(2)
        settable = reader.rest()
        guard settable.count > Self.nightAutoLockPlace else { throw .truncated(offset: payload.count) }
    }

    /// As it was kept.
    package init(settable: [UInt8]) throws(ByteFault) { try self.init([0, 0] + settable) }

    /// How long it waits until it locks by itself, in seconds; also while it does not.
    package var autoLockSeconds: Int { Int(settable[Self.secondsPlace]) | Int(settable[Self.secondsPlace + 1]) << 8 }

    /// Whether it locks by itself at any time of the day: a night mode without auto-lock leaves the door open in the night, and counts as off.
    package var isAutoLockOn: Bool {
        let isEnabled = settable.count > Self.enabledPlace ? settable[Self.enabledPlace] != 0 : true
        let isOffAtNight = settable[Self.nightModePlace] != 0 && settable[Self.nightAutoLockPlace] == 0
        return isEnabled && autoLockSeconds > 0 && !isOffAtNight
    }

    /// How long lock'n'go waits, in seconds.
    package var lockAndGoSeconds: Int { Int(settable[Self.lockAndGoPlace]) }

    /// Turns auto-lock on with so many seconds, or off; everything else stays.
    package mutating func setAutoLock(on isOn: Bool, seconds: Int) {
        if isOn { write(seconds: seconds) }
        if settable.count > Self.enabledPlace {
            settable[Self.enabledPlace] = isOn ? 1 : 0
        } else if !isOn {
            write(seconds: 0)
        }
        if isOn, settable[Self.nightModePlace] != 0 { settable[Self.nightAutoLockPlace] = 1 }
    }

    /// Takes over how auto-lock was set in another one.
    package mutating func restoreAutoLock(from other: NukiAdvancedConfiguration) {
        write(seconds: other.autoLockSeconds)
        settable[Self.nightAutoLockPlace] = other.settable[Self.nightAutoLockPlace]
        guard settable.count > Self.enabledPlace, other.settable.count > Self.enabledPlace else { return }
        settable[Self.enabledPlace] = other.settable[Self.enabledPlace]
    }

    private mutating func write(seconds: Int) {
        let seconds = UInt16(clamping: seconds)
        settable[Self.secondsPlace] = UInt8(truncatingIfNeeded: seconds)
        settable[Self.secondsPlace + 1] = UInt8(truncatingIfNeeded: seconds >> 8)
    }
}
