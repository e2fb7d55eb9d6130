import CLinux
import Glibc
import Synchronization

/// A bounded queue of messages from any thread to one: to a loop's thread by ``EventLoop/receive(from:_:)``, to a worker
/// by ``waitForMessages()``.
///
/// Messages arrive in the order they were posted, each once. A full mailbox takes nothing and says so: the poster keeps the
/// message and decides.
///
/// ```swift
/// let answers = try Mailbox<Int>(capacity: 64)
/// let watch = try loop.receive(from: answers) { numbers in print(numbers) }
/// try DetachedThread.start(named: "worker") { _ = answers.post(42) }
/// ```
package final class Mailbox<Message: Sendable>: Sendable {
    /// What became of a message.
    package enum Posted: Equatable, Sendable {
        /// It will be received, unless the mailbox is closed first.
        case accepted
        /// The mailbox holds as many as it may; nothing was taken.
        case full
        /// The receiver has closed it; nothing was taken.
        case closed
    }

    private struct State {
        var messages: [Message] = []
        var isClosed = false
    }

    private let capacity: Int
    private let state = Mutex(State())
    private let wakeUp: OwnedDescriptor

    /// - Parameter capacity: how many messages may wait.
    /// - Throws: ``IOFailure`` when descriptors have run out.
    package init(capacity: Int) throws(IOFailure) {
        self.capacity = capacity
        let descriptor = lb_eventfd()
        guard descriptor >= 0 else { throw .last("eventfd") }
        wakeUp = OwnedDescriptor(taking: descriptor)
    }

    /// Leaves a message and wakes the receiver. Never waits.
    package func post(_ message: Message) -> Posted {
        let (posted, isFirst) = state.withLock { state -> (Posted, Bool) in
            if state.isClosed { return (.closed, false) }
            if state.messages.count >= capacity { return (.full, false) }
            state.messages.append(message)
            return (.accepted, state.messages.count == 1)
        }
        if isFirst { lb_eventfd_signal(wakeUp.number) }
        return posted
    }

    /// Refuses what comes from now on and wakes a waiting worker.
    /// - Returns: what waited and will not be received.
    @discardableResult
    package func close() -> [Message] {
        let dropped = state.withLock { state in
            let dropped = state.messages
            state = State(isClosed: true)
            return dropped
        }
        lb_eventfd_signal(wakeUp.number)
        return dropped
    }

    /// For a worker thread: waits for messages and takes all of them.
    /// - Returns: at least one message, or nil once the mailbox is closed.
    package func waitForMessages() -> [Message]? {
        while true {
            var waiting = pollfd(fd: wakeUp.number, events: Int16(POLLIN), revents: 0)
            _ = poll(&waiting, 1, -1)
            let (messages, isClosed) = drain()
            if isClosed { return nil }
            if !messages.isEmpty { return messages }
        }
    }

    fileprivate var descriptor: Int32 { wakeUp.number }

    fileprivate func drain() -> (messages: [Message], isClosed: Bool) {
        lb_eventfd_clear(wakeUp.number)
        return state.withLock { state in
            let messages = state.messages
            state.messages = []
            return (messages, state.isClosed)
        }
    }
}

extension EventLoop {
    /// Calls `handler` on the loop's thread with all messages that have come since the last turn.
    ///
    /// - Returns: a watch; cancelling it stops the receiving and leaves the mailbox open for another receiver.
    /// - Throws: ``IOFailure`` when the kernel takes no more watches.
    package func receive<Message>(
        from mailbox: Mailbox<Message>,
        _ handler: @escaping ([Message]) -> Void
    ) throws(IOFailure) -> Watch {
        try watch(mailbox.descriptor, readable: true, writable: false) { _ in
            let messages = mailbox.drain().messages
            if !messages.isEmpty { handler(messages) }
        }
    }
}
