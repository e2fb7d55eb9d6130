import Glibc

/// The monotonic clock, in nanoseconds.
func nanoseconds() -> UInt64 {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec)
}

/// One round under way: when each command was sent and how far it got, and everything that came twice or never should have.
struct Round {
    struct Progress {
        var sentAt: UInt64 = 0
        var acceptedAt: UInt64 = 0
        var unlockedAt: UInt64 = 0
        var securedAt: UInt64 = 0
        /// Replies to the `lock` that follows.
        var lockAccepted: UInt8 = 0
        var lockSecured: UInt8 = 0
    }

    let commands: SignedCommands
    let number: UInt8
    var progress: [Progress]
    var sent = 0
    var done = 0
    var locksDone = 0
    var startedAt: UInt64 = 0
    var endedAt: UInt64 = 0
    var messages = 0
    var bytes = 0
    /// What should not have happened, in words; only the first ones are kept.
    var faults: [String] = []

    init(_ commands: SignedCommands, number: UInt8) {
        self.commands = commands
        self.number = number
        progress = Array(repeating: Progress(), count: commands.count)
    }

    mutating func fault(_ words: @autoclosure () -> String) {
        if faults.count < 8 { faults.append(words()) }
    }
}

/// Rounds of one window, put together.
struct Measurement {
    var commands = 0
    var seconds = 0.0
    /// Milliseconds from sending the unlock.
    var accepted: [Double] = []
    var unlocked: [Double] = []
    var secured: [Double] = []
    var messages = 0
    var bytes = 0
    /// Processor time by part of the tree, in milliseconds.
    var processor: [String: Double] = [:]

    mutating func add(_ round: Round) {
        commands += round.commands.count
        seconds += Double(round.endedAt - round.startedAt) / 1e9
        messages += round.messages
        bytes += round.bytes
        for progress in round.progress {
            accepted.append(Double(progress.acceptedAt &- progress.sentAt) / 1e6)
            unlocked.append(Double(progress.unlockedAt &- progress.sentAt) / 1e6)
            secured.append(Double(progress.securedAt &- progress.sentAt) / 1e6)
        }
    }

    mutating func add(processor used: [String: Double]) { processor.merge(used) { $0 + $1 } }

    var perSecond: Double { seconds > 0 ? Double(commands) / seconds : 0 }

    func perThousand(_ part: String) -> Double { commands > 0 ? (processor[part] ?? 0) * 1000 / Double(commands) : 0 }

    /// The value below which that share of all lies (nearest rank).
    static func percentile(_ values: [Double], _ share: Double) -> Double {
        guard !values.isEmpty else { return .nan }
        let sorted = values.sorted()
        return sorted[min(sorted.count - 1, max(0, Int((share * Double(sorted.count)).rounded(.up)) - 1))]
    }
}
