import Glibc
import LinuxIO

/// The whole of `lockbridge-bus`: one loop, one core at standard input and output, one broker.
package enum BusProcess {
    /// Runs until the core ends it.
    ///
    /// Signals that would stop a program are noted and not obeyed: systemd sends them to the whole unit, and the core still
    /// has its goodbye to publish. SIGKILL, the core's `shutdown` and the core's end do stop it.
    /// - Returns: the exit status.
    package static func run() -> Int32 {
        var status: Int32 = 1
        do throws(IOFailure) {
            try Signals.ignoreBrokenPipes()
            let loop = try EventLoop()
            let service = try BusService(
                loop: loop, input: OwnedDescriptor(taking: STDIN_FILENO), output: OwnedDescriptor(taking: STDOUT_FILENO),
                onEnd: { ended in
                    status = ended
                    loop.stop()
                })
            let signals = try Signals.watch([SIGTERM, SIGINT, SIGHUP], on: loop) { signal in
                service.note(.notice, "signal \(signal): the bus ends with its core")
            }
            try loop.run()
            signals.cancel()
        } catch {
            let line = Array("\(BusService.name): \(error)\n".utf8)
            _ = write(STDERR_FILENO, line, line.count)
        }
        return status
    }
}
