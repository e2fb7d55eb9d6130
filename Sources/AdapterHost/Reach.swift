import Glibc

/// Whether another user can reach a path, by the mode bits alone: what lies in a folder that is closed to others can't be given to a child that has a
/// user of its own.
enum Reach {
    /// Whether every folder on the way can be entered by others, and the thing itself be used: read (and entered or executed where it is a folder or
    /// a program), or written too.
    static func isOpenToOthers(_ path: String, writing: Bool = false) -> Bool {
        guard let resolved = realpath(path, nil) else { return false }
        defer { free(resolved) }
        let absolute = String(cString: resolved)
        var folder = ""
        for step in absolute.split(separator: "/").dropLast() {
            folder += "/" + step
            guard mode(of: folder) & S_IXOTH != 0 else { return false }
        }
        let mode = mode(of: absolute)
        if writing { return mode & S_IROTH != 0 && mode & S_IWOTH != 0 }
        let isFolder = mode & S_IFMT == S_IFDIR
        return mode & S_IROTH != 0 && (!isFolder || mode & S_IXOTH != 0)
    }

    private static func mode(of path: String) -> mode_t {
        var info = stat()
        return stat(path, &info) == 0 ? info.st_mode : 0
    }
}
