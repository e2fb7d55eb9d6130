import CBluetooth
import Glibc
import LinuxIO

/// Opens the way to a controller. Only numeric hosts are connected to: nothing here may block on a name service.
enum ControllerOpening {
    /// An open descriptor, which may still be connecting: it is writable once it is not, and its SO_ERROR says how that went.
    struct Opened {
        let descriptor: OwnedDescriptor
        let isConnecting: Bool
        /// Each read brings one whole packet.
        let isPacketwise: Bool
    }

    /// Opens it.
    /// - Throws: ``IOFailure``; worth another try later.
    static func open(_ place: ControllerPlace) throws(IOFailure) -> Opened {
        switch place {
        case .userChannel(let device):
            return Opened(descriptor: try userChannel(device), isConnecting: false, isPacketwise: true)
        case .tcp(let host, let port):
            let (descriptor, isConnecting) = try tcp(host, port)
            return Opened(descriptor: descriptor, isConnecting: isConnecting, isPacketwise: false)
        case .unix(let path):
            return Opened(descriptor: try UnixSocket.connect(path), isConnecting: false, isPacketwise: false)
        case .serial(let path):
            return Opened(descriptor: try serial(path), isConnecting: false, isPacketwise: false)
        }
    }

    // MARK: - Kernel devices

    /// `_IOW('H', 202, int)`, which the importer does not show.
    private static let deviceDown: UInt = 0x4004_48CA

    /// Takes a device as a whole (BlueZ's `hci.h`: HCI_CHANNEL_USER), which needs CAP_NET_ADMIN, then gives up every capability: what is read from
    /// it is parsed without any. A lost device can therefore not be opened again by this process.
    private static func userChannel(_ device: UInt16) throws(IOFailure) -> OwnedDescriptor {
        let number = socket(AF_BLUETOOTH, Int32(SOCK_RAW.rawValue) | 0o2_000_000, BTPROTO_HCI)
        guard number >= 0 else { throw .last("socket") }
        let descriptor = OwnedDescriptor(taking: number)
        // It must be down. One that is not there fails at bind.
        let control = socket(AF_BLUETOOTH, Int32(SOCK_RAW.rawValue) | 0o2_000_000, BTPROTO_HCI)
        if control >= 0 {
            _ = ioctl(control, deviceDown, Int32(device))
            _ = Glibc.close(control)
        }
        var address = sockaddr_hci()
        address.hci_family = UInt16(AF_BLUETOOTH)
        address.hci_dev = device
        address.hci_channel = UInt16(HCI_CHANNEL_USER)
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(number, $0, socklen_t(MemoryLayout<sockaddr_hci>.size)) }
        }
        guard bound == 0 else { throw .last("bind") }
        try Capabilities.drop()
        return descriptor
    }

    // MARK: - Streams

    private static func tcp(_ host: String, _ port: UInt16) throws(IOFailure) -> (OwnedDescriptor, isConnecting: Bool) {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        guard inet_pton(AF_INET, host == "localhost" ? "127.0.0.1" : host, &address.sin_addr) == 1 else {
            throw IOFailure(call: "inet_pton", code: EINVAL)
        }
        let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | 0o2_000_000, 0)
        guard number >= 0 else { throw .last("socket") }
        let descriptor = OwnedDescriptor(taking: number)
        try descriptor.setNonBlocking()
        var on: Int32 = 1
        _ = setsockopt(number, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(number, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
        guard result == 0 || errno == EINPROGRESS else { throw .last("connect") }
        return (descriptor, result != 0)
    }

    /// 115,200 baud, eight bits, no parity, with hardware flow control, as H4 wants it (Vol 4 Part A 4).
    private static func serial(_ path: String) throws(IOFailure) -> OwnedDescriptor {
        let number = Glibc.open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
        guard number >= 0 else { throw .last("open") }
        let descriptor = OwnedDescriptor(taking: number)
        var settings = termios()
        guard tcgetattr(number, &settings) == 0 else { throw .last("tcgetattr") }
        cfmakeraw(&settings)
        settings.c_cflag |= tcflag_t(CLOCAL) | tcflag_t(CREAD) | tcflag_t(CRTSCTS)
        cfsetspeed(&settings, speed_t(B115200))
        guard tcsetattr(number, TCSANOW, &settings) == 0 else { throw .last("tcsetattr") }
        _ = tcflush(number, TCIOFLUSH)
        return descriptor
    }
}
