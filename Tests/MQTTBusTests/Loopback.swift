import Glibc
import LinuxIO
import Testing

/// TCP on 127.0.0.1, for brokers that misbehave and wires that go dead.
enum Loopback {
    static func listen() throws -> (socket: OwnedDescriptor, port: UInt16) {
        let socket = OwnedDescriptor(taking: Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0))
        var address = self.address(port: 0)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket.number, $0, size) == 0 && Glibc.listen(socket.number, 16) == 0 && getsockname(socket.number, $0, &size) == 0
            }
        }
        try #require(bound)
        try socket.setNonBlocking()
        return (socket, UInt16(bigEndian: address.sin_port))
    }

    static func connect(port: UInt16) -> OwnedDescriptor? {
        let socket = OwnedDescriptor(taking: Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0))
        var address = self.address(port: port)
        let connected = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(socket.number, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard connected, (try? socket.setNonBlocking()) != nil else { return nil }
        return socket
    }

    /// A port nobody listens on just now.
    static func freePort() throws -> UInt16 { try listen().port }

    private static func address(port: UInt16) -> sockaddr_in {
        sockaddr_in(
            sin_family: sa_family_t(AF_INET), sin_port: port.bigEndian, sin_addr: in_addr(s_addr: UInt32(0x7F00_0001).bigEndian),
            sin_zero: (0, 0, 0, 0, 0, 0, 0, 0))
    }
}

/// A wire to a port that can go dead: nothing gets through any more and nobody is told.
final class Wire {
    let port: UInt16
    var isDead = false
    private let listener: OwnedDescriptor
    private var watches: [Watch] = []
    private var ends: [OwnedDescriptor] = []

    init(to target: UInt16, on loop: EventLoop) throws {
        (listener, port) = try Loopback.listen()
        watches.append(
            try loop.watch(listener.number, readable: true, writable: false) { [weak self] _ in
                guard let self else { return }
                let near = OwnedDescriptor(taking: accept(listener.number, nil, nil))
                guard near.number >= 0, let far = Loopback.connect(port: target), (try? near.setNonBlocking()) != nil else { return }
                ends += [near, far]
                carry(from: near, to: far, on: loop)
                carry(from: far, to: near, on: loop)
            })
    }

    private func carry(from source: OwnedDescriptor, to sink: OwnedDescriptor, on loop: EventLoop) {
        var watch: Watch?
        watch = try? loop.watch(source.number, readable: true, writable: false) { [weak self] _ in
            var bytes = [UInt8](repeating: 0, count: 65_536)
            let got = read(source.number, &bytes, bytes.count)
            guard got > 0, let self else {
                watch?.cancel()
                sink.close()
                return
            }
            if !isDead { _ = write(sink.number, bytes, got) }
        }
        if let watch { watches.append(watch) }
    }

    func cancel() {
        for watch in watches { watch.cancel() }
    }
}
