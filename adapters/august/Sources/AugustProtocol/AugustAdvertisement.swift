/// What a lock's advertisement says of changes; none says of what kind.
package struct AugustAdvertisement: Sendable, Equatable {
    /// August's own company, and the one of later models.
    private static let vendor: Set<Int> = [465, 302]
    private static let apple = 76

    /// The maker's byte, 0 or 1, that turns with each change; other values are noise.
    package private(set) var flag: UInt8?
    /// HomeKit's state number, or the whole of an encrypted notice.
    package private(set) var homeKit: [UInt8]?

    /// Reads manufacturer data by company.
    package init(_ manufacturer: [(company: Int, bytes: [UInt8])]) {
        for (company, bytes) in manufacturer {
            if Self.vendor.contains(company), bytes.count == 1, bytes[0] <= 1 { flag = bytes[0] }
            // 2 + 16 bytes alternate with the one: the lock's id in the cloud, which says nothing.
            guard company == Self.apple, let kind = bytes.first else { continue }
            if kind == 0x06, bytes.count >= 13 { homeKit = Array(bytes[11..<13]) }
            if kind == 0x11 { homeKit = bytes }
        }
    }

    /// Takes what a newer one says over, and tells whether that is another than before; what was never heard is no change.
    package mutating func take(_ newer: AugustAdvertisement) -> Bool {
        var isChanged = false
        if let new = newer.flag {
            isChanged = flag != nil && flag != new
            flag = new
        }
        if let new = newer.homeKit {
            isChanged = isChanged || homeKit != nil && homeKit != new
            homeKit = new
        }
        return isChanged
    }
}
