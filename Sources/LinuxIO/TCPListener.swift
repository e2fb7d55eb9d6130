import Glibc

/// A listening TCP socket, for a program that is given it and opens none of its own.
package enum TCPListener {
    private static let backlog: Int32 = 64

    /// Listens at `host:port`, where the host is an address: `127.0.0.1:8080`, `[::1]:8080`, `0.0.0.0:8080`.
    /// - Throws: ``IOFailure``: EINVAL for another text, else why it could not be.
    package static func open(_ text: String) throws(IOFailure) -> OwnedDescriptor {
        guard let colon = text.lastIndex(of: ":") else { throw IOFailure(call: "listen", code: EINVAL) }
        var host = String(text[..<colon])
        if host.hasPrefix("[") && host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE
        var list: UnsafeMutablePointer<addrinfo>?
        guard !host.isEmpty, getaddrinfo(host, String(text[text.index(after: colon)...]), &hints, &list) == 0, let entry = list?.pointee
        else { throw IOFailure(call: "listen", code: EINVAL) }
        defer { freeaddrinfo(list) }
        let number = socket(entry.ai_family, entry.ai_socktype | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        guard number >= 0 else { throw .last("socket") }
        let descriptor = OwnedDescriptor(taking: number)
        var one: Int32 = 1
        setsockopt(number, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
        guard bind(number, entry.ai_addr, entry.ai_addrlen) == 0 else { throw .last("bind") }
        guard listen(number, backlog) == 0 else { throw .last("listen") }
        return descriptor
    }
}
