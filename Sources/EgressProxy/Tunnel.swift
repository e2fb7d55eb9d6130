import Glibc
import LinuxIO

/// One client of the proxy, on a thread of its own: reads the head, connects, carries bytes both ways until both ends have closed or ten minutes
/// pass without any.
struct Tunnel: Sendable {
    private static let idleMilliseconds: Int32 = 600_000
    private static let headMilliseconds: Int32 = 30_000

    let client: OwnedDescriptor
    let allowed: AllowedHosts

    /// Serves the client to its end; what it asked for and did not get is noted.
    func run(note: (String) -> Void) {
        defer { client.close() }
        do throws(ConnectRequest.Refusal) {
            guard let request = try head() else { return }
            guard allowed.contains(request.host) else {
                note("refused \(request.host.name):\(request.host.port): the manifest does not name it")
                throw .notAllowed
            }
            guard let server = Destination.connect(to: request.host) else {
                note("\(request.host.name):\(request.host.port) can't be reached")
                throw .unreachable
            }
            defer { server.close() }
            guard write(ConnectRequest.accepted[...], to: client), write(request.rest[...], to: server) else { return }
            carry(server)
        } catch {
            _ = write(error.response[...], to: client)
        }
    }

    private func head() throws(ConnectRequest.Refusal) -> ConnectRequest? {
        var bytes: [UInt8] = []
        while true {
            if let request = try ConnectRequest(bytes) { return request }
            guard wait(client.number, POLLIN, Self.headMilliseconds), let piece = piece(of: client), !piece.isEmpty else { return nil }
            bytes += piece
        }
    }

    private func carry(_ server: OwnedDescriptor) {
        var open = [true, true]
        let ends = [client, server]
        while open.contains(true) {
            var entries = (0..<2).map { pollfd(fd: open[$0] ? ends[$0].number : -1, events: Int16(POLLIN), revents: 0) }
            let count = poll(&entries, 2, Self.idleMilliseconds)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return }
            for side in 0..<2 where open[side] && entries[side].revents != 0 {
                guard let piece = piece(of: ends[side]) else { return }
                if piece.isEmpty {
                    open[side] = false
                    shutdown(ends[1 - side].number, Int32(SHUT_WR))
                } else if !write(piece[...], to: ends[1 - side]) {
                    return
                }
            }
        }
    }

    /// What can be read now; empty at the end, `nil` for an error.
    private func piece(of end: OwnedDescriptor) -> ArraySlice<UInt8>? {
        var buffer = [UInt8](repeating: 0, count: 16_384)
        let count = read(end.number, &buffer, buffer.count)
        if count < 0 && (errno == EAGAIN || errno == EINTR) {
            return wait(end.number, POLLIN, Self.idleMilliseconds) ? piece(of: end) : nil
        }
        return count < 0 ? nil : buffer[..<count]
    }

    private func write(_ bytes: ArraySlice<UInt8>, to end: OwnedDescriptor) -> Bool {
        var left = bytes
        while !left.isEmpty {
            let count = left.withUnsafeBytes { send(end.number, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if count < 0 && (errno == EAGAIN || errno == EINTR) {
                guard wait(end.number, POLLOUT, Self.idleMilliseconds) else { return false }
                continue
            }
            guard count > 0 else { return false }
            left = left.dropFirst(count)
        }
        return true
    }

    private func wait(_ number: Int32, _ events: Int32, _ milliseconds: Int32) -> Bool {
        var entry = pollfd(fd: number, events: Int16(events), revents: 0)
        return poll(&entry, 1, milliseconds) == 1
    }
}
