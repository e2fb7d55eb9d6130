import CLinux
import Glibc
import Synchronization

/// A file descriptor with one owner, closed exactly once: by ``close()`` or when the last reference goes.
///
/// Guarantees that a number is never closed twice, so that it cannot hit a descriptor that another part has opened since.
/// Does not guard a caller that keeps using ``number`` after the close: that is the owner's business.
package final class OwnedDescriptor: Sendable {
    private let held: Atomic<Int32>

    /// Takes ownership of an open descriptor.
    package init(taking number: Int32) {
        held = Atomic(number)
    }

    /// The number for system calls; -1 once closed.
    package var number: Int32 { held.load(ordering: .acquiring) }

    /// Closes it. A second call does nothing.
    package func close() {
        let number = held.exchange(-1, ordering: .acquiringAndReleasing)
        if number >= 0 { _ = Glibc.close(number) }
    }

    /// Makes reads and writes answer EAGAIN instead of waiting.
    ///
    /// The mode belongs to the open file, so a terminal shared with a shell gets it too.
    /// - Throws: ``IOFailure`` when the descriptor is closed.
    package func setNonBlocking() throws(IOFailure) {
        guard lb_set_nonblocking(number) == 0 else { throw .last("fcntl") }
    }

    /// Both ends of a new pipe, close-on-exec and blocking.
    /// - Throws: ``IOFailure`` when descriptors have run out.
    package static func pipe() throws(IOFailure) -> (reading: OwnedDescriptor, writing: OwnedDescriptor) {
        var ends: [Int32] = [-1, -1]
        guard lb_pipe(&ends) == 0 else { throw .last("pipe2") }
        return (OwnedDescriptor(taking: ends[0]), OwnedDescriptor(taking: ends[1]))
    }

    deinit { close() }
}
