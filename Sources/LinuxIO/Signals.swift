import CLinux
import Glibc

/// The process's signals, as events of the loop.
package enum Signals {
    /// Makes a write to a reader that has gone answer EPIPE instead of ending the process. Children get the default back.
    /// - Throws: ``IOFailure``, which does not happen on Linux.
    package static func ignoreBrokenPipes() throws(IOFailure) {
        guard lb_ignore_sigpipe() == 0 else { throw .last("sigaction") }
    }

    /// Calls `handler` with the number of each of these signals (SIGTERM, SIGINT, SIGHUP …) that comes, and keeps them from
    /// doing anything else in the calling thread and in those it starts from now on: call it before any thread starts.
    ///
    /// Cancelling the watch leaves the signals blocked.
    /// - Throws: ``IOFailure``: EINVAL for what is no signal, EMFILE when descriptors have run out.
    package static func watch(_ signals: [Int32], on loop: EventLoop, _ handler: @escaping (Int32) -> Void) throws(IOFailure) -> Watch {
        let raw = lb_signalfd(signals, Int32(signals.count))
        guard raw >= 0 else { throw .last("signalfd") }
        let descriptor = OwnedDescriptor(taking: raw)
        return try loop.watch(raw, readable: true, writable: false) { _ in
            let signal = lb_signalfd_next(descriptor.number)
            if signal > 0 { handler(signal) }
        }
    }
}
