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

    static func print(_ text: String) { write(text + "\n", to: STDOUT_FILENO) }

    /// A question whose answer follows on the same line; only where somebody sits there.
    static func prompt(_ text: String) { if isatty(STDIN_FILENO) == 1 { write(text, to: STDOUT_FILENO) } }

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

    static func error(_ text: String) { write("lockbridge: \(text)\n", to: STDERR_FILENO) }

    static func note(_ text: String) { write(text + "\n", to: STDERR_FILENO) }

    static func paint(_ text: String, _ colour: Colour) -> String { isColoured ? "\u{1B}[\(colour.rawValue)m\(text)\u{1B}[0m" : text }

    /// Prints a value as one line of JSON.
    static func json(_ value: some Encodable) throws {
        print(String(decoding: try StrictJSON.encode(value), as: UTF8.self))
    }

    /// Prints rows in columns as wide as their widest cell; the first row is the heading.
    static func table(_ rows: [[String]]) {
        guard let first = rows.first else { return }
        let widths = first.indices.map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
        for (index, row) in rows.enumerated() {
            let cells = row.enumerated().map { column, cell in
                column == row.count - 1 ? cell : cell + String(repeating: " ", count: widths[column] - cell.count)
            }
            print(index == 0 ? paint(cells.joined(separator: "  "), .dim) : cells.joined(separator: "  "))
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
