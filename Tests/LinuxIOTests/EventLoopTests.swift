import Glibc
import Testing

@testable import LinuxIO

@Suite("Event loop")
struct EventLoopTests {
    @Test("timers fire in the order of their deadlines, equal ones in the order of scheduling")
    func timersInOrder() throws {
        let fired = Seen<String>()
        try withLoop { loop in
            let now = Clocks.bootMilliseconds()
            loop.schedule(atBootMilliseconds: now + 30) {
                fired.values.append("last")
                loop.stop()
            }
            loop.schedule(atBootMilliseconds: now + 20) { fired.values.append("first of two") }
            loop.schedule(atBootMilliseconds: now + 20) { fired.values.append("second of two") }
            loop.schedule(atBootMilliseconds: now - 5) { fired.values.append("overdue") }
        }
        #expect(fired.values == ["overdue", "first of two", "second of two", "last"])
    }

    @Test("a timer never fires before its time on the boot clock")
    func timersAreNeverEarly() throws {
        let fired = Seen<Int64>()
        let started = Clocks.bootMilliseconds()
        try withLoop { loop in
            for delay in Int64(1)...25 {
                loop.schedule(afterMilliseconds: delay) {
                    fired.values.append(Clocks.bootMilliseconds() - started - delay)
                    if fired.values.count == 25 { loop.stop() }
                }
            }
        }
        #expect(fired.values.count == 25)
        #expect(fired.values.allSatisfy { $0 >= 0 })
    }

    @Test("a cancelled timer does not fire, also when it was due in the same turn")
    func cancelledTimers() throws {
        let fired = Seen<String>()
        try withLoop { loop in
            let now = Clocks.bootMilliseconds()
            var second: TimerToken?
            loop.schedule(atBootMilliseconds: now) {
                fired.values.append("first")
                if let second { loop.cancel(second) }
            }
            second = loop.schedule(atBootMilliseconds: now) { fired.values.append("second") }
            loop.schedule(atBootMilliseconds: now + 2) { loop.stop() }
        }
        #expect(fired.values == ["first"])
    }

    @Test("ten thousand cancelled timers leave the others in order")
    func cancellingMany() {
        var queue = TimerQueue()
        let fired = Seen<Int64>()
        var tokens: [TimerToken] = []
        for index in Int64(0)..<10_000 {
            let due = (index * 7_919) % 10_007
            tokens.append(queue.schedule(atBootMilliseconds: due) { fired.values.append(due) })
        }
        for (index, token) in tokens.enumerated() where index % 100 != 0 { queue.cancel(token) }
        while let handler = queue.popDue(at: .max, before: queue.end) { handler() }
        #expect(fired.values.count == 100)
        #expect(fired.values == fired.values.sorted())
        #expect(queue.nextDue() == nil)
    }

    @Test("a timer that schedules itself for now does not starve the descriptors")
    func timersDoNotStarve() throws {
        let (reading, writing) = try OwnedDescriptor.pipe()
        try withLoop { loop in
            func again() {
                loop.schedule(afterMilliseconds: 0) { again() }
            }
            again()
            _ = try loop.watch(reading.number, readable: true, writable: false) { _ in loop.stop() }
            #expect(writeAll([1], to: writing))
        }
    }

    @Test("the end of a turn is told once, after all handlers of that turn")
    func turnEnd() throws {
        let seen = Seen<String>()
        try withLoop { loop in
            loop.onTurnEnd = { seen.values.append("end") }
            loop.schedule(afterMilliseconds: 0) { seen.values.append("timer") }
            loop.schedule(afterMilliseconds: 0) {
                seen.values.append("timer")
                loop.stop()
            }
        }
        #expect(seen.values == ["timer", "timer", "end"])
    }

    @Test("a cancelled watch hears nothing, not even what was ready in the same turn")
    func cancelledWatch() throws {
        let first = try OwnedDescriptor.pipe()
        let second = try OwnedDescriptor.pipe()
        let heard = Seen<Int>()
        try withLoop { loop in
            let watches = Seen<Watch>()
            for (index, pipe) in [first, second].enumerated() {
                let watch = try loop.watch(pipe.reading.number, readable: true, writable: false) { _ in
                    heard.values.append(index)
                    for watch in watches.values { watch.cancel() }
                    loop.stop()
                }
                watches.values.append(watch)
                #expect(writeAll([1], to: pipe.writing))
            }
        }
        #expect(heard.values.count == 1)
    }

    @Test("a hang-up does not spin a watch that waits for nothing")
    func idleHangup() throws {
        let (reading, writing) = try OwnedDescriptor.pipe()
        let heard = Seen<Readiness>()
        try withLoop { loop in
            _ = try loop.watch(reading.number, readable: false, writable: false) { heard.values.append($0) }
            writing.close()
            loop.schedule(afterMilliseconds: 20) { loop.stop() }
        }
        #expect(heard.values.isEmpty)
    }

    @Test("a regular file cannot be waited for, and that is said")
    func regularFile() throws {
        let folder = try TemporaryFolder()
        let file = OwnedDescriptor(taking: open(folder.file("plain"), O_CREAT | O_RDWR, 0o600))
        let loop = try EventLoop()
        #expect(throws: IOFailure(call: "epoll_ctl", code: EPERM)) {
            try loop.watch(file.number, readable: true, writable: false) { _ in }
        }
    }
}
