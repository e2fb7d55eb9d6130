import Glibc
import LinuxIO

/// A child's own folder: empty when it starts, gone when it is not needed any more.
package enum PrivateFolder {
    /// A child can nest folders; deeper ones than this stay, and the next emptying fails on them.
    private static let maximumDepth = 64

    /// Makes the folder, or empties it, for this user alone, or for the one given (which only root can).
    /// - Throws: ``IOFailure``: the parent is missing, something else has the name, or a file cannot be removed.
    package static func prepare(_ path: String, owner: UInt32? = nil) throws(IOFailure) {
        if mkdir(path, 0o700) != 0 {
            guard errno == EEXIST else { throw .last("mkdir") }
            try empty(open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), depth: 0)
        }
        if let owner, lchown(path, owner, owner) != 0 { throw .last("chown") }
    }

    /// Removes the folder and what is in it. What cannot be removed stays.
    package static func remove(_ path: String) {
        try? empty(open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), depth: 0)
        rmdir(path)
    }

    /// Empties an open folder and closes it; never follows a link.
    private static func empty(_ descriptor: Int32, depth: Int) throws(IOFailure) {
        guard descriptor >= 0 else { throw .last("open") }
        guard depth < maximumDepth, let stream = fdopendir(descriptor) else {
            close(descriptor)
            throw depth < maximumDepth ? .last("fdopendir") : IOFailure(call: "unlinkat", code: ELOOP)
        }
        defer { closedir(stream) }
        while let entry = readdir(stream) {
            let name = name(of: entry)
            if name == "." || name == ".." { continue }
            if unlinkat(descriptor, name, 0) == 0 { continue }
            guard errno == EISDIR else { throw .last("unlinkat") }
            try empty(openat(descriptor, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), depth: depth + 1)
            guard unlinkat(descriptor, name, AT_REMOVEDIR) == 0 else { throw .last("unlinkat") }
        }
    }

    private static func name(of entry: UnsafeMutablePointer<dirent>) -> String {
        withUnsafePointer(to: &entry.pointee.d_name) { name in
            name.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
    }
}
