import Glibc

/// How long lines may be and how much may wait to be written.
package struct LineLimits: Sendable {
    /// The longest line in either direction, in bytes without LF.
    package var lineBytes: Int
    /// How many bytes may wait for a reader that is slow.
    package var outputBytes: Int

    package init(lineBytes: Int = 65_536, outputBytes: Int = 256 * 1024) {
        self.lineBytes = lineBytes
        self.outputBytes = outputBytes
    }
}

/// Lines of bytes, ended by LF, over a socket or a pair of pipes, on an ``EventLoop``.
///
/// The one transport of every line protocol in the house, in the core and in its children.
/// - Guarantees: `onLine` gets each whole line once and in order; `onClosed` is called once, in a turn of its own, after the
///   last line, and not at all after ``close()``. A turn reads at most 64 KiB, so that a flood here leaves the others their share.
/// - Does not look into lines: an empty one is delivered, bytes that are no UTF-8 are delivered.
/// - A last line without LF is not delivered.
///
/// The loop keeps the channel alive until it has closed; hold the channel's owner weakly in the two handlers.
package final class LineChannel {
    /// Why a channel closed by itself.
    package enum CloseReason: Equatable, Sendable {
        /// The other side has ended its output.
        case endOfStream
        /// It sent a line beyond the limit.
        case lineTooLong
        /// It did not read, and the output waiting for it passed the limit.
        case outputOverflow
        /// A read or a write failed with this errno; EPIPE: the other side reads no more.
        case ioError(Int32)
        /// Everything was written, after ``closeWhenSent()``.
        case sent
    }

    /// What became of a line.
    package enum Sent: Equatable, Sendable {
        /// Written, or waiting to be.
        case queued
        /// Too much waits already. The line was not taken, and the channel closes: a stream with a line missing is no use.
        case overflow
        /// The channel is closed or closing. The line was not taken.
        case closed
        /// It holds an LF or is longer than the limit, which is a fault of the caller's. The line was not taken.
        case notALine
    }

    private enum Phase {
        case open
        /// Writing out what waits, reading nothing.
        case finishing
        /// Nothing can be written any more (with this errno); so many more reads fetch what had come before.
        case broken(Int32, reads: Int)
        case closed
    }

    private static let bytesPerTurn = 64 * 1024
    /// So much is written without waiting for the turn's end.
    private static let bytesPerWrite = 32 * 1024
    /// As much as the kernel may hold for a socket by default, and more than a pipe holds.
    private static let readsAfterBreak = 8

    private let loop: EventLoop
    private let input: OwnedDescriptor
    private let output: OwnedDescriptor
    private let onLine: ([UInt8]) -> Void
    private let onClosed: (CloseReason) -> Void
    private let limits: LineLimits
    private var splitter: LineSplitter
    private var waiting: OutputBuffer
    private var phase = Phase.open
    private var isPaused = false
    private var isDelivering = false
    /// A line left in this turn; what follows it is written when the turn ends.
    private var isFlushDue = false
    private var inputWatch: Watch?
    private var outputWatch: Watch?
    private var later: TimerToken?

    /// A channel that reads from its first turn on. It owns both descriptors (which may be the same socket), makes them
    /// non-blocking and closes them.
    /// - Throws: ``IOFailure`` when one cannot be waited for; EPERM means a regular file. The descriptors are then still open.
    package init(
        loop: EventLoop,
        input: OwnedDescriptor,
        output: OwnedDescriptor,
        limits: LineLimits = LineLimits(),
        onLine: @escaping ([UInt8]) -> Void,
        onClosed: @escaping (CloseReason) -> Void
    ) throws(IOFailure) {
        self.loop = loop
        self.input = input
        self.output = output
        self.limits = limits
        self.onLine = onLine
        self.onClosed = onClosed
        splitter = LineSplitter(limit: limits.lineBytes)
        waiting = OutputBuffer(limit: limits.outputBytes)
        try input.setNonBlocking()
        try output.setNonBlocking()
        inputWatch = try loop.watch(input.number, readable: true, writable: false) { [self] readiness in
            if sharesDescriptor && !waiting.isEmpty { flush() }
            if readiness != .writable { read() }
        }
    }

    /// Bytes that wait to be written.
    package var pendingOutputBytes: Int { waiting.count }

    // MARK: - Sending

    /// Sends one line; the channel adds the LF. The first of a turn is written at once, so that the other side is at it while we go on;
    /// those that follow are written together when the turn ends, so that it is not woken for each. What the kernel does not take waits.
    package func send(_ line: [UInt8]) -> Sent {
        guard case .open = phase else { return .closed }
        guard line.count <= limits.lineBytes, !line.contains(0x0A) else { return .notALine }
        let nothingWaited = waiting.isEmpty
        guard waiting.append(line: line) else {
            end(.outputOverflow)
            return .overflow
        }
        if nothingWaited && !isFlushDue {
            isFlushDue = true
            loop.flushAtTurnEnd { [self] in
                isFlushDue = false
                if !waiting.isEmpty { flush() }
            }
            flush()
        } else if isFlushDue && waiting.count >= LineChannel.bytesPerWrite {
            flush()
        }
        guard case .open = phase else { return .closed }
        return .queued
    }

    private func flush() {
        if case .closed = phase { return }
        let failure = waiting.write(to: output.number)
        switch (failure, phase) {
        case (0, .finishing): end(.sent)
        case (0, _), (EAGAIN, _): updateInterest()
        case (_, .open):
            // What the other side wrote before it went is still to be read: its last answer may be among it.
            waiting.removeAll()
            phase = .broken(failure, reads: LineChannel.readsAfterBreak)
            updateInterest()
            continueInNextTurn()
        default: end(.ioError(failure))
        }
    }

    // MARK: - Reading

    /// Delivers no more lines until ``resumeReading()``; may be called in `onLine`. The other side then waits, and its going
    /// is noticed only after resuming.
    package func pauseReading() {
        isPaused = true
        updateInterest()
    }

    /// Goes on after ``pauseReading()``; lines that had come are delivered in the next turn.
    package func resumeReading() {
        guard isPaused else { return }
        isPaused = false
        updateInterest()
        continueInNextTurn()
    }

    private func read() {
        deliver()
        guard canRead else { return }
        let got = withUnsafeTemporaryAllocation(byteCount: LineChannel.bytesPerTurn, alignment: 1) { room in
            let got = Glibc.read(input.number, room.baseAddress, room.count)
            if got > 0 { splitter.append(UnsafeRawBufferPointer(rebasing: room[..<got])) }
            return got
        }
        let failure = got < 0 ? errno : 0
        if got > 0 { deliver() }
        switch phase {
        case .open where got == 0: end(.endOfStream)
        case .open where got < 0 && failure != EAGAIN && failure != EINTR: end(.ioError(failure))
        case .broken(let code, let reads) where got > 0 && reads > 0:
            phase = .broken(code, reads: reads - 1)
            continueInNextTurn()
        case .broken where isPaused: break
        case .broken(let code, _): end(.ioError(code))
        case .open, .finishing, .closed: break
        }
    }

    private func deliver() {
        guard !isDelivering else { return }
        isDelivering = true
        defer { isDelivering = false }
        while canRead {
            switch splitter.next() {
            case .line(let line): onLine(line)
            case .needsMore: return
            case .tooLong: return end(.lineTooLong)
            }
        }
    }

    private var canRead: Bool {
        switch phase {
        case .open, .broken: !isPaused
        case .finishing, .closed: false
        }
    }

    // MARK: - Closing

    /// Closes at once; what the kernel does not take at once is lost and no handler is called any more.
    package func close() {
        if isFlushDue, case .open = phase { _ = waiting.write(to: output.number) }
        phase = .closed
        release()
        if let later { loop.cancel(later) }
        later = nil
    }

    /// Reads no more, writes what waits, then closes with ``CloseReason/sent``. Takes as long as the other side does: the
    /// owner keeps the time.
    package func closeWhenSent() {
        guard case .open = phase else { return }
        phase = .finishing
        flush()
    }

    private func end(_ reason: CloseReason) {
        if case .closed = phase { return }
        phase = .closed
        release()
        if let later { loop.cancel(later) }
        later = loop.schedule(afterMilliseconds: 0) { [self] in
            later = nil
            onClosed(reason)
        }
    }

    private func release() {
        inputWatch?.cancel()
        outputWatch?.cancel()
        inputWatch = nil
        outputWatch = nil
        waiting.removeAll()
        input.close()
        output.close()
    }

    // MARK: - Interest

    private var sharesDescriptor: Bool { input.number == output.number }

    private func continueInNextTurn() {
        guard later == nil else { return }
        later = loop.schedule(afterMilliseconds: 0) { [self] in
            later = nil
            if case .broken = phase { read() } else { deliver() }
        }
    }

    private func updateInterest() {
        if case .closed = phase { return }
        let mustWrite = !waiting.isEmpty
        let mustRead = if case .open = phase { !isPaused } else { false }
        do {
            if sharesDescriptor {
                try inputWatch?.setInterest(readable: mustRead, writable: mustWrite)
            } else {
                try inputWatch?.setInterest(readable: mustRead, writable: false)
                if outputWatch == nil && mustWrite {
                    outputWatch = try loop.watch(output.number, readable: false, writable: true) { [self] _ in flush() }
                } else {
                    try outputWatch?.setInterest(readable: false, writable: mustWrite)
                }
            }
        } catch {
            end(.ioError(error.code))
        }
    }
}
