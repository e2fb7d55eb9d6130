import Glibc

/// Lines at the end of a terminal that are drawn again in place, as many as fit it. Where standard output is no terminal nothing is drawn.
struct LiveBlock {
    /// Whether it draws: a terminal that can move its cursor.
    let isDrawn = Terminal.size != nil && getenv("TERM").map { String(cString: $0) } != "dumb"
    private var drawn = 0

    /// Draws these lines in place of the last ones.
    mutating func draw(_ lines: [String]) {
        guard isDrawn, let size = Terminal.size else { return }
        let fitted = lines.flatMap { WrappedText.lines($0, columns: size.columns) }.prefix(size.rows - 1)
        Terminal.control((drawn > 0 ? "\u{1B}[\(drawn)A" : "") + "\r\u{1B}[J")
        for line in fitted { Terminal.print(line) }
        drawn = fitted.count
    }

    /// Takes what was drawn away.
    mutating func clear() {
        if drawn > 0 { Terminal.control("\u{1B}[\(drawn)A\r\u{1B}[J") }
        drawn = 0
    }
}
