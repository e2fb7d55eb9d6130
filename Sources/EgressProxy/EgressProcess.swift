import Glibc
import LinuxIO
import Synchronization

/// The whole of `lockbridge-egress`: takes connections from one adapter's network namespace, at descriptor 3, and carries them to the hosts its
/// manifest names. Sees TLS from outside only. Ends when its standard input does, which the core holds.
///
/// **Bound**: 32 connections, a thread each; one more is answered 503.
package enum EgressProcess {
    private static let listener: Int32 = 3
    private static let maximumConnections = 32

    /// Runs until the core ends it.
    /// - Parameter hosts: `host:port` each.
    /// - Returns: the exit status.
    package static func run(_ hosts: [String]) -> Int32 {
        signal(SIGPIPE, SIG_IGN)
        guard let allowed = AllowedHosts(hosts) else {
            note("started with something that is no host:port")
            return 64
        }
        let open = Atomic<Int>(0)
        while true {
            var entries = [
                pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0), pollfd(fd: listener, events: Int16(POLLIN), revents: 0),
            ]
            guard poll(&entries, 2, -1) > 0 else { continue }
            if entries[0].revents != 0 { return 0 }
            let accepted = accept(listener, nil, nil)
            guard accepted >= 0 else {
                if errno == EAGAIN || errno == EINTR || errno == ECONNABORTED { continue }
                note("its listening socket is of no use: \(IOFailure.text(of: errno))")
                return 1
            }
            let client = OwnedDescriptor(taking: accepted)
            try? client.setNonBlocking()
            guard open.load(ordering: .relaxed) < maximumConnections else {
                let busy = ConnectRequest.Refusal.busy.response
                _ = send(accepted, busy, busy.count, Int32(MSG_NOSIGNAL))
                client.close()
                continue
            }
            open.add(1, ordering: .relaxed)
            serve(client, allowed) { open.subtract(1, ordering: .relaxed) }
        }
    }

    private static func serve(_ client: OwnedDescriptor, _ allowed: AllowedHosts, _ done: @escaping @Sendable () -> Void) {
        do throws(IOFailure) {
            try DetachedThread.start(named: "tunnel") {
                Tunnel(client: client, allowed: allowed).run(note: note)
                done()
            }
        } catch {
            client.close()
            done()
        }
    }

    private static func note(_ text: String) {
        let line = Array("\(text)\n".utf8)
        _ = write(STDERR_FILENO, line, line.count)
    }
}
