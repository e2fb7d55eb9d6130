import CLinux
import Glibc

/// A thread for work that blocks: spawning, connecting, a disk. It lives until its body returns; nobody joins it.
package enum DetachedThread {
    private final class Body: Sendable {
        let name: String
        let run: @Sendable () -> Void

        init(name: String, run: @escaping @Sendable () -> Void) {
            self.name = name
            self.run = run
        }
    }

    /// Starts a thread with every signal blocked, so that signals reach the loop alone.
    ///
    /// - Parameter name: shown by `ps -L`; the kernel keeps 15 bytes of it.
    /// - Throws: ``IOFailure`` when the process may not have another thread.
    package static func start(named name: String, _ run: @escaping @Sendable () -> Void) throws(IOFailure) {
        let body = Unmanaged.passRetained(Body(name: name, run: run))
        var thread = pthread_t()
        let failure = pthread_create(
            &thread,
            nil,
            { context in
                guard let context else { return nil }
                let body = Unmanaged<Body>.fromOpaque(context).takeRetainedValue()
                lb_prepare_worker(body.name)
                body.run()
                return nil
            },
            body.toOpaque()
        )
        guard failure == 0 else {
            body.release()
            throw IOFailure(call: "pthread_create", code: failure)
        }
        pthread_detach(thread)
    }
}
