import CBluetooth

/// Where the controller is: `hci0`, `tcp:host:port`, `unix:path` or `serial:path` (`initialize.config.hci`).
package enum ControllerPlace: Equatable, Sendable {
    /// A device of the kernel's, taken as a whole by its user channel.
    case userChannel(device: UInt16)
    /// H4 over TCP, for a virtual radio.
    case tcp(host: String, port: UInt16)
    /// H4 over a unix socket, for a virtual radio.
    case unix(path: String)
    /// H4 over a serial line.
    case serial(path: String)

    /// Reads a place, else `nil`.
    package init?(_ text: String) {
        if text.hasPrefix("tcp:") {
            let rest = text.dropFirst(4)
            guard let colon = rest.lastIndex(of: ":"), colon > rest.startIndex, let port = UInt16(rest[rest.index(after: colon)...]),
                port > 0
            else { return nil }
            self = .tcp(host: String(rest[..<colon]), port: port)
        } else if text.hasPrefix("unix:"), (1...107).contains(text.utf8.count - 5) {
            self = .unix(path: String(text.dropFirst(5)))
        } else if text.hasPrefix("serial:/") {
            self = .serial(path: String(text.dropFirst(7)))
        } else if text.hasPrefix("hci"), let device = UInt16(text.dropFirst(3)), Int32(device) != HCI_DEV_NONE {
            self = .userChannel(device: device)
        } else {
            return nil
        }
    }
}
