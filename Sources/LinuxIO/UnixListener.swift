import CLinux
import Glibc

/// Listens on a unix socket and hands over each connection with the peer's credentials.
///
/// The file exists with its mode before anybody can connect. A file left by a process that died is replaced; one that
/// somebody answers at is not. Two processes that start at the same moment are kept apart by their home's lock, not here.
package final class UnixListener {
    /// Why nothing listens.
    package enum Failure: Error, Equatable, Sendable {
        /// Longer than ``UnixSocket/maximumPathBytes``, or with a NUL in it.
        case pathUnusable
        /// A living process answers there.
        case inUse
        /// Something that is no socket has this name; it is left alone.
        case notASocket
        case io(IOFailure)
    }

    private static let acceptsPerTurn = 16
    private static let pauseMilliseconds: Int64 = 1_000

    private let loop: EventLoop
    private let path: String
    private let socket: OwnedDescriptor
    private let onConnection: (OwnedDescriptor, PeerCredentials) -> Void
    private var watch: Watch?
    private var pause: TimerToken?

    /// Listens from the loop's next turn on, until ``close()``.
    ///
    /// When descriptors have run out it leaves the callers waiting and tries again each second. A peer that has gone
    /// before its credentials were read is dropped.
    /// - Parameter mode: of the file, for example 0o660.
    package init(
        loop: EventLoop,
        path: String,
        mode: UInt32,
        onConnection: @escaping (OwnedDescriptor, PeerCredentials) -> Void
    ) throws(Failure) {
        guard !path.isEmpty, path.utf8.count <= UnixSocket.maximumPathBytes, !path.utf8.contains(0) else { throw .pathUnusable }
        try UnixListener.removeStale(path)
        let raw = lb_unix_socket()
        guard raw >= 0 else { throw .io(.last("socket")) }
        self.loop = loop
        self.path = path
        self.onConnection = onConnection
        socket = OwnedDescriptor(taking: raw)
        guard lb_unix_bind(raw, path) == 0 else { throw errno == EADDRINUSE ? .inUse : .io(.last("bind")) }
        do throws(IOFailure) {
            guard chmod(path, mode) == 0 else { throw .last("chmod") }
            guard listen(raw, 16) == 0 else { throw .last("listen") }
            watch = try loop.watch(raw, readable: true, writable: false) { [weak self] _ in self?.accept() }
        } catch {
            unlink(path)
            throw .io(error)
        }
    }

    private static func removeStale(_ path: String) throws(Failure) {
        var status = stat()
        guard lstat(path, &status) == 0 else {
            if errno == ENOENT { return }
            throw .io(.last("lstat"))
        }
        guard status.st_mode & S_IFMT == S_IFSOCK else { throw .notASocket }
        do throws(IOFailure) {
            try UnixSocket.connect(path).close()
        } catch {
            guard error.code == ECONNREFUSED else { throw error.code == EAGAIN ? .inUse : .io(error) }
            guard unlink(path) == 0 || errno == ENOENT else { throw .io(.last("unlink")) }
            return
        }
        throw .inUse
    }

    private func accept() {
        for _ in 0..<UnixListener.acceptsPerTurn {
            let raw = lb_accept(socket.number)
            if raw >= 0 {
                let connection = OwnedDescriptor(taking: raw)
                guard let peer = try? PeerCredentials(of: connection) else { continue }
                onConnection(connection, peer)
                if watch == nil { return }
            } else if [EMFILE, ENFILE, ENOMEM, ENOBUFS].contains(errno) {
                return waitForDescriptors()
            } else if errno != ECONNABORTED && errno != EINTR {
                return
            }
        }
    }

    private func waitForDescriptors() {
        try? watch?.setInterest(readable: false, writable: false)
        pause = loop.schedule(afterMilliseconds: UnixListener.pauseMilliseconds) { [weak self] in
            guard let self else { return }
            do throws(IOFailure) {
                try watch?.setInterest(readable: true, writable: false)
            } catch {
                waitForDescriptors()
            }
        }
    }

    /// Stops listening and removes the file. Connections handed over go on.
    package func close() {
        guard watch != nil else { return }
        watch?.cancel()
        watch = nil
        if let pause { loop.cancel(pause) }
        unlink(path)
        socket.close()
    }

    deinit { close() }
}
