import Glibc
import LinuxIO

/// The whole of `lockbridge-ble`: one loop, one core, one controller.
package enum RadioProcess {
    /// What a process that is to serve one core at a time keeps while it runs.
    private final class Parts {
        var listener: UnixListener?
        var service: RadioService?
        var relay: RadioRelay?
    }

    /// Who may come to the socket: its owner and its group.
    private static let socketMode: UInt32 = 0o660

    /// Runs until its core ends it.
    ///
    /// Signals that would stop a program are noted and not obeyed while there is a core: the radio ends with it, as its locks may still have to
    /// be locked. One that listens serves the first core that comes and ends with it, too: a device it had opened can't be opened again by a
    /// process without capabilities, so whoever started it starts the next.
    /// - Parameter arguments: as ``RadioTask`` reads them.
    /// - Returns: the exit status; 64 for arguments that make no sense.
    package static func run(_ arguments: [String]) -> Int32 {
        guard let task = RadioTask(arguments) else {
            say(RadioTask.usage)
            return 64
        }
        var status: Int32 = 1
        do throws(IOFailure) {
            try Signals.ignoreBrokenPipes()
            let loop = try EventLoop()
            let parts = Parts()
            let onEnd: (Int32) -> Void = { ended in
                status = ended
                loop.stop()
            }
            let signals = try Signals.watch([SIGTERM, SIGINT, SIGHUP], on: loop) { signal in
                guard let service = parts.service else { return onEnd(0) }
                service.note(.notice, "signal \(signal): the radio ends with its core")
            }
            switch task {
            case .serve:
                parts.service = try RadioService(
                    loop: loop, input: OwnedDescriptor(taking: STDIN_FILENO), output: OwnedDescriptor(taking: STDOUT_FILENO), onEnd: onEnd)
            case .relay(let path): parts.relay = try RadioRelay(loop: loop, path: path, onEnd: onEnd)
            case .listen(let path, let place): try listen(path, place, loop, parts, onEnd)
            }
            try loop.run()
            signals.cancel()
            parts.listener?.close()
        } catch {
            say("\(RadioService.name): \(error)\n")
        }
        return status
    }

    private static func listen(
        _ path: String, _ place: ControllerPlace, _ loop: EventLoop, _ parts: Parts, _ onEnd: @escaping (Int32) -> Void
    ) throws(IOFailure) {
        do throws(UnixListener.Failure) {
            parts.listener = try UnixListener(loop: loop, path: path, mode: socketMode) { connection, _ in
                // Nobody else is let in while this one is served.
                parts.listener?.close()
                do throws(IOFailure) {
                    parts.service = try RadioService(loop: loop, input: connection, output: connection, place: place, onEnd: onEnd)
                } catch {
                    onEnd(1)
                }
            }
        } catch {
            switch error {
            case .io(let failure): throw failure
            case .pathUnusable: throw IOFailure(call: "bind", code: ENAMETOOLONG)
            case .inUse: throw IOFailure(call: "bind", code: EADDRINUSE)
            case .notASocket: throw IOFailure(call: "bind", code: ENOTSOCK)
            }
        }
    }

    private static func say(_ text: String) {
        let bytes = Array(text.utf8)
        _ = write(STDERR_FILENO, bytes, bytes.count)
    }
}
