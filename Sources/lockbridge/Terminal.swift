import Glibc
import WireBytes

/// What is printed, and how: plain text, colour only on a terminal and never as the only sign.
enum Terminal {
    enum Colour: String {
        case red = "31"
        case green = "32"
        case yellow = "33"
        case dim = "2"
        case bold = "1"
    }

    /// Set once, by `--no-color`, before anything is printed; one thread prints.
    nonisolated(unsafe) static var isColoured = isatty(STDOUT_FILENO) == 1 && getenv("NO_COLOR") == nil

    /// How many columns and rows standard output has; `nil` where it is no terminal.
    static var size: (columns: Int, rows: Int)? {
        var size = winsize()
        guard isatty(STDOUT_FILENO) == 1, ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return (Int(size.ws_col), max(2, Int(size.ws_row)))
    }

    /// Prints a text; on a terminal in lines that fit it, broken between words.
    static func print(_ text: String) { write(fitted(text, STDOUT_FILENO) + "\n", to: STDOUT_FILENO) }

    /// A question whose answer follows on the same line; only where somebody sits there.
    static func prompt(_ text: String) { if isatty(STDIN_FILENO) == 1 { write(fitted(text, STDOUT_FILENO), to: STDOUT_FILENO) } }

    /// Writes an escape sequence as it is.
    static func control(_ sequence: String) { write(sequence, to: STDOUT_FILENO) }

    private static func fitted(_ text: String, _ descriptor: Int32) -> String {
        var size = winsize()
        guard isatty(descriptor) == 1, ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return text }
        return WrappedText.lines(text, columns: Int(size.ws_col)).joined(separator: "\n")
    }

    /// The next line of standard input, read without taking any of the one after it; `nil` at its end.
    static func line() -> String? {
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while bytes.count < 4096 {
            let count = read(STDIN_FILENO, &byte, 1)
            if count < 0 && errno == EINTR { continue }
            guard count == 1 else { return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self) }
            if byte == 0x0A { break }
            bytes.append(byte)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Whether what is typed is shown.
    static func echo(_ isOn: Bool) {
        var settings = termios()
        guard tcgetattr(STDIN_FILENO, &settings) == 0 else { return }
        if isOn { settings.c_lflag |= UInt32(ECHO) } else { settings.c_lflag &= ~UInt32(ECHO) }
        tcsetattr(STDIN_FILENO, TCSANOW, &settings)
    }

    static func error(_ text: String) { note("lockbridge: \(text)") }

    static func note(_ text: String) { write(fitted(text, STDERR_FILENO) + "\n", to: STDERR_FILENO) }

    static func paint(_ text: String, _ colour: Colour) -> String { isColoured ? "\u{1B}[\(colour.rawValue)m\(text)\u{1B}[0m" : text }

    /// Prints a value as one line of JSON.
    static func json(_ value: some Encodable) throws {
        write(String(decoding: try StrictJSON.encode(value), as: UTF8.self) + "\n", to: STDOUT_FILENO)
    }

    /// Prints rows in columns as wide as their widest cell; the first row is the heading. On a terminal too narrow for that each row becomes a
    /// block of lines, a cell on each behind its heading.
    static func table(_ rows: [[String]]) {
        guard let first = rows.first else { return }
        if let columns = size?.columns, tableWidth(rows) > columns { return blocks(first, Array(rows.dropFirst())) }
        let widths = first.indices.map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
        for (index, row) in rows.enumerated() {
            let cells = row.enumerated().map { column, cell in
                column == row.count - 1 ? cell : cell + String(repeating: " ", count: widths[column] - cell.count)
            }
            print(index == 0 ? paint(cells.joined(separator: "  "), .dim) : cells.joined(separator: "  "))
        }
    }

    /// Prints what belongs to a label beside it, further lines below the first.
    static func row(_ label: String, _ text: String, width: Int = 14) {
        guard let columns = size?.columns, columns > width + 8 else { return print(label.padded(to: width) + text) }
        for (index, line) in WrappedText.lines(text, columns: columns - width).enumerated() {
            print((index == 0 ? label : "").padded(to: width) + line)
        }
    }

    private static func tableWidth(_ rows: [[String]]) -> Int {
        let count = rows.map(\.count).max() ?? 0
        return (0..<count).reduce(2 * (count - 1)) { sum, column in
            sum + (rows.map { column < $0.count ? WrappedText.width($0[column]) : 0 }.max() ?? 0)
        }
    }

    private static func blocks(_ heading: [String], _ rows: [[String]]) {
        let width = (heading.dropFirst().map(\.count).max() ?? 0) + 2
        for row in rows {
            print(row.first ?? "")
            for (label, cell) in zip(heading, row).dropFirst() { self.row("  " + label.lowercased(), cell, width: width + 2) }
        }
    }

    private static func write(_ text: String, to descriptor: Int32) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { return }
            bytes = bytes.dropFirst(count)
        }
    }
}
