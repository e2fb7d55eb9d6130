import Conformance
import Glibc
import LinuxIO

/// Lines that somebody types: at a terminal with history and completion, below what is printed meanwhile; or from a pipe or a file, one
/// after another.
///
/// On a terminal it turns off the kernel's own line editing until ``close()``.
final class TerminalPrompt {
    private static let prompt = "> "
    private static let readBytes = 4096
    /// Lines that wait to be taken.
    private(set) var typed: [String] = []
    /// Nothing more will be typed.
    private(set) var isOver = false
    let isInteractive: Bool
    private var editor: LineEditor
    private var keys = KeyReader()
    private var watch: Watch?
    private var before = termios()
    private var partial: [UInt8] = []

    /// - Parameter complete: words that could stand at the end of a text.
    init(loop: EventLoop, complete: @escaping (String) -> [String]) throws(IOFailure) {
        isInteractive = isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1
        editor = LineEditor(complete: complete)
        if isInteractive {
            tcgetattr(STDIN_FILENO, &before)
            var raw = before
            raw.c_lflag &= ~tcflag_t(ICANON | ECHO | ISIG | IEXTEN)
            raw.c_iflag &= ~tcflag_t(ICRNL | IXON)
            tcsetattr(STDIN_FILENO, TCSANOW, &raw)
        }
        do throws(IOFailure) {
            watch = try loop.watch(STDIN_FILENO, readable: true, writable: false) { [weak self] _ in self?.read() }
        } catch {
            // A regular file can't be waited for, and needs not.
            guard error.code == EPERM else { throw error }
            while !isOver { read() }
        }
        redraw()
    }

    /// Takes the next line.
    func next() -> String? { typed.isEmpty ? nil : typed.removeFirst() }

    /// Prints a line above the one being typed.
    func show(_ text: String) {
        if isInteractive { write("\r\u{1B}[K") }
        Terminal.print(text)
        redraw()
    }

    /// Gives the terminal back as it was.
    func close() {
        watch?.cancel()
        watch = nil
        guard isInteractive else { return }
        write("\r\u{1B}[K")
        tcsetattr(STDIN_FILENO, TCSANOW, &before)
        isOver = true
    }

    private func read() {
        var bytes = [UInt8](repeating: 0, count: Self.readBytes)
        let count = Glibc.read(STDIN_FILENO, &bytes, bytes.count)
        if count < 0 && (errno == EINTR || errno == EAGAIN) { return }
        guard count > 0 else {
            if !partial.isEmpty { typed.append(String(decoding: partial, as: UTF8.self)) }
            return over()
        }
        if isInteractive {
            for key in keys.take(bytes[..<count]) { take(key) }
        } else {
            partial += bytes[..<count]
            while let end = partial.firstIndex(of: 0x0A) {
                typed.append(String(decoding: partial[..<end], as: UTF8.self))
                partial.removeSubrange(...end)
            }
        }
    }

    private func over() {
        isOver = true
        watch?.cancel()
        watch = nil
    }

    private func take(_ key: Key) {
        switch editor.take(key) {
        case .changed: redraw()
        case .line(let line):
            write("\r\n")
            typed.append(line)
            redraw()
        case .end: over()
        case .choices(let words): show(Terminal.paint(words.joined(separator: "  "), .dim))
        }
    }

    /// Draws the line again; of one that is wider than the terminal the part around the cursor.
    private func redraw() {
        guard isInteractive, !isOver else { return }
        let room = max(8, columns() - Self.prompt.count - 1)
        let first = max(0, editor.cursor - room)
        let visible = String(editor.text.dropFirst(first).prefix(room))
        write("\r\u{1B}[K\(Self.prompt)\(visible)\r\u{1B}[\(Self.prompt.count + editor.cursor - first)C")
    }

    private func columns() -> Int {
        var size = winsize()
        return ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
    }

    private func write(_ text: String) { _ = Glibc.write(STDOUT_FILENO, text, text.utf8.count) }
}
