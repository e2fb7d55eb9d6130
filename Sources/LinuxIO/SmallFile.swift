import Glibc

/// Files of the kernel and of the operator that fit in memory without a thought, read whole.
package enum SmallFile {
    /// The longest file that is read where nothing else is said; a longer one is refused with EFBIG.
    package static let maximumBytes = 4096

    /// The bytes of the file at `path`.
    /// - Throws: ``IOFailure``: `open` or `read` with their errno, `read` with EFBIG for a file longer than `limit`.
    package static func bytes(at path: String, limit: Int = maximumBytes) throws(IOFailure) -> [UInt8] {
        let opened = open(path, O_RDONLY | O_CLOEXEC)
        guard opened >= 0 else { throw .last("open") }
        let file = OwnedDescriptor(taking: opened)
        defer { file.close() }
        var content: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: min(limit + 1, 65_536))
        while content.count <= limit {
            let got = read(opened, &piece, piece.count)
            if got < 0 {
                if errno == EINTR { continue }
                throw .last("read")
            }
            if got == 0 { return content }
            content += piece[..<got]
        }
        throw IOFailure(call: "read", code: EFBIG)
    }

    /// The file at `path` as text; bytes that are not UTF-8 become replacement characters.
    package static func text(at path: String) throws(IOFailure) -> String {
        String(decoding: try bytes(at: path), as: UTF8.self)
    }
}
