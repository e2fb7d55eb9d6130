import WireBytes

/// What a lock says of itself: configuration, 0015 (V2.1, "Config"). Older firmware stops earlier.
package struct NukiConfiguration: Sendable, Equatable {
    /// The number in its name and its beacon.
    package var nukiID: UInt32
    /// It has a keypad of the first kind, or of the second.
    package var hasKeypad: Bool
    /// Major, minor, revision.
    package var firmware: String
    package var hardware: [UInt8]
    /// 0 the first two generations, 2 the Opener, 3 the Smart Door, 4 the 3rd and 4th, 5 the 5th; `nil` where the firmware does not say.
    package var deviceType: UInt8?

    /// Reads the payload of 0015.
    package init(_ payload: [UInt8]) throws(ByteFault) {
        var reader = ByteReader(payload)
        nukiID = try reader.uint32()
        _ = try reader.take(32 + 8 + 5 + 7 + 2)  // name, place, five switches, its clock and time zone
        _ = try reader.take(1 + 4 + 1 + 1)  // summer time, fob, single lock, advertising
        let hasFirstKeypad = try reader.byte() != 0
        firmware = try reader.take(3).map(String.init).joined(separator: ".")
        hardware = try reader.take(2)
        _ = try? reader.take(3)  // HomeKit, time zone
        deviceType = try? reader.byte()
        _ = try? reader.byte()
        let hasSecondKeypad = (try? reader.byte()).map { $0 != 0 } ?? false
        hasKeypad = hasFirstKeypad || hasSecondKeypad
    }

    /// The maker's name of the model, as far as the lock tells; `nil` for what is no lock.
    package var model: String? {
        switch deviceType {
        case 2: nil
        case 3: "Smart Door"
        case 4: "Smart Lock 3.0 or 4.0"
        case 5: "Smart Lock, 5th generation"
        case 0: hardware.first.map { $0 > 4 } == true ? "Smart Lock 2.0" : "Smart Lock 1.0 or 2.0"
        default: "Smart Lock"
        }
    }
}
