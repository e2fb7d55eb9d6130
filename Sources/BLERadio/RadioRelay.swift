import Glibc
import LinuxIO

/// Stands where a core expects its radio, and passes every line on to one that listens on a unix socket.
///
/// - Looks into nothing. A side that does not read what waits for it (2 MiB) is given up.
/// - When either side ends, the other is given what had come and is ended too: a core sees its radio end, and a radio its core.
final class RadioRelay {
    private static let limits = LineLimits(outputBytes: 2 * 1_024 * 1_024)

    private let onEnd: (Int32) -> Void
    private var core: LineChannel?
    private var radio: LineChannel?

    /// Connects; `onEnd` gets the exit status, once.
    /// - Throws: ``IOFailure`` when nobody listens at `path`, or another core is served: worth another start later.
    init(loop: EventLoop, path: String, onEnd: @escaping (Int32) -> Void) throws(IOFailure) {
        self.onEnd = onEnd
        let socket = try UnixSocket.connect(path)
        radio = try LineChannel(
            loop: loop, input: socket, output: socket, limits: Self.limits, onLine: { [weak self] in _ = self?.core?.send($0) },
            onClosed: { [weak self] in self?.ended($0, other: self?.core) })
        core = try LineChannel(
            loop: loop, input: OwnedDescriptor(taking: STDIN_FILENO), output: OwnedDescriptor(taking: STDOUT_FILENO), limits: Self.limits,
            onLine: { [weak self] in _ = self?.radio?.send($0) }, onClosed: { [weak self] in self?.ended($0, other: self?.radio) })
    }

    private func ended(_ reason: LineChannel.CloseReason, other: LineChannel?) {
        switch reason {
        case .endOfStream: other?.closeWhenSent()
        case .sent: onEnd(0)
        case .lineTooLong, .outputOverflow, .ioError: onEnd(1)
        }
    }
}
