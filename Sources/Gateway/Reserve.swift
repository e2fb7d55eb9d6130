import Glibc
import LockCrypto

/// Room kept back on the disk beside the journal, so that on a full disk relocks and alarms are still recorded.
///
/// It is a file of random bytes, which no file system stores as a hole or packs. Giving it up makes that much room for the journal.
struct Reserve: Sendable {
    static let bytes = 1 << 20
    let path: String

    /// Whether the room is kept back now.
    var isThere: Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_size == Reserve.bytes
    }

    /// Whether a journal can be opened without giving the room up.
    var hasRoomBeside: Bool { room >= Reserve.bytes / 4 }

    private var room: Int {
        var system = statvfs()
        guard statvfs(path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ".", &system) == 0 else { return 0 }
        return Int(clamping: UInt64(system.f_bavail) * UInt64(system.f_frsize))
    }

    /// Gives the room up.
    func release() { unlink(path) }

    /// Keeps the room back again, when as much again is left beside it. Blocks for the disk.
    /// - Returns: whether the room is kept back.
    func restore() -> Bool {
        if isThere { return true }
        guard room >= 2 * Reserve.bytes else { return false }
        do throws(GatewayHome.Failure) {
            try PrivateFile.replace(randomBytes(Reserve.bytes), at: path)
            return true
        } catch {
            unlink(path + ".new")
            return false
        }
    }
}
