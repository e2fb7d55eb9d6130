import AdapterProtocol
import ArgumentParser
import LockModel
import WireBytes

/// `lockbridge lock`
struct LockCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lock", abstract: "Add, show and lock locks.",
        subcommands: [Add.self, Set.self, List.self, Show.self, Lock.self, Unlock.self, LockTestCommand.self])

    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "add", abstract: "Add a lock that an adapter drives.",
            discussion: """
                The name is what retailers write: a-z, 0-9 and -, up to 64.
                A lock opens only when it is certain to lock again: by its own timer, its own auto-relock, or because you accept in writing that only the
                gateway relocks it (--waive-relock).
                """)

        @OptionGroup var options: HomeOptions
        @Argument(help: "The lock's name.") var name: String
        @Option(name: .long, help: "The adapter that drives it.") var adapter: String
        @Option(name: .long, help: "What people call it; stays on the site.") var title: String?
        @Option(name: .long, help: "The longest any command may keep it unlocked, in seconds (300).") var maxOpenSeconds: Int?
        @Option(name: .long, help: "Why it is acceptable that only the gateway relocks this door; recorded.") var waiveRelock: String?
        @Flag(name: .long, help: "Lock it again whenever it is found open with nobody having asked.") var alwaysLocked = false

        func run() throws {
            let lock: LockID = try parsed(name, "lock")
            let request = LockAddRequest(
                lock: lock, adapter: try parsed(adapter, "adapter"), title: title, maximumOpenSeconds: maxOpenSeconds,
                relockWaiver: waiveRelock,
                alwaysLocked: alwaysLocked)
            let _: Reply = try AdminClient(home: options.home).call(.lockAdd, request)
            Terminal.print("Added \(lock). `lockbridge lock show \(lock)` tells when it was read for the first time.")
        }
    }

    struct Set: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "set", abstract: "Change a lock's settings; what is not named stays.",
            discussion: "--waive-relock \"\" takes a waiver back: commands are then refused unless the lock's own relock is armed.")

        @OptionGroup var options: HomeOptions
        @Argument(help: "The lock's name.") var name: String
        @Option(name: .long, help: "What people call it; stays on the site. Empty takes it away.") var title: String?
        @Option(name: .long, help: "The longest any command may keep it unlocked, in seconds.") var maxOpenSeconds: Int?
        @Option(name: .long, help: "Why it is acceptable that only the gateway relocks this door; recorded.") var waiveRelock: String?
        @Flag(inversion: .prefixedNo, help: "Lock it again whenever it is found open with nobody having asked.") var alwaysLocked: Bool?

        func validate() throws {
            if title == nil && maxOpenSeconds == nil && waiveRelock == nil && alwaysLocked == nil {
                throw ValidationError("say what to change: --title, --max-open-seconds, --waive-relock or --[no-]always-locked")
            }
        }

        func run() throws {
            let request = LockSetRequest(
                lock: try parsed(name, "lock"), title: title, maximumOpenSeconds: maxOpenSeconds, relockWaiver: waiveRelock,
                alwaysLocked: alwaysLocked)
            let _: Reply = try AdminClient(home: options.home).call(.lockSet, request)
            Terminal.print("Changed \(request.lock). `lockbridge lock show \(request.lock)` shows it.")
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "list", abstract: "List all locks and their state.")
        @OptionGroup var options: HomeOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            let client = try AdminClient(home: options.home)
            var list: LockList = try client.call(.lockList, LockListRequest())
            while let last = list.next {
                let page: LockList = try client.call(.lockList, LockListRequest(after: last))
                list = LockList(locks: list.locks + page.locks, next: page.next)
            }
            if output.json { return try Terminal.json(list) }
            if list.locks.isEmpty { Terminal.print("No locks yet: `lockbridge lock add NAME --adapter ADAPTER`.") }
            LockTable.print(list.locks)
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "show", abstract: "Show one lock whole.")
        @OptionGroup var options: HomeOptions
        @OptionGroup var output: OutputOptions
        @Argument(help: "The lock's name.") var name: String

        func run() throws {
            let lock: LockID = try parsed(name, "lock")
            let list: LockList = try AdminClient(home: options.home).call(.lockList, LockListRequest(lock: lock))
            guard let view = list.locks.first else {
                throw CommandFailure.refused(.unknownLock, "There is no lock \(lock).")
            }
            if output.json { return try Terminal.json(view) }
            for (label, text) in Show.rows(view) { Terminal.row(label, text) }
        }

        private static func rows(_ view: LockView) -> [(String, String)] {
            var rows = [("lock", view.lock.text + (view.title.map { "  \"\($0)\"" } ?? "")), ("adapter", view.adapter.text)]
            rows.append(
                (
                    "bolt",
                    view.bolt.rawValue + (view.confirmedBy.map { ", by \($0.rawValue)" } ?? "")
                        + (view.observedAt.map { " at \($0)" } ?? "")
                ))
            rows.append(("door", view.door.rawValue))
            rows.append(("battery", (view.battery.percent.map { "\($0) %, " } ?? "") + view.battery.level.rawValue))
            rows.append(("link", view.online ? "up" : "down"))
            rows.append(("state", view.phase + (view.waiting > 0 ? ", \(view.waiting) waiting" : "")))
            if let alarm = view.alarm { rows.append(("ALARM", Terminal.paint(alarm.rawValue, .red))) }
            for owed in view.owed { rows.append(("owed", "relock by \(owed.relockBy), accepted \(owed.since)")) }
            rows.append(
                ("relock", view.relockAssurance?.rawValue ?? "doubtful: commands are refused until its own relock is armed or waived"))
            if let waiver = view.relockWaiver { rows.append(("waived", waiver)) }
            rows.append(("at most open", "\(view.maximumOpenSeconds) s"))
            return rows
        }
    }

    struct Lock: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "lock", abstract: "Lock a door now, and wait until the lock itself says locked.")
        @OptionGroup var options: HomeOptions
        @Argument(help: "The lock's name.") var name: String

        func run() throws {
            try LockCommand.command(.lockLock, LockCommandRequest(lock: try parsed(name, "lock")), home: options.home)
        }
    }

    struct Unlock: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "unlock", abstract: "Unlock a door while commissioning, and wait until it is locked again.",
            discussion:
                "Only before `lockbridge handover`. Afterwards a door opens for a resident's grant and a signed command, and for nothing else."
        )
        @OptionGroup var options: HomeOptions
        @Argument(help: "The lock's name.") var name: String
        @Option(name: .long, help: "For how long, in seconds.") var openSeconds = 5

        func run() throws {
            try LockCommand.command(
                .lockUnlock, LockCommandRequest(lock: try parsed(name, "lock"), openSeconds: openSeconds), home: options.home)
        }
    }

    /// Sends a command and tells how far it got, until its last reply.
    private static func command(_ method: AdminMethod, _ request: LockCommandRequest, home: String?) throws {
        let last: Reply = try AdminClient(home: home).call(method, request) { notification, params in
            guard notification == .reply else { return }
            try tell(try StrictJSON.decode(Reply.self, from: .object(params)))
        }
        try tell(last)
    }

    private static func tell(_ reply: Reply) throws {
        let reason = reply.reason.map { " (\($0.rawValue)): \($0.row.help)" } ?? ""
        Terminal.print("\(reply.at)  \(reply.status.rawValue)\(reason)")
    }
}

/// A name from the command line, or a failure that says what a name is.
func parsed<Kind>(_ text: String, _ what: String, as type: Name<Kind>.Type = Name<Kind>.self) throws -> Name<Kind> {
    guard let name = Name<Kind>(text) else {
        throw CommandFailure(.usage, "`\(text)` is no name for a \(what): use a-z, 0-9 and -, 1 to 64 of them, not - first")
    }
    return name
}

extension String {
    func padded(to width: Int) -> String { self + String(repeating: " ", count: max(1, width - count)) }
}
