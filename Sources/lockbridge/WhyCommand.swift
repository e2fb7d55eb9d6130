import AdapterProtocol
import ArgumentParser
import LockModel

/// `lockbridge why`
struct WhyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "why", abstract: "Tell how a lock came to stand as it does, and what to do next.",
        discussion: "The last operation phase by phase, what is still owed, and the next step.")
    @OptionGroup var options: HomeOptions
    @OptionGroup var output: OutputOptions
    @Argument(help: "The lock's name.") var name: String

    func run() throws {
        let view: WhyView = try AdminClient(home: options.home).call(.lockWhy, LockRequest(lock: try parsed(name, "lock")))
        if output.json { return try Terminal.json(view) }
        let lock = view.lock
        let state = lock.alarm.map { "ALARM \($0.rawValue), " } ?? ""
        Terminal.print("\(lock.lock): \(state)\(lock.phase), bolt \(lock.bolt.rawValue), door \(lock.door.rawValue)")
        for owed in lock.owed { Terminal.print("owed: relock by \(owed.relockBy), accepted \(owed.since)") }
        Terminal.print("")
        if view.history.isEmpty { Terminal.print("Nothing was asked of it and nothing happened to it lately.") }
        for step in view.history {
            Terminal.print("\(step.at)  \(step.kind)")
            if let detail = step.detail { Terminal.print("    \(detail)") }
        }
        Terminal.print("")
        if view.advice.isEmpty { Terminal.print("Nothing is the matter.") }
        for line in view.advice { Terminal.print("→ \(line)") }
    }
}

/// `lockbridge alarm`
struct AlarmCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alarm", abstract: "Answer for a door that will not lock.", subcommands: [Clear.self])

    struct Clear: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "clear", abstract: "End an alarm and what is owed on a lock: the door is in your hands.",
            discussion: """
                The gateway stops locking it, and the retailer's notice is taken back. Do this standing at the door, or after somebody did.
                The reason goes into the record.
                """)
        @OptionGroup var options: HomeOptions
        @Argument(help: "The lock's name.") var name: String
        @Option(name: .long, help: "Why; recorded.") var reason: String

        func run() throws {
            let lock: LockID = try parsed(name, "lock")
            let _: Reply = try AdminClient(home: options.home).call(.alarmClear, AlarmClearRequest(lock: lock, note: reason))
            Terminal.print("Nothing is owed on \(lock) any more. `lockbridge why \(lock)` shows how it stands.")
        }
    }
}
