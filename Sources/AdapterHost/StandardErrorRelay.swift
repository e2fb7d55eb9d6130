/// Turns what a child writes to its standard error into log lines that cannot harm the log.
///
/// A line is cut at 4 KiB; of more than 100 lines in a second the rest is dropped and counted; control characters and bytes that are no
/// text are written visibly.
struct StandardErrorRelay {
    static let maximumBytes = 4096
    static let maximumPerSecond = 100

    private var line: [UInt8] = []
    private var isCut = false
    private var second: Int64 = 0
    private var inSecond = 0
    /// Lines dropped so far.
    private(set) var dropped = 0

    /// Takes bytes, and gives the lines that are complete.
    mutating func take(_ bytes: some Sequence<UInt8>, at now: Int64) -> [String] {
        var lines: [String] = []
        for byte in bytes {
            if byte == 0x0A {
                if let text = finish(at: now) { lines.append(text) }
            } else if line.count < StandardErrorRelay.maximumBytes {
                line.append(byte)
            } else {
                isCut = true
            }
        }
        return lines
    }

    /// Gives the last line, which had no LF.
    mutating func end(at now: Int64) -> String? { line.isEmpty ? nil : finish(at: now) }

    private mutating func finish(at now: Int64) -> String? {
        defer {
            line.removeAll(keepingCapacity: true)
            isCut = false
        }
        if now - second >= 1000 {
            second = now
            inSecond = 0
        }
        inSecond += 1
        guard inSecond <= StandardErrorRelay.maximumPerSecond else {
            dropped += 1
            return nil
        }
        return VisibleText.of(String(decoding: line, as: UTF8.self)) + (isCut ? "…" : "")
    }
}
