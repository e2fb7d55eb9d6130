import AdapterProtocol
import ArgumentParser
import LockModel
import WireBytes

/// `lockbridge lock`
struct LockCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lock", abstract: "Add, show and lock locks.",
        subcommands: [
            Add.self, Set.self, LockSettingsCommand.self, LockRenameCommand.self, LockWaiveCommand.self, LockReplaceCommand.self, List.self,
            Show.self, Lock.self, Unlock.self, LockTestCommand.self, LockProveCommand.self,
        ])

    /// One lock as the gateway shows it.
    static func view(of lock: LockID, _ client: AdminClient) throws -> LockView {
        let list: LockList = try client.call(.lockList, LockListRequest(lock: lock))
        guard let view = list.locks.first else { throw CommandFailure.refused(.unknownLock, "There is no lock \(lock).") }
        return view
    }

    /// Every lock there is, page by page.
    static func all(_ client: AdminClient) throws -> [LockView] {
        var list: LockList = try client.call(.lockList, LockListRequest())
        while let last = list.next {
            let page: LockList = try client.call(.lockList, LockListRequest(after: last))
            list = LockList(locks: list.locks + page.locks, next: page.next)
        }
        return list.locks
    }

    /// What locks a door again, in words.
    static func relock(_ assurance: RelockAssurance?) -> String {
        switch assurance {
        case .lockTimed: "lockTimed: the lock's own timed unlock"
        case .lockAuto: "lockAuto: the lock's own auto-relock"
        case .gatewayOnly: "gatewayOnly: the gateway alone, as waived"
        case nil: "doubtful: commands are refused until its own relock is armed or waived"
        }
    }

    /// A waiver with who wrote it and when.
    static func waiverRows(_ view: LockView) -> [(String, String)] {
        guard let waiver = view.relockWaiver else { return [] }
        return [("waived", waiver)] + (view.waived.map { [("waived by", "\($0.by), \(ProofText.minute($0.at))")] } ?? [])
    }

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
        @Option(name: .long, help: "Arm the lock's own auto-relock after so many seconds, or `off`.") var autoRelock: String?

        func validate() throws {
            if title == nil && maxOpenSeconds == nil && waiveRelock == nil && alwaysLocked == nil && autoRelock == nil {
                throw ValidationError(
                    "say what to change: --title, --max-open-seconds, --waive-relock, --[no-]always-locked or --auto-relock")
            }
            if let autoRelock, autoRelock != "off", Int(autoRelock) == nil {
                throw ValidationError("--auto-relock: seconds, or off")
            }
        }

        func run() throws {
            let request = LockSetRequest(
                lock: try parsed(name, "lock"), title: title, maximumOpenSeconds: maxOpenSeconds, relockWaiver: waiveRelock,
                alwaysLocked: alwaysLocked)
            let client = try AdminClient(home: options.home)
            if let autoRelock { try arm(request.lock, Int(autoRelock), client) }
            if request == LockSetRequest(lock: request.lock) { return }
            let _: Reply = try client.call(.lockSet, request)
            Terminal.print("Changed \(request.lock). `lockbridge lock settings \(request.lock)` shows it.")
        }

        private func arm(_ lock: LockID, _ seconds: Int?, _ client: AdminClient) throws {
            let result: ConfigureResult = try client.call(.lockConfigure, LockAutoRelockRequest(lock: lock, seconds: seconds))
            guard result.state == .set || (result.state == .cleared && seconds == nil) else {
                throw CommandFailure(.failed, "the lock was asked, and does not read back what it was asked for (\(result.state.rawValue))")
            }
            let read = result.autoRelock.map { $0.armed ? "after \($0.seconds) s" : "off" } ?? "none"
            Terminal.print("\(lock)'s own auto-relock, as read back: \(read)")
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "list", abstract: "List all locks and their state.")
        @OptionGroup var options: HomeOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            let client = try AdminClient(home: options.home)
            let list = LockList(locks: try LockCommand.all(client))
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
            let view = try LockCommand.view(of: lock, try AdminClient(home: options.home))
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
            rows.append(("relock", LockCommand.relock(view.relockAssurance)))
            rows += LockCommand.waiverRows(view)
            rows.append(("at most open", "\(view.maximumOpenSeconds) s"))
            return rows + (view.proof == nil ? [] : ProofText.rows(view.proof))
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
