import AdapterProtocol
import ArgumentParser
import LockModel

/// `lockbridge lock rename`
struct LockRenameCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rename", abstract: "Change what people call a lock.",
        discussion: """
            The title is shown here and stays on the site. The lock's name is in every grant and command that residents and retailers signed, so it is for
            good; for another name, pair the lock anew under it and have the residents grant anew.
            """)
    @OptionGroup var options: HomeOptions
    @Argument(help: "The lock's name.") var name: String
    @Argument(help: "What people call it: up to 64 characters; empty takes it away.") var title: String

    func run() throws {
        let request = LockSetRequest(lock: try parsed(name, "lock"), title: title)
        let _: Reply = try AdminClient(home: options.home).call(.lockSet, request)
        Terminal.print(title.isEmpty ? "\(request.lock) has no title now." : "\(request.lock) is called \"\(title)\" now.")
    }
}

/// `lockbridge lock waive-relock`
struct LockWaiveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "waive-relock", abstract: "Accept in writing that only the gateway relocks a door.",
        discussion: """
            For a lock without a relock of its own: if the gateway loses its power or its radio with the door open, the door stays open. The reason is
            recorded with your account and the time, and stands on the handover sheet. --take-back ends it: commands are refused again unless the lock's own
            relock is armed.
            """)
    @OptionGroup var options: HomeOptions
    @Argument(help: "The lock's name.") var name: String
    @Option(name: .long, help: "Why that is acceptable at this door.") var reason: String?
    @Flag(name: .long, help: "Take the waiver back.") var takeBack = false

    func validate() throws {
        if takeBack == (reason != nil) { throw ValidationError("say --reason TEXT, or --take-back") }
        if reason?.isEmpty == true { throw ValidationError("--reason wants a reason") }
    }

    func run() throws {
        let client = try AdminClient(home: options.home)
        let lock: LockID = try parsed(name, "lock")
        let _: Reply = try client.call(.lockSet, LockSetRequest(lock: lock, relockWaiver: reason ?? ""))
        let view = try LockCommand.view(of: lock, client)
        Terminal.print(takeBack ? "The waiver for \(lock) is taken back." : "Recorded for \(lock).")
        Terminal.row("relock", LockCommand.relock(view.relockAssurance))
    }
}

/// `lockbridge lock settings`
struct LockSettingsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "settings", abstract: "Show how a lock is set up: its own relock, limits, what it can do, what was proved.",
        discussion: "`lockbridge lock set` changes what can be changed.")
    @OptionGroup var options: HomeOptions
    @OptionGroup var output: OutputOptions
    @Argument(help: "The lock's name.") var name: String

    func run() throws {
        let view = try LockCommand.view(of: try parsed(name, "lock"), try AdminClient(home: options.home))
        if output.json { return try Terminal.json(view) }
        for (label, text) in rows(view) { Terminal.row(label, text) }
        for (label, text) in ProofText.rows(view.proof) { Terminal.row(label, text) }
    }

    private func rows(_ view: LockView) -> [(String, String)] {
        var rows = [("lock", view.lock.text + (view.title.map { "  \"\($0)\"" } ?? "")), ("adapter", view.adapter.text)]
        if let model = view.model { rows.append(("device", model + (view.firmware.map { ", firmware \($0)" } ?? ""))) }
        rows.append(("relock", LockCommand.relock(view.relockAssurance)))
        rows.append(("auto-relock", view.online ? autoRelock(view) : "unknown while it is out of reach"))
        rows += LockCommand.waiverRows(view)
        rows.append(("at most open", "\(view.maximumOpenSeconds) s"))
        rows.append(("always locked", view.alwaysLocked ? "yes: locked again when found open" : "no"))
        guard let can = view.capabilities else { return rows }
        rows.append(("door sensor", can.doorSensor ? "yes" : "no"))
        let verbs = [("unlatch", can.unlatch), ("battery", can.battery), ("stuck bolt", can.jam), ("log", can.log), ("actor", can.actor)]
        let tells = verbs.filter(\.1).map(\.0) + (can.timedUnlock.map { ["timed unlock \($0.min) to \($0.max) s"] } ?? [])
        rows.append(("can", (["lock", "unlock"] + tells).joined(separator: ", ")))
        rows.append(("takes", "up to \(can.connectMilliseconds) ms to reach, \(can.motorMilliseconds) ms to turn"))
        return rows
    }

    private func autoRelock(_ view: LockView) -> String {
        let range = view.capabilities?.autoRelock.map { " (\($0.min) to \($0.max) s)" } ?? ""
        guard let auto = view.autoRelock else { return view.capabilities?.autoRelock == nil ? "the lock has none" : "not read yet\(range)" }
        guard auto.armed else { return "off\(range)" }
        return "after \(auto.seconds) s" + (auto.waitsForDoor ? ", waits for the door" : "") + range
    }
}
