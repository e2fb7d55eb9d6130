import Glibc
import LinuxIO
import Testing

@Suite("Line channel")
struct LineChannelTests {
    private typealias Reason = LineChannel.CloseReason

    /// A channel on one end of a socket pair, and the raw other end.
    private func channel(
        on loop: EventLoop,
        limits: LineLimits = LineLimits(),
        onLine: @escaping ([UInt8]) -> Void = { _ in },
        onClosed: @escaping (LineChannel.CloseReason) -> Void = { _ in }
    ) throws -> (channel: LineChannel, peer: OwnedDescriptor) {
        let (ours, theirs) = try UnixSocket.pair()
        let channel = try LineChannel(loop: loop, input: ours, output: ours, limits: limits, onLine: onLine, onClosed: onClosed)
        return (channel, theirs)
    }

    @Test("lines come out whole however the writes were split, then the end of the stream")
    func linesThenEnd() throws {
        let lines = Seen<String>()
        let reasons = Seen<Reason>()
        try withLoop { loop in
            let (_, peer) = try channel(
                on: loop,
                onLine: { lines.values.append(text($0)) },
                onClosed: { reason in
                    reasons.values.append(reason)
                    loop.stop()
                }
            )
            var pieces = ["on", "e\ntw", "o\n", "\nfour\nunfinished"]
            func writeNext() {
                guard !pieces.isEmpty else { return peer.close() }
                #expect(writeAll(bytes(pieces.removeFirst()), to: peer))
                loop.schedule(afterMilliseconds: 1) { writeNext() }
            }
            writeNext()
        }
        #expect(lines.values == ["one", "two", "", "four"])
        #expect(reasons.values == [.endOfStream])
    }

