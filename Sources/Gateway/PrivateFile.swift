import Glibc
import LinuxIO
import LockCrypto

/// Whole small files of the home: written new, closed to others, synced; read with a bound.
package enum PrivateFile {
    /// Writes a file that must not exist yet.
    package static func write(_ bytes: [UInt8], to path: String, mode: UInt32 = 0o600) throws(GatewayHome.Failure) {
        try write(bytes, to: path, flags: O_CREAT | O_EXCL, mode: mode)
    }

    /// Writes a file in place of the one that may be there: afterwards, and after a crash, there is the old one or the new one, whole.
    package static func replace(_ bytes: [UInt8], at path: String) throws(GatewayHome.Failure) {
        let new = path + ".new"
        try write(bytes, to: new, flags: O_CREAT | O_TRUNC, mode: 0o600)
        guard rename(new, path) == 0 else { throw .io(path, .last("rename")) }
        try syncFolder(of: path)
    }

    /// Makes a file's name durable.
    static func syncFolder(of path: String) throws(GatewayHome.Failure) {
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        let number = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard number >= 0 else { throw .io(folder, .last("open")) }
        let file = OwnedDescriptor(taking: number)
        defer { file.close() }
        guard fsync(number) == 0 else { throw .io(folder, .last("fsync")) }
    }

    private static func write(_ bytes: [UInt8], to path: String, flags: Int32, mode: UInt32) throws(GatewayHome.Failure) {
        let number = open(path, O_WRONLY | O_CLOEXEC | flags, mode)
        guard number >= 0 else { throw .io(path, .last("open")) }
        let file = OwnedDescriptor(taking: number)
        defer { file.close() }
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { Glibc.write(number, $0.baseAddress?.advanced(by: written), bytes.count - written) }
            guard count > 0 else { throw .io(path, .last("write")) }
            written += count
        }
        guard fsync(number) == 0 else { throw .io(path, .last("fsync")) }
    }

    /// Writes a secret that must not exist yet, readable by its owner alone.
    package static func write(_ secret: SecretBytes, to path: String) throws(GatewayHome.Failure) {
        var bytes = secret.withUnsafeBytes { Array($0) }
        defer { bytes.withUnsafeMutableBytes { buffer in if let start = buffer.baseAddress { explicit_bzero(start, buffer.count) } } }
        try write(bytes, to: path)
    }

    /// Reads a whole file of at most `maximumBytes`.
    package static func read(_ path: String, maximumBytes: Int) throws(GatewayHome.Failure) -> [UInt8] {
        let number = open(path, O_RDONLY | O_CLOEXEC)
        guard number >= 0 else { throw .io(path, .last("open")) }
        let file = OwnedDescriptor(taking: number)
        defer { file.close() }
        var bytes = [UInt8](repeating: 0, count: maximumBytes + 1)
        var count = 0
        while count < bytes.count {
            let got = bytes.withUnsafeMutableBytes { Glibc.read(number, $0.baseAddress?.advanced(by: count), $0.count - count) }
            guard got >= 0 else { throw .io(path, .last("read")) }
            if got == 0 { break }
            count += got
        }
        guard count <= maximumBytes else { throw .io(path, IOFailure(call: "read", code: EFBIG)) }
        return Array(bytes[..<count])
    }
}
