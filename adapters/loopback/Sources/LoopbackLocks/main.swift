import Glibc
import LinuxIO

/// Virtual locks for demonstrations and tests: they live in a process of their own, so they outlast every crash of gateway and adapter.

/// Says why the program cannot go on, and ends it.
func quit(_ status: Int32, _ text: String) -> Never {
    _ = write(STDERR_FILENO, text, text.utf8.count)
    exit(status)
}

do {
    let options = try Options(Array(CommandLine.arguments.dropFirst()))
    try Signals.ignoreBrokenPipes()
    let loop = try EventLoop()
    let signals = try Signals.watch([SIGTERM, SIGINT], on: loop) { _ in loop.stop() }
    let server = try LocksServer(options, loop: loop)
    try server.sayReady()
    try loop.run()
    withExtendedLifetime((server, signals)) {}
    unlink(options.socket)
} catch let refusal as Options.Refusal {
    quit(64, "\(refusal)\n\(Options.usage)")
} catch {
    quit(1, "lockbridge-loopback-locks: \(error)\n")
}