    @Test("two channels over pipes carry lines of every size up to the limit, and one byte more closes")
    func sizes() throws {
        let lengths = [0, 1, 4_095, 4_096, 65_535, 65_536]
        let received = Seen<Int>()
        let reasons = Seen<Reason>()
        try withLoop { loop in
            let there = try OwnedDescriptor.pipe()
            let back = try OwnedDescriptor.pipe()
            let limits = LineLimits(outputBytes: 1_000_000)
            let sender = try LineChannel(
                loop: loop,
                input: back.reading,
                output: there.writing,
                limits: limits,
                onLine: { _ in },
                onClosed: { _ in }
            )
            _ = try LineChannel(
                loop: loop,
                input: there.reading,
                output: back.writing,
                limits: LineLimits(lineBytes: 65_536),
                onLine: { line in
                    received.values.append(line.count)
                    if received.values.count == lengths.count {
                        #expect(writeAll([0x78], to: there.writing))
                        let endless = [UInt8](repeating: 0x78, count: 65_536)
                        #expect(sender.send(endless) == .queued)
                    }
                },
                onClosed: { reason in
                    reasons.values.append(reason)
                    loop.stop()
                }
            )
            for length in lengths { #expect(sender.send([UInt8](repeating: 0x78, count: length)) == .queued) }
        }
        #expect(received.values == lengths)
        #expect(reasons.values == [.lineTooLong])
    }

    @Test("what is no line is refused and nothing of it is sent")
    func notALine() throws {
        try withLoop { loop in
            let (channel, peer) = try channel(on: loop, limits: LineLimits(lineBytes: 8))
            #expect(channel.send(bytes("two\nlines")) == .notALine)
            #expect(channel.send(bytes("too long!")) == .notALine)
            #expect(channel.send(bytes("fine")) == .queued)
            var room = [UInt8](repeating: 0, count: 64)
            #expect(read(peer.number, &room, room.count) == 5)
            loop.stop()
        }
    }

    @Test("a reader that does not read overflows the bound, and the channel closes for that reason")
    func overflow() throws {
        let reasons = Seen<Reason>()
        try withLoop { loop in
            let (channel, peer) = try channel(
                on: loop,
                limits: LineLimits(outputBytes: 10_000),
                onClosed: { reason in
                    reasons.values.append(reason)
                    loop.stop()
                }
            )
            let line = [UInt8](repeating: 0x78, count: 999)
            var answers: [LineChannel.Sent] = []
            repeat { answers.append(channel.send(line)) } while answers.last == .queued && answers.count < 10_000
            #expect(answers.last == .overflow)
            #expect(channel.send(line) == .closed)
            #expect(channel.pendingOutputBytes == 0)
            #expect(peer.number >= 0)
        }
        #expect(reasons.values == [.outputOverflow])
    }

    @Test("what waits is written when the reader reads again, whole and in order")
    func slowReader() throws {
        let received = Seen<Int>()
        try withLoop { loop in
            let (left, right) = try UnixSocket.pair()
            let sender = try LineChannel(
                loop: loop,
                input: left,
                output: left,
                limits: LineLimits(outputBytes: 4_000_000),
                onLine: { _ in },
                onClosed: { _ in }
            )
            let reader = try LineChannel(
                loop: loop,
                input: right,
                output: right,
                onLine: { line in
                    received.values.append(Int(text(line).prefix { $0 != " " }) ?? -1)
                    if received.values.count == 2_000 { loop.stop() }
                },
                onClosed: { _ in }
            )
            reader.pauseReading()
            let filler = " " + String(repeating: "y", count: 1_000)
            for number in 0..<2_000 { #expect(sender.send(bytes("\(number)" + filler)) == .queued) }
            #expect(sender.pendingOutputBytes > 0)
            loop.schedule(afterMilliseconds: 5) { reader.resumeReading() }
        }
        #expect(received.values == Array(0..<2_000))
    }

    @Test("a paused channel delivers nothing, not even lines it has read, until it is resumed")
    func pause() throws {
        let lines = Seen<String>()
        let reasons = Seen<Reason>()
        try withLoop { loop in
            let (ours, peer) = try UnixSocket.pair()
            let own = Seen<LineChannel>()
            own.values.append(
                try LineChannel(
                    loop: loop,
                    input: ours,
                    output: ours,
                    onLine: { line in
                        lines.values.append(text(line))
                        guard text(line) == "b" else { return }
                        own.values[0].pauseReading()
                        loop.schedule(afterMilliseconds: 10) {
                            #expect(lines.values == ["a", "b"])
                            own.values[0].resumeReading()
                        }
                    },
                    onClosed: { reason in
                        reasons.values.append(reason)
                        loop.stop()
                    }
                )
            )
            #expect(writeAll(bytes("a\nb\nc\nd\n"), to: peer))
            peer.close()
        }
        #expect(lines.values == ["a", "b", "c", "d"])
        #expect(reasons.values == [.endOfStream])
    }

    @Test("a flood on one channel leaves the other its share of every turn")
    func fairness() throws {
        let flooded = Seen<Int>()
        try withLoop { loop in
            let (floodEnd, flood) = try UnixSocket.pair()
            _ = try LineChannel(
                loop: loop,
                input: floodEnd,
                output: floodEnd,
                onLine: { flooded.values.append($0.count) },
                onClosed: { _ in }
            )
            let (quiet, peer) = try channel(on: loop, onLine: { _ in loop.stop() })
            let load = bytes(String(repeating: "flood\n", count: 5_000))
            _ = try loop.watch(flood.number, readable: false, writable: true) { _ in
                _ = write(flood.number, load, load.count)
            }
            loop.schedule(afterMilliseconds: 20) { #expect(writeAll(bytes("heard\n"), to: peer)) }
            #expect(quiet.pendingOutputBytes == 0)
        }
        #expect(!flooded.values.isEmpty)
    }

    @Test("the last lines of a peer that has gone are read although nothing can be written to it")
    func lastWords() throws {
        let lines = Seen<String>()
        let reasons = Seen<Reason>()
        try withLoop { loop in
            let toChild = try OwnedDescriptor.pipe()
            let fromChild = try OwnedDescriptor.pipe()
            let channel = try LineChannel(
                loop: loop,
                input: fromChild.reading,
                output: toChild.writing,
                onLine: { lines.values.append(text($0)) },
                onClosed: { reason in
                    reasons.values.append(reason)
                    loop.stop()
                }
            )
            #expect(writeAll(bytes("answer\nlast word\n"), to: fromChild.writing))
            toChild.reading.close()
            #expect(channel.send(bytes("are you there?")) == .closed)
        }
        #expect(lines.values == ["answer", "last word"])
        #expect(reasons.values == [.ioError(EPIPE)])
    }

    @Test("closing when sent loses nothing of what waits")
    func closeWhenSent() throws {
        let reasons = Seen<Reason>()
        let received = Seen<Int>()
        try withLoop { loop in
            let (left, right) = try UnixSocket.pair()
            let sender = try LineChannel(
                loop: loop,
                input: left,
                output: left,
                limits: LineLimits(outputBytes: 4_000_000),
                onLine: { _ in },
                onClosed: { reasons.values.append($0) }
            )
            for _ in 0..<3_000 { #expect(sender.send([UInt8](repeating: 0x79, count: 1_000)) == .queued) }
            sender.closeWhenSent()
            #expect(sender.send([]) == .closed)
            _ = try LineChannel(
                loop: loop,
                input: right,
                output: right,
                onLine: { received.values.append($0.count) },
                onClosed: { reason in
                    #expect(reason == .endOfStream)
                    loop.stop()
                }
            )
        }
        #expect(received.values == Array(repeating: 1_000, count: 3_000))
        #expect(reasons.values == [.sent])
    }

    @Test("after close no handler is called, although lines and the end are waiting")
    func closeIsFinal() throws {
        let calls = Seen<String>()
        try withLoop { loop in
            let (channel, peer) = try channel(
                on: loop,
                onLine: { calls.values.append(text($0)) },
                onClosed: { _ in calls.values.append("closed") }
            )
            #expect(writeAll(bytes("a\nb\n"), to: peer))
            peer.close()
            channel.close()
            loop.schedule(afterMilliseconds: 10) { loop.stop() }
        }
        #expect(calls.values.isEmpty)
    }

    /// What the other end of a socket has got so far.
    private func got(_ peer: OwnedDescriptor) -> String {
        var room = [UInt8](repeating: 0, count: 1 << 20)
        let count = recv(peer.number, &room, room.count, Int32(MSG_DONTWAIT))
        return text(Array(room[..<max(count, 0)]))
    }

    @Test("the first line of a turn leaves at once, those after it together when the turn ends, also what its end sends")
    func oncePerTurn() throws {
        try withLoop { loop in
            let (channel, peer) = try channel(on: loop)
            var isLast = false
            loop.onTurnEnd = {
                guard !isLast else { return }
                isLast = true
                #expect(channel.send(bytes("three")) == .queued)
                #expect(got(peer) == "")
            }
            loop.schedule(afterMilliseconds: 0) {
                #expect(channel.send(bytes("one")) == .queued)
                #expect(got(peer) == "one\n")
                #expect(channel.send(bytes("two")) == .queued)
                #expect(got(peer) == "")
                loop.schedule(afterMilliseconds: 0) {
                    #expect(got(peer) == "two\nthree\n")
                    #expect(channel.send(bytes("four")) == .queued)
                    #expect(got(peer) == "four\n")
                    loop.stop()
                }
            }
        }
    }

    @Test("much of it does not wait for the turn's end")
    func muchInOneTurn() throws {
        try withLoop { loop in
            let (channel, peer) = try channel(on: loop)
            loop.schedule(afterMilliseconds: 0) {
                for _ in 0..<40 { #expect(channel.send([UInt8](repeating: 0x79, count: 1023)) == .queued) }
                #expect(got(peer).utf8.count > 32 * 1024)
                loop.stop()
            }
        }
    }

    @Test("what waits for the turn's end is sent when the channel is closed before")
    func closedWithinTurn() throws {
        try withLoop { loop in
            let (channel, peer) = try channel(on: loop)
            loop.schedule(afterMilliseconds: 0) {
                for line in ["one", "two", "three"] { #expect(channel.send(bytes(line)) == .queued) }
                channel.close()
                #expect(got(peer) == "one\ntwo\nthree\n")
                loop.stop()
            }
        }
    }
}
