import LockModel

/// How well something is heard, in a word.
package enum SignalStrength: String, Sendable, Codable, CaseIterable {
    case good, fair, weak, unknown

    /// The least in dBm at which a lock's link holds well, and the least at which it holds.
    private static let least = (good: -70, fair: -82)

    /// - Parameter rssi: dBm; 127 where the controller can't say (Core 5.4, Vol 4 Part E 7.7.65.2).
    package init(rssi: Int) { self = rssi == 127 ? .unknown : rssi >= Self.least.good ? .good : rssi >= Self.least.fair ? .fair : .weak }
}

/// `scan`'s parameters.
package struct ScanRequest: Sendable, Codable, Equatable {
    package var seconds: Int
    /// What no adapter recognises too.
    package var all: Bool

    package init(seconds: Int, all: Bool) {
        self.seconds = seconds
        self.all = all
    }
}

/// Something heard on the air, as `scan` tells it.
package struct ScanFind: Sendable, Codable, Equatable {
    package var address: String
    package var name: String?
    package var vendor: String?
    /// What it is by the word of an adapter; `nil` where none recognises it.
    package var what: String?
    /// The adapter that recognises it, or whose lock it is.
    package var adapter: AdapterName?
    /// It is this lock here.
    package var lock: LockID?
    /// It can be paired with as it advertises now.
    package var pairable: Bool
    /// dBm; 127 where it is not known.
    package var rssi: Int
    package var signal: SignalStrength

    package init(
        address: String, name: String?, vendor: String?, what: String?, adapter: AdapterName?, lock: LockID?, pairable: Bool, rssi: Int
    ) {
        self.address = address
        self.name = name
        self.vendor = vendor
        self.what = what
        self.adapter = adapter
        self.lock = lock
        self.pairable = pairable
        self.rssi = rssi
        signal = SignalStrength(rssi: rssi)
    }
}

/// `scan`'s answer.
package struct ScanEnd: Sendable, Codable, Equatable {
    /// Locks on a radio that were not heard.
    package var silent: [LockID]

    package init(silent: [LockID]) { self.silent = silent }
}
