import GatewayCore
import Glibc
import LinuxIO
import Logging
import WireBytes

/// The file of `lockbridge run --trace`: a line of JSON for the start and one for each input, written by a thread of its own so that no disk holds the
/// gateway up.
///
/// **Bounds**: 8,192 lines wait and 256 MiB are written; what does not fit ends the trace, with a warning, and never the gateway.
final class TraceFile {
    private static let maximumBytes = 256 << 20
    private let lines: Mailbox<[UInt8]>
    private let done: Mailbox<Bool>
    private let log: Logger
    private var written = 0
    private var isOpen = true

    /// Makes a new file, readable by its owner alone.
    /// - Throws: ``IOFailure`` when it exists already or can't be made.
    init(path: String, log: Logger) throws(IOFailure) {
        let number = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard number >= 0 else { throw .last("open \(path)") }
        let file = OwnedDescriptor(taking: number)
        let lines = try Mailbox<[UInt8]>(capacity: 8192)
        let done = try Mailbox<Bool>(capacity: 1)
        (self.lines, self.done, self.log) = (lines, done, log)
        try DetachedThread.start(named: "trace") {
            while let batch = lines.waitForMessages() {
                for line in batch {
                    // An empty line is the end.
                    guard !line.isEmpty, TraceFile.write(line, to: file.number) else {
                        lines.close()
                        _ = done.post(line.isEmpty)
                        return
                    }
                }
            }
        }
    }

    func write(_ line: some Encodable) {
        guard isOpen else { return }
        do {
            let bytes = try StrictJSON.encode(line) + [0x0A]
            written += bytes.count
            if written > TraceFile.maximumBytes { return end("it has reached \(TraceFile.maximumBytes >> 20) MiB") }
            if lines.post(bytes) != .accepted { end("the disk does not keep up, or refused a line") }
        } catch {
            end("\(error)")
        }
    }

    private func end(_ reason: String) {
        isOpen = false
        _ = lines.post([])
        log.warning("the trace ends here", metadata: ["reason": "\(reason)"])
    }

    /// Waits until everything is in the file.
    func close() {
        guard isOpen else { return }
        isOpen = false
        if lines.post([]) == .accepted { _ = done.waitForMessages() }
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
}
