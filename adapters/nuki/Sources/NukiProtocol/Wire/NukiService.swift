/// Nuki's services and characteristics (Smart Lock API V2.1, "Bluetooth services"; the 5th generation's as public clients know them).
package enum NukiService {
    private static func uuid(_ digits: String) -> String { "a92e\(digits)-5501-11e4-916c-0800200c9a66" }

    /// Pairing up to the 4th generation, and its characteristic, all in plain.
    package static let pairing = uuid("e100")
    package static let pairingData = uuid("e101")
    /// The same for the 5th.
    package static let pairingFive = uuid("e300")
    package static let pairingFiveData = uuid("e301")
    package static let keyturner = uuid("e200")
    /// Plain messages of the lock: errors where no key fits.
    package static let keyturnerData = uuid("e201")
    /// Everything sealed.
    package static let userData = uuid("e202")

    /// Apple's company number and the iBeacon's beginning that a lock sends: `02 15` and the keyturner service.
    package static let beaconCompany = 0x004C
    package static let beaconPrefix: [UInt8] = [
        0x02, 0x15, 0xA9, 0x2E, 0xE2, 0x00, 0x55, 0x01, 0x11, 0xE4, 0x91, 0x6C, 0x08, 0x00, 0x20, 0x0C, 0x9A, 0x66,
    ]

    /// What a beacon says: the lock's number, and whether its state changed since a bridge last read it. `nil` for another frame.
    package static func beacon(_ data: [UInt8]) -> (nukiID: UInt32, hasChanged: Bool)? {
        guard data.count == 23, data.starts(with: beaconPrefix) else { return nil }
        return (data[18..<22].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }, data[22] & 1 != 0)
    }
}
