import LockModel
import WireBytes

/// The lock's own auto-lock, setting 28: two counts of seconds.
///
/// Both zero: off. Both the same: so many seconds after it was unlocked with the door never opened, and so many after the door closed. The first alone: at
/// once when the door closes.
package struct AugustAutoLock: Sendable, Equatable {
    package static let setting: UInt8 = 0x28
    /// What the vendor's app offers at most; the fields hold more.
    package static let longestSeconds = 1800

    package var neverOpened: UInt16
    package var doorClosed: UInt16

    package static let off = AugustAutoLock(neverOpened: 0, doorClosed: 0)

    package init(neverOpened: UInt16, doorClosed: UInt16) {
        self.neverOpened = neverOpened
        self.doorClosed = doorClosed
    }

    /// After so many seconds in both cases.
    package init(seconds: Int) {
        let count = UInt16(clamping: seconds)
        self.init(neverOpened: count, doorClosed: count)
    }

    package var encoded: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(littleEndian: neverOpened)
        bytes.append(littleEndian: doorClosed)
        return bytes
    }

    package var isArmed: Bool { neverOpened > 0 || doorClosed > 0 }

    /// The setting in the gateway's words.
    package func autoRelock(hasDoor: Bool) -> AutoRelock {
        AutoRelock(armed: isArmed, seconds: Int(neverOpened > 0 ? neverOpened : doorClosed), waitsForDoor: hasDoor)
    }
}
