import CLinux
import Glibc

/// How a child ended.
package enum ChildExit: Equatable, Sendable, CustomStringConvertible {
    case exited(Int32)
    case killed(signal: Int32)

    package var description: String {
        switch self {
        case .exited(let status): "exit \(status)"
        case .killed(let signal): "signal \(signal)"
        }
    }
}

/// A running child of this process.
///
/// The loop watches it until it has ended and reaps it, whether or not anybody keeps this object. When it has ended, what
/// is left of its session's process group is killed, and where it has a user of its own, every process of that user: a
/// child's own children do not stay behind (without such a user, one that made itself a session of its own does).
package final class ChildProcess {
    package let pid: Int32
    /// The walls that stand around it.
    package let walls: ProcessWalls
    /// Writes to the child's standard input.
    package let standardInput: OwnedDescriptor
    /// Reads the child's standard output.
    package let standardOutput: OwnedDescriptor
    /// Reads the child's standard error.
    package let standardError: OwnedDescriptor

    /// Listens in the child's own network namespace, at its box's `loopbackPort`; nil where it has none.
    package let loopback: OwnedDescriptor?

    /// Called once when the child has ended. Output it wrote before may still be unread then.
    package var onExit: ((ChildExit) -> Void)?

    /// How it ended; nil while it runs.
    package private(set) var exitStatus: ChildExit?

    private let process: OwnedDescriptor
    private let user: UInt32?
    private var watch: Watch?

    init(_ spawned: SpawnedProcess, loop: EventLoop) throws(IOFailure) {
        pid = spawned.pid
        standardInput = spawned.standardInput
        standardOutput = spawned.standardOutput
        standardError = spawned.standardError
        process = spawned.process
        walls = spawned.walls
        loopback = spawned.loopback
        user = spawned.user
        watch = try loop.watch(spawned.process.number, readable: true, writable: false) { [self] _ in reap() }
    }

    /// Sends a signal to the child and to what it has started. After the end nothing is sent: the number may be another's.
    package func kill(_ signal: Int32) {
        guard exitStatus == nil else { return }
        _ = Glibc.kill(-pid, signal)
    }

    private func reap() {
        guard exitStatus == nil else { return }
        // Not reaped yet, so the group's number is still this child's.
        _ = Glibc.kill(-pid, SIGKILL)
        if let user { _ = lb_kill_all_of(user) }
        var signal: Int32 = 0
        var status: Int32 = 0
        guard lb_reap(pid, &signal, &status) == 0 || errno != EAGAIN else { return }
        watch?.cancel()
        watch = nil
        process.close()
        let ended: ChildExit = signal == 0 ? .exited(status) : .killed(signal: signal)
        exitStatus = ended
        onExit?(ended)
        onExit = nil
    }
}

extension SpawnedProcess {
    /// Ends a child that nobody can watch.
    func destroy() {
        _ = kill(-pid, SIGKILL)
        if let user { _ = lb_kill_all_of(user) }
        var signal: Int32 = 0
        var status: Int32 = 0
        while lb_reap(pid, &signal, &status) != 0 && errno == EAGAIN {
            var waiting = pollfd(fd: process.number, events: Int16(POLLIN), revents: 0)
            _ = poll(&waiting, 1, -1)
        }
    }
}
