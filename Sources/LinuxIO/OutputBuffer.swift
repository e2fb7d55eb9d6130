import Glibc

/// Bytes on their way out, at most `limit` of them.
struct OutputBuffer {
    let limit: Int
    private var bytes: [UInt8] = []
    private var start = 0

    init(limit: Int) {
        self.limit = limit
    }

    var count: Int { bytes.count - start }
    var isEmpty: Bool { count == 0 }

    /// Adds a line and its LF.
    /// - Returns: false, and adds nothing, where that would pass the limit.
    mutating func append(line: [UInt8]) -> Bool {
        guard count + line.count < limit else { return false }
        if start > bytes.count / 2 {
            bytes.removeFirst(start)
            start = 0
        }
        bytes.append(contentsOf: line)
        bytes.append(0x0A)
        return true
    }

    /// Writes as much as the descriptor takes now.
    /// - Returns: 0, or the errno of the write that failed; EAGAIN when it would wait.
    mutating func write(to descriptor: Int32) -> Int32 {
        while !isEmpty {
            let written = bytes.withUnsafeBytes { all in
                Glibc.write(descriptor, all.baseAddress.map { $0 + start }, all.count - start)
            }
            guard written >= 0 else {
                if errno == EINTR { continue }
                return errno
            }
            start += written
        }
        removeAll()
        return 0
    }

    mutating func removeAll() {
        bytes.removeAll(keepingCapacity: bytes.capacity <= 64 * 1024)
        start = 0
    }
}
