import Glibc

/// Cuts a stream of bytes into lines at LF, wherever the reads happened to split it.
///
/// Holds at most one line's limit plus what was appended last. Only LF ends a line; a CR stays in it.
package struct LineSplitter {
    /// What can be taken out next.
    package enum Next: Equatable {
        /// A whole line, without its LF; may be empty.
        case line([UInt8])
        /// No whole line has come yet.
        case needsMore
        /// The line that is coming is longer than the limit. It will not be given out, in whole or in part.
        case tooLong
    }

    /// The longest line, in bytes without LF.
    package let limit: Int

    private var buffer: [UInt8] = []
    private var start = 0
    private var scanned = 0

    package init(limit: Int) {
        self.limit = limit
    }

    /// Bytes that have come and were not taken out as lines.
    package var pendingBytes: Int { buffer.count - start }

    package mutating func append(_ bytes: UnsafeRawBufferPointer) {
        if start == buffer.count {
            buffer.removeAll(keepingCapacity: buffer.capacity <= 4 * limit)
            (start, scanned) = (0, 0)
        } else if start > limit {
            buffer.removeFirst(start)
            scanned -= start
            start = 0
        }
        buffer.append(contentsOf: bytes)
    }

    package mutating func next() -> Next {
        guard let end = indexOfLF() else {
            scanned = buffer.count
            return pendingBytes > limit ? .tooLong : .needsMore
        }
        guard end - start <= limit else { return .tooLong }
        let line = Array(buffer[start..<end])
        start = end + 1
        scanned = start
        return .line(line)
    }

    private func indexOfLF() -> Int? {
        buffer.withUnsafeBytes { bytes in
            guard scanned < bytes.count, let base = bytes.baseAddress else { return nil }
            return memchr(base + scanned, 0x0A, bytes.count - scanned).map { UnsafeRawPointer($0) - base }
        }
    }
}
