import Glibc
import LinuxIO
import Logging
import Testing

@Suite("Clocks, signals, memory, log")
struct ProcessTests {
    @Test("the boot clock never goes back and the wall clock tells the time")
    func clocks() {
        let first = Clocks.bootMilliseconds()
        let second = Clocks.bootMilliseconds()
        #expect(first > 0 && second >= first)
        #expect(abs(Clocks.wallMilliseconds() / 1000 - Int64(time(nil))) <= 1)
    }

    @Test("the boot has a name of 36 characters that stays")
    func bootID() throws {
        let name = try Clocks.bootID()
        #expect(name.utf8.count == 36)
        #expect(try Clocks.bootID() == name)
    }

    @Test("a signal becomes an event of the loop and does nothing else")
    func signals() throws {
        let seen = Seen<Int32>()
        try withLoop { loop in
            let watch = try Signals.watch([SIGHUP, SIGUSR1], on: loop) { signal in
                seen.values.append(signal)
                if seen.values.count == 2 { loop.stop() }
            }
            // To this thread alone: the suite's other threads do not block it.
            pthread_kill(pthread_self(), SIGHUP)
            loop.schedule(afterMilliseconds: 1) { pthread_kill(pthread_self(), SIGUSR1) }
            _ = watch
        }
        #expect(seen.values == [SIGHUP, SIGUSR1])
    }

    @Test("memory and processor time are read for a living process and are nothing for one that has gone")
    func use() {
        let own = ProcessUse.ofChild(getpid())
        #expect(own.residentBytes > 1_000_000 && own.processes >= 1)
        let end = Clocks.bootMilliseconds() + 60
        while Clocks.bootMilliseconds() < end {}
        #expect(ProcessUse.ofChild(getpid()).processorMilliseconds > own.processorMilliseconds)
        #expect(ProcessUse.ofChild(Int32.max).processes == 0)
    }

    @Test("a file beyond a page is refused, one of a page is read whole")
    func smallFiles() throws {
        let folder = try TemporaryFolder()
        for (name, count) in [("page", 4096), ("more", 4097)] {
            let file = OwnedDescriptor(taking: open(folder.file(name), O_CREAT | O_WRONLY, 0o600))
            #expect(writeAll([UInt8](repeating: 0x78, count: count), to: file))
        }
        #expect(try SmallFile.bytes(at: folder.file("page")).count == 4096)
        #expect(throws: IOFailure(call: "read", code: EFBIG)) { try SmallFile.bytes(at: folder.file("more")) }
        #expect(throws: IOFailure(call: "open", code: ENOENT)) { try SmallFile.bytes(at: folder.file("none")) }
    }

    @Test("a log event is one line whatever it carries, and never waits for its reader")
    func log() throws {
        let (reading, writing) = try OwnedDescriptor.pipe()
        var handler = StandardErrorLog(target: "bus", descriptor: writing.number)
        handler.metadata = ["client": "gw-1"]
        let logger = Logger(label: "test", factory: { [handler] _ in handler })
        logger.warning("lost\nerror core: forged", metadata: ["reason": "a\u{1B}[2J\r\u{2028}b", "attempt": "3"])
        var room = [UInt8](repeating: 0, count: 8192)
        let got = read(reading.number, &room, room.count)
        let line = text(Array(room[..<got]))
        #expect(
            line
                == "warning bus: lost\\u{a}error core: forged attempt=3 client=gw-1 reason=a\\u{1b}[2J\\u{d}\\u{2028}b\n"
        )

        logger.info("\(String(repeating: "x", count: 10_000))")
        #expect(read(reading.number, &room, room.count) == 4096)
        for _ in 0..<100 { logger.info("\(String(repeating: "x", count: 5_000))") }
        writing.close()
        var total = 0
        while case let got = read(reading.number, &room, room.count), got > 0 { total += got }
        #expect(total > 0 && total % 4096 == 0 && total < 100 * 4096)
    }
}
