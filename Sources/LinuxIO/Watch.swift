import CLinux
import Glibc

/// What a descriptor is ready for.
package struct Readiness: OptionSet, Sendable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// A read does not wait: there is data, the end of it, or an error to fetch.
    package static let readable = Readiness(rawValue: UInt32(lb_readable))
    /// A write does not wait.
    package static let writable = Readiness(rawValue: UInt32(lb_writable))
    /// The other side has gone. What it had written can still be read.
    package static let hangup = Readiness(rawValue: UInt32(lb_hangup))
    /// The descriptor has failed; for the writing end of a pipe: nobody reads it any more.
    package static let error = Readiness(rawValue: UInt32(lb_error))
}

/// A descriptor's place in an ``EventLoop``.
package final class Watch {
    let descriptor: Int32
    let token: UInt64
    let handler: (Readiness) -> Void
    private weak var loop: EventLoop?
    private var interest: UInt32 = 0

    init(loop: EventLoop, descriptor: Int32, token: UInt64, handler: @escaping (Readiness) -> Void) {
        self.loop = loop
        self.descriptor = descriptor
        self.token = token
        self.handler = handler
    }

    /// Changes what the watch waits for. With neither, nothing is reported, not even a hang-up (which the kernel would
    /// otherwise report in every turn).
    /// - Throws: ``IOFailure`` when the descriptor cannot be waited for.
    package func setInterest(readable: Bool, writable: Bool) throws(IOFailure) {
        let wanted = interestBits(readable: readable, writable: writable)
        guard let loop, wanted != interest else { return }
        let operation = interest == 0 ? epollAdd : wanted == 0 ? epollRemove : epollChange
        guard loop.control(operation, self, interest: wanted) else { throw .last("epoll_ctl") }
        interest = wanted
    }

    /// Ends the watch; its handler is not called again, not even for what is already ready. A second call does nothing.
    package func cancel() {
        guard let loop else { return }
        if interest != 0 { _ = loop.control(epollRemove, self, interest: 0) }
        interest = 0
        loop.forget(self)
        self.loop = nil
    }
}

let epollAdd = Int32(lb_epoll_add)
let epollRemove = Int32(lb_epoll_remove)
let epollChange = Int32(lb_epoll_change)

func interestBits(readable: Bool, writable: Bool) -> UInt32 {
    (readable ? UInt32(lb_readable) : 0) | (writable ? UInt32(lb_writable) : 0)
}
