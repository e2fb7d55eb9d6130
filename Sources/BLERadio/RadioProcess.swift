import Glibc
import LinuxIO

/// The whole of `lockbridge-ble`: one loop, one core at standard input and output, one controller.
package enum RadioProcess {
    /// Runs until the core ends it.
    ///
    /// Signals that would stop a program are noted and not obeyed: the radio ends with its core, whose locks may still have to be locked.
    /// - Returns: the exit status.
    package static func run() -> Int32 {
        var status: Int32 = 1
        do throws(IOFailure) {
            try Signals.ignoreBrokenPipes()
            let loop = try EventLoop()
            let service = try RadioService(
                loop: loop, input: OwnedDescriptor(taking: STDIN_FILENO), output: OwnedDescriptor(taking: STDOUT_FILENO),
                onEnd: { ended in
                    status = ended
                    loop.stop()
                })
            let signals = try Signals.watch([SIGTERM, SIGINT, SIGHUP], on: loop) { signal in
                service.note(.notice, "signal \(signal): the radio ends with its core")
            }
            try loop.run()
            signals.cancel()
        } catch {
            let line = Array("\(RadioService.name): \(error)\n".utf8)
            _ = write(STDERR_FILENO, line, line.count)
        }
        return status
    }
}
