import AdapterProtocol
import ArgumentParser
import LockModel

/// `lockbridge lock replace`
struct LockReplaceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replace", abstract: "Pair a new device under a lock's name: its grants and settings live on.",
        discussion: """
            For a lock that broke, or was changed for another make (--adapter). The old keys are destroyed once the new ones are sealed and recorded; what
            was proved of the old device counts no more. Refused while the door is unlocked, owes a relock or has an alarm.
            When this terminal is lost, `lockbridge pair --resume` goes on.
            """)
    @OptionGroup var options: HomeOptions
    @OptionGroup var output: OutputOptions
    @Argument(help: "The lock's name.") var name: String
    @Option(name: .long, help: "The adapter that pairs; the lock's present one without it.") var adapter: String?
    @OptionGroup var pairing: PairOptions
    @OptionGroup var answers: AnswerOptions

    func run() throws {
        let lock: LockID = try parsed(name, "lock")
        let script = try answers.file()
        let client = try AdminClient(home: options.home)
        let present = try LockCommand.view(of: lock, client)
        let other: AdapterName? = try adapter.map { try parsed($0, "adapter") }
        let request = PairBeginRequest(adapter: other ?? present.adapter, options: try pairing.given(), replaces: lock)
        let _: PairView = try client.call(.pairStart, request)
        var conversation = PairConversation(client: client, json: output.json, script: script)
        _ = try conversation.run { candidate, _ in PairTakeRequest(candidate: candidate, lock: lock, replaces: true) }
        guard !output.json else { return }
        Terminal.print("The new device is \(lock) now, and its grants open it.")
        Terminal.print("Reset the old one itself: it may still hold our key.")
        Terminal.print("Prove the door again: `lockbridge lock prove \(lock)`")
    }
}
