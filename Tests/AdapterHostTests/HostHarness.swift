import AdapterProtocol
import Glibc
import LinuxIO
import Logging
import Synchronization
import Testing
import WireBytes

@testable import AdapterHost

/// Gathers log lines from the loop's thread.
final class LogLines: Sendable {
    private let lines = Mutex<[String]>([])
    var all: [String] { lines.withLock { $0 } }
    fileprivate func add(_ line: String) { lines.withLock { $0.append(line) } }
}

private struct Gathering: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .debug
    let lines: LogLines
    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }
    func log(event: LogEvent) { lines.add(event.message.description) }
}

/// Tests with real processes hold a thread of the test runner each; one at a time leaves the others theirs.
@Suite("With real children", .serialized)
enum RealChildren {}

/// A loop with a spawner and an empty folder, on the test's thread.
final class HostHarness {
    let loop: EventLoop
    let spawner: Spawner
    let folder: String
    let logLines = LogLines()
    let log: Logger

    /// Runs `body` and then the loop until it is stopped; records an issue after twenty seconds.
    static func run(_ body: (HostHarness) throws -> Void) throws {
        let harness = try HostHarness()
        try body(harness)
        let watchdog = harness.loop.schedule(afterMilliseconds: 20_000) {
            Issue.record("nothing stopped the loop within twenty seconds; the log: \(harness.logLines.all)")
            harness.loop.stop()
        }
        try harness.loop.run()
        harness.loop.cancel(watchdog)
        PrivateFolder.remove(harness.folder)
    }

    private init() throws {
        try Signals.ignoreBrokenPipes()
        loop = try EventLoop()
        spawner = try Spawner(loop: loop)
        var template = Array("/tmp/host-XXXXXX".utf8CString)
        folder = try #require(mkdtemp(&template).map { String(cString: $0) })
        let lines = logLines
        log = Logger(label: "test") { _ in Gathering(lines: lines) }
    }

    /// A child that is a shell script, with timings that make a test quick.
    func shell(_ script: String, _ change: (inout ChildPlan) -> Void = { _ in }) -> ChildSupervisor {
        var plan = ChildPlan(
            name: "child", executable: "/bin/sh", arguments: ["-c", script], folder: folder + "/child",
            identity: .init(name: "good", version: "1.0.0"), gateway: "gw-test", config: ["host": "h"])
        plan.timings = HostHarness.quick
        change(&plan)
        return ChildSupervisor(plan, loop: loop, spawner: spawner, log: log)
    }

    /// No restarts within a test, and short waits.
    static var quick: ChildTimings {
        var timings = ChildTimings()
        timings.greetingMilliseconds = 5000
        timings.firstRestartMilliseconds = 1
        timings.longestRestartMilliseconds = 2
        timings.shutdownMilliseconds = 5000
        return timings
    }

    /// Runs a script until its first life ends, and tells why.
    static func causeOfDeath(
        _ script: String, _ change: (inout ChildPlan) -> Void = { _ in }, up: @escaping (ChildSupervisor) -> Void = { _ in }
    ) throws -> DownCause? {
        var cause: DownCause?
        try run { harness in
            let child = harness.shell(script, change)
            child.onUp = { _ in up(child) }
            child.onDown = { down in
                cause = cause ?? down
                // Nothing more of it: a restart would only go on beside the test.
                child.stop { harness.loop.stop() }
            }
            child.start()
        }
        return cause
    }

    /// Answers `initialize` as the harness's plans expect it.
    static let greeting = #"""
        read line
        printf '%s\n' '{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":1,"name":"good","version":"1.0.0"}}'

        """#
}
