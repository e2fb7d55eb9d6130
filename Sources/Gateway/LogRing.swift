import AdapterProtocol

/// The newest lines that an adapter wrote: at most 500 of them, and 64 KiB, so that all fit what a session may have waiting.
struct LogRing {
    static let maximumLines = 500
    static let maximumBytes = 65_536
    private static let lineBytes = 1000
    private(set) var lines: [AdapterLogLine] = []
    private var bytes = 0

    /// Keeps a line, cut at 1,000 bytes; the oldest go.
    /// - Returns: the line as it is kept.
    mutating func add(_ line: AdapterLogLine) -> AdapterLogLine {
        var line = line
        if line.text.utf8.count > LogRing.lineBytes {
            line.text = String(decoding: line.text.utf8.prefix(LogRing.lineBytes), as: UTF8.self) + "…"
        }
        lines.append(line)
        bytes += line.text.utf8.count
        var gone = 0
        while lines.count - gone > LogRing.maximumLines || bytes > LogRing.maximumBytes {
            bytes -= lines[gone].text.utf8.count
            gone += 1
        }
        lines.removeFirst(gone)
        return line
    }
}
