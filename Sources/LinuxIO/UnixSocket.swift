import CLinux
import Glibc

/// Stream sockets in the file system, non-blocking and close-on-exec.
package enum UnixSocket {
    /// The longest path of a socket, in bytes (unix(7): 108 with the NUL).
    package static let maximumPathBytes = 107

    /// Connects to the socket at `path`.
    /// - Throws: ``IOFailure``: ENOENT or ECONNREFUSED when nobody listens, EAGAIN when the listener's queue is full,
    ///   EACCES when the file's mode forbids it, ENAMETOOLONG.
    package static func connect(_ path: String) throws(IOFailure) -> OwnedDescriptor {
        let socket = lb_unix_socket()
        guard socket >= 0 else { throw .last("socket") }
        let owned = OwnedDescriptor(taking: socket)
        guard !path.utf8.contains(0) else { throw IOFailure(call: "connect", code: EINVAL) }
        guard lb_unix_connect(socket, path) == 0 else { throw .last("connect") }
        return owned
    }

    /// Two connected sockets.
    package static func pair() throws(IOFailure) -> (OwnedDescriptor, OwnedDescriptor) {
        var ends: [Int32] = [-1, -1]
        guard lb_unix_pair(&ends) == 0 else { throw .last("socketpair") }
        return (OwnedDescriptor(taking: ends[0]), OwnedDescriptor(taking: ends[1]))
    }
}

/// Who is at the other end of a unix socket, as the kernel noted it when they connected (SO_PEERCRED, SO_PEERGROUPS).
package struct PeerCredentials: Equatable, Sendable {
    package let pid: Int32
    package let uid: UInt32
    package let gid: UInt32
    /// The supplementary groups.
    package let groups: [UInt32]

    /// - Throws: ``IOFailure`` when the descriptor is no unix socket, or the peer is in more than 1,024 groups (ERANGE).
    package init(of socket: OwnedDescriptor) throws(IOFailure) {
        var (pid, uid, gid) = (Int32(0), UInt32(0), UInt32(0))
        guard lb_peer_credentials(socket.number, &pid, &uid, &gid) == 0 else { throw .last("SO_PEERCRED") }
        var room = [UInt32](repeating: 0, count: 1024)
        let count = lb_peer_groups(socket.number, &room, Int32(room.count))
        guard count >= 0 else { throw .last("SO_PEERGROUPS") }
        self.pid = pid
        self.uid = uid
        self.gid = gid
        groups = Array(room[..<Int(count)])
    }
}
