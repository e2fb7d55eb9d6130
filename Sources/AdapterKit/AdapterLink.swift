import AdapterProtocol
import LinuxIO
import Logging

/// Standard input and output of an adapter, on a thread of their own: lines come in as a bounded stream, lines go out by a mailbox.
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
    private let outgoing: Mailbox<Outgoing>

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
        incoming = stream
        self.outgoing = outgoing
        try DetachedThread.start(named: "link") {
            var status: Int32 = 1
            do throws(IOFailure) {
                let thread = try LinkThread(input: input, output: output, outgoing: outgoing, incoming: continuation)
                status = try thread.run()
            } catch {
                log.error("standard input or output is unusable: \(error)")
            }
            outgoing.close()
            continuation.finish()
            onEnd(status)
        }
    }

    /// Sends a line, in order with all others.
    func send(_ line: [UInt8]) { post(.line(line)) }

    /// Sends a notification when its turn comes.
    func notify(_ entry: NotificationPacer.Entry) { post(.notification(entry)) }

    /// Lets notifications go; until then they wait, because the answer to `initialize` is the first line.
    func letNotificationsGo() { post(.letNotificationsGo) }

    /// Writes what was sent before, then ends.
    func finish(_ status: Int32) { post(.finish(status)) }

    private func post(_ message: Outgoing) {
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
        incoming: AsyncStream<AdapterLink.Incoming>.Continuation
    ) throws(IOFailure) {
        loop = try EventLoop()
        self.incoming = incoming
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

    private func handle(_ message: AdapterLink.Outgoing) {
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
