import CLinux
import Glibc

/// The one thread of a process: waits for descriptors, timers and mailboxes, and runs their handlers one after another.
///
/// Everything given to a loop (handlers, channels, timers) belongs to its thread, so it needs no locks and is not `Sendable`.
/// Other threads reach it by a ``Mailbox`` alone. A handler must not block: what can (a disk, a name service, a spawn) has a
/// thread of its own and posts back.
///
/// A *turn* is: the handlers of the descriptors that are ready, then the timers that are due, then ``onTurnEnd``, then the writing of
/// what channels were given in it.
/// Timers run on CLOCK_BOOTTIME, so a deadline also passes while the machine sleeps.
///
/// ```swift
/// let loop = try EventLoop()
/// loop.schedule(afterMilliseconds: 50) { loop.stop() }
/// try loop.run()
/// ```
package final class EventLoop {
    /// Called once after every turn that ran a handler: the place to commit what a turn has gathered.
    package var onTurnEnd: (() -> Void)?

    private let epoll: OwnedDescriptor
    private let timer: OwnedDescriptor
    private var timers = TimerQueue()
    private var armed: Int64 = -1
    private var watches: [UInt64: Watch] = [:]
    private var nextToken: UInt64 = 1
    private var stopping = false
    private var isInTurn = false
    private var endings: [() -> Void] = []
    private var flushes: [() -> Void] = []
    private static let timerToken: UInt64 = 0
    private let events = UnsafeMutableBufferPointer<lb_event>.allocate(capacity: 64)

    /// A loop for the calling thread.
    /// - Throws: ``IOFailure`` when descriptors have run out.
    package init() throws(IOFailure) {
        let poll = lb_epoll_create()
        guard poll >= 0 else { throw .last("epoll_create1") }
        epoll = OwnedDescriptor(taking: poll)
        let clock = lb_timerfd()
        guard clock >= 0 else { throw .last("timerfd_create") }
        timer = OwnedDescriptor(taking: clock)
        guard lb_epoll_control(poll, epollAdd, clock, interestBits(readable: true, writable: false), EventLoop.timerToken) == 0 else {
            throw .last("epoll_ctl")
        }
    }

    deinit { events.deallocate() }

    // MARK: - Running

    /// Runs turns until ``stop()``, also if that was called before. May be called again afterwards.
    /// - Throws: ``IOFailure`` when the kernel refuses to wait, which is a fault of ours.
    package func run() throws(IOFailure) {
        while !stopping { try turn() }
        stopping = false
    }

    /// Ends ``run()`` after the turn under way.
    package func stop() {
        stopping = true
    }

    private func turn() throws(IOFailure) {
        try armTimer()
        let count = Int(lb_epoll_wait(epoll.number, events.baseAddress, Int32(events.count)))
        guard count >= 0 else { throw .last("epoll_wait") }
        isInTurn = true
        var ran = false
        for event in events[..<count] {
            if event.token == EventLoop.timerToken {
                lb_timerfd_clear(timer.number)
                armed = -1
            } else if let watch = watches[event.token] {
                watch.handler(Readiness(rawValue: event.readiness))
                ran = true
            }
        }
        // Only those that exist already: a timer that schedules another for now does not starve the descriptors.
        let now = Clocks.bootMilliseconds()
        let end = timers.end
        while let handler = timers.popDue(at: now, before: end) {
            handler()
            ran = true
        }
        while !endings.isEmpty {
            let due = endings
            endings = []
            for ending in due { ending() }
        }
        if ran { onTurnEnd?() }
        isInTurn = false
        while let flush = flushes.popLast() { flush() }
    }

    /// Has `body` called once after the handlers of the turn under way, before ``onTurnEnd``; outside of a turn, in the next one.
    func beforeTurnEnd(_ body: @escaping () -> Void) {
        if isInTurn { endings.append(body) } else { schedule(afterMilliseconds: 0, body) }
    }

    /// Has `flush` called once when the turn under way ends; outside of a turn, at once.
    func flushAtTurnEnd(_ flush: @escaping () -> Void) {
        if isInTurn { flushes.append(flush) } else { flush() }
    }

    private func armTimer() throws(IOFailure) {
        let due = timers.nextDue() ?? -1
        guard due != armed else { return }
        guard lb_timerfd_arm(timer.number, due) == 0 else { throw .last("timerfd_settime") }
        armed = due
    }

    // MARK: - Descriptors

    /// Calls `handler` in every turn in which the descriptor is ready for what was asked, or has hung up or failed.
    ///
    /// The watch holds until ``Watch/cancel()``, which must come before the descriptor is closed. The loop keeps the handler
    /// alive until then: a handler that holds the watch's owner keeps that alive too.
    /// - Throws: ``IOFailure``: EPERM for what cannot be waited for (a regular file), ENOSPC beyond the system's limit.
    package func watch(
        _ descriptor: Int32,
        readable: Bool,
        writable: Bool,
        _ handler: @escaping (Readiness) -> Void
    ) throws(IOFailure) -> Watch {
        let watch = Watch(loop: self, descriptor: descriptor, token: nextToken, handler: handler)
        nextToken += 1
        watches[watch.token] = watch
        do {
            try watch.setInterest(readable: readable, writable: writable)
        } catch {
            watches[watch.token] = nil
            throw error
        }
        return watch
    }

    func control(_ operation: Int32, _ watch: Watch, interest: UInt32) -> Bool {
        lb_epoll_control(epoll.number, operation, watch.descriptor, interest, watch.token) == 0
    }

    func forget(_ watch: Watch) {
        watches[watch.token] = nil
    }

    // MARK: - Timers

    /// Calls `handler` once, in the first later turn at or after that time on the boot clock; the past means the next turn.
    @discardableResult
    package func schedule(atBootMilliseconds due: Int64, _ handler: @escaping () -> Void) -> TimerToken {
        timers.schedule(atBootMilliseconds: max(due, 0), handler)
    }

    /// Calls `handler` once, at least that many milliseconds from now; 0 means in the next turn.
    @discardableResult
    package func schedule(afterMilliseconds delay: Int64, _ handler: @escaping () -> Void) -> TimerToken {
        // The clock is read rounded down, so a whole delay needs one more.
        let rounding: Int64 = delay > 0 ? 1 : 0
        return schedule(atBootMilliseconds: Clocks.bootMilliseconds() + max(delay, 0) + rounding, handler)
    }

    /// Forgets a timer. One that has fired, or was cancelled, is none: nothing happens.
    package func cancel(_ token: TimerToken) {
        timers.cancel(token)
    }
}

@available(*, unavailable)
extension EventLoop: Sendable {}
