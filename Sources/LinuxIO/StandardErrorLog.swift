import Glibc
import Logging

/// Writes each log event as one line to standard error: `level target: message key=value …`.
///
/// One write(2) a line, so lines of several processes do not mix and nothing is lost in a buffer when a process is killed.
/// Control characters are written as `\u{…}`: what came from outside cannot forge a line. Keys are sorted. A line is cut at
/// 4,096 bytes. A standard error that is full or gone loses lines, never time.
package struct StandardErrorLog: LogHandler {
    package var metadata: Logger.Metadata = [:]
    package var logLevel: Logger.Level = .info

    private static let maximumBytes = 4096
    private let target: String
    private let descriptor: Int32

    /// - Parameter target: what speaks, for example `core` or `bus`.
    package init(target: String, descriptor: Int32 = STDERR_FILENO) {
        self.target = target
        self.descriptor = descriptor
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var line = "\(event.level) \(target): "
        StandardErrorLog.append(event.message.description, to: &line)
        var all = metadata.merging(event.metadata ?? [:]) { _, newer in newer }
        if let error = event.error { all["error"] = .string("\(error)") }
        for (key, value) in all.sorted(by: { $0.key < $1.key }) {
            line += " \(key)="
            StandardErrorLog.append(value.description, to: &line)
        }
        var bytes = Array(line.utf8.prefix(StandardErrorLog.maximumBytes - 1))
        bytes.append(0x0A)
        // A pipe that is writable takes PIPE_BUF (4,096) bytes at once.
        var room = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        guard poll(&room, 1, 0) == 1, room.revents & Int16(POLLOUT) != 0 else { return }
        _ = write(descriptor, bytes, bytes.count)
    }

    private static func append(_ text: String, to line: inout String) {
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator, .format: line += "\\u{\(String(scalar.value, radix: 16))}"
            default: line.unicodeScalars.append(scalar)
            }
        }
    }
}
