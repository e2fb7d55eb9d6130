import Glibc
import LinuxIO

/// Finds a host's addresses and connects to the first that answers.
enum Destination {
    private static let connectMilliseconds: Int32 = 10_000

    /// Connects; blocks for the name and the connection, at most ten seconds an address.
    ///
    /// A name that leads into this machine's own networks (loopback, link-local, private) is not followed, so that nobody who answers for a name
    /// can have the proxy reach inside; a manifest that means such a place names its address, or `localhost`.
    static func connect(to host: AllowedHosts.Host) -> OwnedDescriptor? {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host.name, String(host.port), &hints, &list) == 0 else { return nil }
        defer { freeaddrinfo(list) }
        let isLiteral = host.name == "localhost" || isAddress(host.name)
        var next = list
        while let entry = next?.pointee {
            next = entry.ai_next
            guard let address = entry.ai_addr, isLiteral || !isInside(address) else { continue }
            let number = socket(entry.ai_family, entry.ai_socktype | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
            guard number >= 0 else { continue }
            let descriptor = OwnedDescriptor(taking: number)
            if Glibc.connect(number, address, entry.ai_addrlen) == 0 || (errno == EINPROGRESS && isConnected(number)) { return descriptor }
            descriptor.close()
        }
        return nil
    }

    private static func isConnected(_ number: Int32) -> Bool {
        var entry = pollfd(fd: number, events: Int16(POLLOUT), revents: 0)
        guard poll(&entry, 1, connectMilliseconds) == 1 else { return false }
        var failure: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(number, SOL_SOCKET, SO_ERROR, &failure, &size) == 0 && failure == 0
    }

    private static func isAddress(_ name: String) -> Bool {
        var bytes = [UInt8](repeating: 0, count: 16)
        return inet_pton(AF_INET, name, &bytes) == 1 || inet_pton(AF_INET6, name, &bytes) == 1
    }

    /// Whether an address is of this machine or of networks that are nobody else's (RFC 6890).
    private static func isInside(_ address: UnsafeMutablePointer<sockaddr>) -> Bool {
        switch Int32(address.pointee.sa_family) {
        case AF_INET:
            let raw = address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { UInt32(bigEndian: $0.pointee.sin_addr.s_addr) }
            return isInside(raw)
        case AF_INET6:
            let bytes = address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { pointer in
                withUnsafeBytes(of: pointer.pointee.sin6_addr) { Array($0) }
            }
            if bytes[..<10].allSatisfy({ $0 == 0 }), bytes[10] == 0xFF, bytes[11] == 0xFF {
                return isInside(bytes[12...].reduce(UInt32(0)) { $0 << 8 | UInt32($1) })
            }
            let isLoopbackOrNone = bytes[..<15].allSatisfy { $0 == 0 } && bytes[15] <= 1
            return isLoopbackOrNone || bytes[0] & 0xFE == 0xFC || (bytes[0] == 0xFE && bytes[1] & 0x80 == 0x80)
        default: return true
        }
    }

    private static func isInside(_ address: UInt32) -> Bool {
        let blocks: [(UInt32, Int)] = [
            (0, 8), (0x0A00_0000, 8), (0x6440_0000, 10), (0x7F00_0000, 8), (0xA9FE_0000, 16), (0xAC10_0000, 12), (0xC0A8_0000, 16),
            (0xE000_0000, 3),
        ]
        return blocks.contains { address >> UInt32(32 - $0.1) == $0.0 >> UInt32(32 - $0.1) }
    }
}
