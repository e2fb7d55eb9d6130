import Glibc
import LinuxIO

/// What a process writes to its standard error: kept to its first 256 KiB, so that a process that writes much is never stopped by a full pipe.
final class ErrorText {
    private static let maximumBytes = 256 * 1024
    private(set) var bytes: [UInt8] = []
    private var watch: Watch?
    private let descriptor: OwnedDescriptor
    /// Called for each line as it comes.
    var onLine: ((String) -> Void)?
    private var told = 0

    init(_ descriptor: OwnedDescriptor, loop: EventLoop) throws(IOFailure) {
        self.descriptor = descriptor
        try descriptor.setNonBlocking()
        watch = try loop.watch(descriptor.number, readable: true, writable: false) { [weak self] _ in self?.read() }
    }

    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Its last line that says anything, for a person.
    var lastLine: String? {
        text.split(separator: "\n").last { !$0.allSatisfy(\.isWhitespace) }.map { String($0.prefix(300)) }
    }

    func close() {
        read()
        watch?.cancel()
        watch = nil
        descriptor.close()
    }

    private func read() {
        guard watch != nil else { return }
        var buffer = [UInt8](repeating: 0, count: 16_384)
        let count = Glibc.read(descriptor.number, &buffer, buffer.count)
        if count > 0 {
            bytes += buffer[..<min(count, ErrorText.maximumBytes - bytes.count)]
            if let onLine { tell(onLine) }
        } else if count == 0 || (errno != EAGAIN && errno != EINTR) {
            watch?.cancel()
            watch = nil
        }
    }

    private func tell(_ onLine: (String) -> Void) {
        while let end = bytes[told...].firstIndex(of: 0x0A) {
            onLine(String(decoding: bytes[told..<end], as: UTF8.self))
            told = end + 1
        }
    }
}
