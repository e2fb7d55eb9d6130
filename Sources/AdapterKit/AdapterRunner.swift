import AdapterProtocol
import Glibc
import LinuxIO
import Logging

/// Runs an adapter on standard input and output: phases, lines, limits, operation ids, time to live, cancelling, the end.
public enum AdapterRunner {
    /// Speaks with the core until it says `shutdown` or closes standard input, then ends the process with status 0; with 1 where the
    /// core broke the protocol or no version is spoken by both.
    ///
    /// Call it last in the program's main file. The process ends at most 2 s after it was asked to, also where the adapter hangs.
    public static func run<Adapter: LockAdapter>(_ adapter: Adapter.Type) async -> Never {
        let log = Logger(label: Adapter.identity.name) { StandardErrorLog(target: $0) }
        do throws(IOFailure) {
            try Signals.ignoreBrokenPipes()
            let link = try AdapterLink(
                input: OwnedDescriptor(taking: STDIN_FILENO),
                output: OwnedDescriptor(taking: STDOUT_FILENO),
                log: log
            ) { status in _exit(status) }
            await withTaskExecutorPreference(link.executor) {
                await AdapterSession<Adapter>(link: link, log: log).run()
            }
        } catch {
            log.error("cannot start: \(error)")
        }
        // The link's thread ends the process once its last line is written; it may be about to.
        while true { _ = pause() }
    }
}
