import AdapterProtocol
import LinuxIO
import Logging

/// Standard input and output of an adapter, on a thread of their own that runs the adapter's tasks too: lines come in as a bounded stream,
/// lines go out as they are given.
///
/// A core that sends faster than the adapter takes (1,024 lines) or does not read (4,096 messages or 256 KiB waiting) has lost us: the
/// adapter ends, and the core starts it anew.
final class AdapterLink: Sendable {
    /// What came in.
    enum Incoming: Sendable {
        case line([UInt8])
        /// Standard input has ended; nothing can be written any more.
        case endOfInput
        /// The link is of no use any more.
        case broken(String)
    }

    fileprivate enum Outgoing: Sendable {
        case line([UInt8])
        case notification(NotificationPacer.Entry)
        case letNotificationsGo
        case finish(Int32)
    }

    private static let maximumIncoming = 1024
    private static let maximumOutgoing = 4096

    /// Ends when the link has ended.
    let incoming: AsyncStream<Incoming>
    /// Runs tasks on the link's thread.
    let executor: LoopExecutor
    private let outgoing: Mailbox<Outgoing>
    private let door: Door

    /// The way to the link's thread from itself.
    private final class Door: Sendable {
        // Touched on the link's thread only.
        nonisolated(unsafe) var thread: LinkThread?
    }

    /// Starts reading.
    /// - Parameter onEnd: called once, on the link's thread, with the exit status, after the last line was written.
    /// - Throws: ``IOFailure`` when threads or descriptors have run out.
    init(
        input: OwnedDescriptor,
        output: OwnedDescriptor,
        log: Logger,
        onEnd: @escaping @Sendable (Int32) -> Void
    ) throws(IOFailure) {
        let (stream, continuation) = AsyncStream.makeStream(of: Incoming.self, bufferingPolicy: .bufferingOldest(Self.maximumIncoming))
        let outgoing = try Mailbox<Outgoing>(capacity: Self.maximumOutgoing)
        let executor = try LoopExecutor()
        let door = Door()
        incoming = stream
        self.executor = executor
        self.outgoing = outgoing
        self.door = door
        try DetachedThread.start(named: "link") {
            var status: Int32 = 1
            do throws(IOFailure) {
                let thread = try LinkThread(
                    input: input, output: output, outgoing: outgoing, incoming: continuation, executor: executor)
                door.thread = thread
                status = try thread.run()
            } catch {
                log.error("standard input or output is unusable: \(error)")
            }
            door.thread = nil
            executor.unbind()
            outgoing.close()
            continuation.finish()
            onEnd(status)
        }
    }

    /// Sends a line, in order with all others from the same thread.
    func send(_ line: [UInt8]) { post(.line(line)) }

    /// Sends a notification when its turn comes.
    func notify(_ entry: NotificationPacer.Entry) { post(.notification(entry)) }

    /// Lets notifications go; until then they wait, because the answer to `initialize` is the first line.
    func letNotificationsGo() { post(.letNotificationsGo) }

    /// Writes what was sent before, then ends.
    func finish(_ status: Int32) { post(.finish(status)) }

    /// Calls `body` on the link's thread when that time has come, unless it is cancelled before.
    func alarm(at time: ContinuousClock.Instant, _ body: @escaping @Sendable () -> Void) -> Alarm {
        let alarm = Alarm(executor: executor)
        executor.onLoop { loop in
            let left = ContinuousClock.now.duration(to: time).components
            // One more than the whole ones, so that it never goes off before its time.
            alarm.token = loop.schedule(afterMilliseconds: max(0, left.seconds * 1000 + left.attoseconds / 1_000_000_000_000_000 + 1), body)
        }
        return alarm
    }

    private func post(_ message: Outgoing) {
        if executor.isCurrent, let thread = door.thread { return thread.handle(message) }
        // After the end nobody reads, and a full mailbox means the same: the thread notices by its own bound on output.
        _ = outgoing.post(message)
    }
}

/// What belongs to the link's thread.
private final class LinkThread {
    private static let finishMilliseconds: Int64 = 500

    private let loop: EventLoop
    private let incoming: AsyncStream<AdapterLink.Incoming>.Continuation
    private var channel: LineChannel?
    private var watch: Watch?
    private var pacer = NotificationPacer()
    private var isPacerOpen = false
    private var isPacerTimed = false
    private var status: Int32 = 1

    init(
        input: OwnedDescriptor,
        output: OwnedDescriptor,
        outgoing: Mailbox<AdapterLink.Outgoing>,
        incoming: AsyncStream<AdapterLink.Incoming>.Continuation,
        executor: LoopExecutor
    ) throws(IOFailure) {
        loop = try EventLoop()
        self.incoming = incoming
        try executor.bind(loop)
        channel = try LineChannel(
            loop: loop,
            input: input,
            output: output,
            limits: LineLimits(lineBytes: LineCodec.maximumBytes),
            onLine: { [weak self] line in self?.received(line) },
            onClosed: { [weak self] reason in self?.closed(reason) }
        )
        watch = try loop.receive(from: outgoing) { [weak self] messages in
            for message in messages { self?.handle(message) }
        }
    }

    func run() throws(IOFailure) -> Int32 {
        try loop.run()
        channel?.close()
        watch?.cancel()
        return status
    }

    private func received(_ line: [UInt8]) {
        guard case .dropped = incoming.yield(.line(line)) else { return }
        channel?.close()
        loop.stop()
    }

    private func closed(_ reason: LineChannel.CloseReason) {
        switch reason {
        case .sent: loop.stop()
        case .endOfStream: incoming.yield(.endOfInput)
        case .lineTooLong: incoming.yield(.broken("the core sent \(LineRefusal.tooLong)"))
        case .outputOverflow: incoming.yield(.broken("the core does not read"))
        case .ioError(let code): incoming.yield(.broken(IOFailure.text(of: code)))
        }
    }

    func handle(_ message: AdapterLink.Outgoing) {
        switch message {
        case .line(let line): _ = channel?.send(line)
        case .notification(let entry):
            pacer.add(entry)
            pace()
        case .letNotificationsGo:
            isPacerOpen = true
            pace()
        case .finish(let status):
            self.status = status
            isPacerOpen = false
            finish()
        }
    }

    private func finish() {
        guard let channel else { return loop.stop() }
        channel.closeWhenSent()
        loop.schedule(afterMilliseconds: LinkThread.finishMilliseconds) { [weak self] in self?.loop.stop() }
        if channel.pendingOutputBytes == 0 { loop.schedule(afterMilliseconds: 0) { [weak self] in self?.loop.stop() } }
    }

    private func pace() {
        guard isPacerOpen else { return }
        while let line = pacer.take(at: Clocks.bootMilliseconds()) { _ = channel?.send(line) }
        guard let delay = pacer.millisecondsUntilNext(), !isPacerTimed else { return }
        isPacerTimed = true
        loop.schedule(afterMilliseconds: delay) { [weak self] in
            self?.isPacerTimed = false
            self?.pace()
        }
    }
}
