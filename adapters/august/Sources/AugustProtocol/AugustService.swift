/// August's service and characteristics, as public clients know them; the vendor published none.
package enum AugustService {
    private static func uuid(_ digits: String) -> String { "bd4ac6\(digits)-0b45-11e3-8ffd-0800200c9a66" }

    /// What every lock of August's and Yale's advertises.
    package static let service = "0000fe24-0000-1000-8000-00805f9b34fb"
    /// Commands are written here; what the lock says comes as indications of ``commandRead``. Subscribed after the handshake.
    package static let commandWrite = uuid("11")
    package static let commandRead = uuid("12")
    /// The handshake; subscribed before it.
    package static let secureWrite = uuid("13")
    package static let secureRead = uuid("14")

    /// Device Information. Its Manufacturer Name (2A29) is never read: on newer locks that spoils the link.
    package static let information = "0000180a-0000-1000-8000-00805f9b34fb"
    package static let model = "00002a24-0000-1000-8000-00805f9b34fb"
    package static let serial = "00002a25-0000-1000-8000-00805f9b34fb"
    package static let firmware = "00002a26-0000-1000-8000-00805f9b34fb"

    /// The ATT error by which a lock refuses a key or slot ("unlikely error"); others drop the link.
    package static let wrongKey = 0x0E
    /// After a lock's last frame nothing is written for so long: hurried, it may fall silent until its battery is pulled.
    package static let gapMilliseconds = 250
    /// After a run of the motor an asked state may be the one before it for so long.
    package static let staleMilliseconds = 6050
}
