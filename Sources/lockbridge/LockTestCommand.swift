import AdapterProtocol
import ArgumentParser
import LinuxIO
import LockModel
import WireBytes

/// `lockbridge lock test`
struct LockTestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test", abstract: "Open and relock a door many times while commissioning, and time it.",
        discussion: """
            Each cycle unlocks, waits until the lock itself says locked, and goes on; the first failure ends it. The time until secured includes
            --open-seconds. Only before `lockbridge handover`; stay at the door.
            """)
    @OptionGroup var options: HomeOptions
    @OptionGroup var output: OutputOptions
    @Argument(help: "The lock's name.") var name: String
    @Option(name: .long, help: "How many times, 1 to 1000.") var cycles = 10
    @Option(name: .long, help: "For how long it is open each time, in seconds.") var openSeconds = 2

    func validate() throws {
        guard (1...1000).contains(cycles) else { throw ValidationError("--cycles: 1 to 1000") }
    }

    func run() throws {
        let request = LockCommandRequest(lock: try parsed(name, "lock"), openSeconds: openSeconds)
        let client = try AdminClient(home: options.home)
        var times: [CycleTimes] = []
        var failure: CommandFailure?
        for cycle in 1...cycles {
            do {
                let time = try LockTestCommand.cycle(client, request)
                times.append(time)
                if !output.json { Terminal.print("\(cycle)/\(cycles)  opened \(time.opening) ms, locked \(time.locking) ms") }
            } catch let stopped as CommandFailure {
                failure = stopped
                break
            }
        }
        let report = LockTestReport(lock: request.lock, cycles: cycles, times: times, failure: failure)
        if output.json { try Terminal.json(report) } else { report.show() }
        if let failure { throw failure }
    }

    /// One opening, from its acceptance to the lock's own word that it is locked again.
    /// - Throws: `CommandFailure` with the reason, where it was refused, failed, or nobody knows whether it opened.
    static func cycle(_ client: AdminClient, _ request: LockCommandRequest) throws -> CycleTimes {
        var accepted: Int64?
        var unlocked: Int64?
        var doubt: Reason?
        let _: Reply = try client.call(.lockUnlock, request) { notification, params in
            guard notification == .reply else { return }
            let reply = try StrictJSON.decode(Reply.self, from: .object(params))
            switch reply.status {
            case .accepted: accepted = Clocks.bootMilliseconds()
            case .unlocked: unlocked = Clocks.bootMilliseconds()
            case .unknown: doubt = reply.reason
            case .refused, .failed, .secured: break
            }
        }
        let secured = Clocks.bootMilliseconds()
        guard let accepted, let unlocked else {
            throw CommandFailure.refused(doubt ?? .timeout, "Nobody knows whether it opened; it is locked now.")
        }
        return CycleTimes(opening: unlocked - accepted, locking: secured - unlocked)
    }
}

/// How long a cycle's two halves took, in milliseconds.
struct CycleTimes {
    /// From accepted to unlocked.
    var opening: Int64
    /// From unlocked to secured.
    var locking: Int64
}

/// What a test of a lock came to.
struct LockTestReport: Encodable {
    struct Failure: Encodable {
        let cycle: Int
        let reason: Reason?
        let message: String
    }

    let lock: LockID
    let cycles: Int
    let succeeded: Int
    let acceptedToUnlockedMilliseconds: Spread?
    let unlockedToSecuredMilliseconds: Spread?
    let failure: Failure?

    init(lock: LockID, cycles: Int, times: [CycleTimes], failure: CommandFailure?) {
        self.lock = lock
        self.cycles = cycles
        succeeded = times.count
        acceptedToUnlockedMilliseconds = Spread(times.map(\.opening))
        unlockedToSecuredMilliseconds = Spread(times.map(\.locking))
        self.failure = failure.map { Failure(cycle: times.count + 1, reason: $0.reason, message: $0.message) }
    }

    /// In 40 columns.
    func show() {
        Terminal.print("\(succeeded) of \(cycles) succeeded")
        guard let opening = acceptedToUnlockedMilliseconds, let locking = unlockedToSecuredMilliseconds else { return }
        func row(_ name: String, _ value: (Spread) -> Int64) -> [String] { [name, "\(value(opening))", "\(value(locking))"] }
        Terminal.table([
            ["ms", "to unlocked", "to secured"], row("min", \.min), row("median", \.median), row("p95", \.p95), row("max", \.max),
        ])
    }
}
