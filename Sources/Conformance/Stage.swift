import Glibc
import LinuxIO

/// Where a run takes place: one loop, which turns only while somebody waits, and one folder for everything.
final class Stage {
    let loop: EventLoop
    let spawner: Spawner
    /// Removed by ``clear()``.
    let folder: String

    init() throws(IOFailure) {
        try Signals.ignoreBrokenPipes()
        loop = try EventLoop()
        spawner = try Spawner(loop: loop)
        var template = Array("/tmp/lockbridge-conform-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw .last("mkdtemp") }
        folder = String(cString: made)
    }

    /// Turns the loop until the condition holds or the time is over.
    /// - Returns: whether it holds.
    func wait(milliseconds: Int64, until condition: () -> Bool) throws -> Bool {
        if condition() { return true }
        var isOver = false
        let alarm = loop.schedule(afterMilliseconds: milliseconds) { isOver = true }
        defer {
            loop.cancel(alarm)
            loop.onTurnEnd = nil
        }
        return try withoutActuallyEscaping(condition) { condition in
            loop.onTurnEnd = { [loop] in if isOver || condition() { loop.stop() } }
            try loop.run()
            loop.onTurnEnd = nil
            return condition()
        }
    }

    /// Asks again and again, a few milliseconds apart, until the condition holds or the time is over; the condition may itself wait.
    /// - Returns: whether it holds.
    func poll(milliseconds: Int64, until condition: () throws -> Bool) throws -> Bool {
        let end = Clocks.bootMilliseconds() + milliseconds
        while try !condition() {
            if Clocks.bootMilliseconds() >= end { return false }
            try pass(milliseconds: 5)
        }
        return true
    }

    /// Lets everything that comes within so long come.
    func pass(milliseconds: Int64) throws { _ = try wait(milliseconds: milliseconds) { false } }

    /// Starts a program and waits until it runs.
    func spawn(_ request: SpawnRequest) throws -> ChildProcess {
        var answer: Result<ChildProcess, SpawnFailure>?
        spawner.spawn(request) { answer = $0 }
        _ = try wait(milliseconds: 10_000) { answer != nil }
        guard let answer else { throw Finding.notReached("\(request.executable) was not started within 10 s") }
        return try answer.get()
    }
}
