import Glibc
import LinuxIO

extension TarArchive {
    /// Packs a folder, always to the same bytes for the same files: names in order, no owners, no times. What begins with a dot and
    /// `__pycache__` stays out.
    /// - Throws: ``Refusal`` for what cannot be read, links, and more than the bounds.
    package static func pack(_ folder: String) throws(Refusal) -> [UInt8] {
        var bytes: [UInt8] = []
        try pack(folder, "", into: &bytes)
        bytes += [UInt8](repeating: 0, count: 1024)
        return bytes
    }

    private static func pack(_ folder: String, _ below: String, into bytes: inout [UInt8]) throws(Refusal) {
        guard below.split(separator: "/").count <= maximumDepth else { throw Refusal(description: "\(below) is too deep") }
        guard let stream = opendir(folder) else { throw Refusal(description: "\(folder): \(IOFailure.last("opendir"))") }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") && name != "__pycache__" { names.append(name) }
        }
        closedir(stream)
        for name in names.sorted() {
            let path = folder + "/" + name
            var info = stat()
            guard lstat(path, &info) == 0 else { throw Refusal(description: "\(path): \(IOFailure.last("lstat"))") }
            switch info.st_mode & S_IFMT {
            case S_IFDIR: try pack(path, below + name + "/", into: &bytes)
            case S_IFREG:
                let content: [UInt8]
                do throws(IOFailure) { content = try SmallFile.bytes(at: path, limit: maximumBytes) } catch {
                    throw Refusal(description: "\(path): \(error)")
                }
                try append(below + name, content, isExecutable: info.st_mode & 0o111 != 0, to: &bytes)
            default: throw Refusal(description: "\(path) is neither a file nor a folder; pack the file itself")
            }
            guard bytes.count <= maximumBytes else { throw Refusal(description: "larger than \(maximumBytes >> 20) MiB") }
        }
    }

    private static func append(_ path: String, _ content: [UInt8], isExecutable: Bool, to bytes: inout [UInt8]) throws(Refusal) {
        var name = path
        var prefix = ""
        if path.utf8.count > 100 {
            // Split at a slash, as ustar does; no name of a file alone is as long.
            guard
                let slash = path.utf8.indices.first(where: {
                    path.utf8[$0] == 0x2F && path.utf8.distance(from: $0, to: path.utf8.endIndex) <= 101
                })
            else { throw Refusal(description: "\(path): the name is longer than 100 bytes") }
            (prefix, name) = (String(path[..<slash]), String(path[path.index(after: slash)...]))
            guard prefix.utf8.count <= 155 else { throw Refusal(description: "\(path): the path is too long") }
        }
        var header = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, at offset: Int) { header.replaceSubrange(offset..<offset + text.utf8.count, with: Array(text.utf8)) }
        func octal(_ number: Int, _ digits: Int) -> String {
            let text = String(number, radix: 8)
            return String(repeating: "0", count: digits - text.count) + text
        }
        put(name, at: 0)
        put(octal(isExecutable ? 0o755 : 0o644, 7), at: 100)
        put(octal(0, 7), at: 108)
        put(octal(0, 7), at: 116)
        put(octal(content.count, 11), at: 124)
        put(octal(0, 11), at: 136)
        put("        0", at: 148)
        put("ustar", at: 257)
        put("00", at: 263)
        put(prefix, at: 345)
        put(octal(header.reduce(0) { $0 + Int($1) }, 6) + "\0 ", at: 148)
        bytes += header + content + [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
    }
}
