import AdapterProtocol
import ArgumentParser
import Glibc
import LockModel
import WireBytes

/// What every pairing may be told beforehand.
struct PairOptions: ParsableArguments {
    @Option(name: .customLong("option"), help: "What the adapter wants to know: key=value; several times. No secrets.") var option:
        [String] = []
    @Option(
        name: .long,
        help: ArgumentHelp("The same from a JSON file, for what is secret, as a key of the vendor's account.", valueName: "file"))
    var credentials: String?

    func given() throws -> [String: String] {
        var all: [String: String] = [:]
        if let credentials { all = try AnswerFile.read(credentials, as: [String: String].self) }
        for text in option {
            guard let mark = text.firstIndex(of: "="), mark > text.startIndex else {
                throw CommandFailure(.usage, "--option wants key=value, not `\(text)`")
            }
            all[String(text[..<mark])] = String(text[text.index(after: mark)...])
        }
        return all
    }
}

/// `lockbridge pair`
struct PairCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pair", abstract: "Pair with a lock that an adapter finds, and try it.",
        discussion: """
            Shows what is found and asks by digits, for the adapter and the name too where they are not said; then opens the new lock once and sees it lock. The pairing runs in the gateway: when this terminal is lost, `lockbridge pair --resume` goes on where it
            was, and `--cancel` gives it up.
            The name is what retailers write: a-z, 0-9 and -, up to 64. A name that the adapter has already gets new keys in place of the old.
            --answers FILE answers from a file, for scripts:
              {"candidate": "54:D2:72:AA:BB:CC", "name": "front", "answers": ["123456", true, 1]}
            where the candidate is its id or its name (the first found without it), and the answers come in the order of the questions; where they end
            before the try, it is left out.
            """)

    @OptionGroup var options: HomeOptions
    @OptionGroup var output: OutputOptions
    @Argument(help: "The adapter that pairs.") var adapter: String?
    @Option(name: .long, help: "The lock's name.") var name: String?
    @Option(name: .long, help: "What people call it; stays on the site.") var title: String?
    @Option(name: .long, help: "The longest any command may keep it unlocked, in seconds (300).") var maxOpenSeconds: Int?
    @Option(name: .long, help: "Why it is acceptable that only the gateway relocks this door; recorded.") var waiveRelock: String?
    @Flag(name: .long, help: "Lock it again whenever it is found open with nobody having asked.") var alwaysLocked = false
    @OptionGroup var pairing: PairOptions
    @OptionGroup var answers: AnswerOptions
    @Flag(name: .long, help: "Go on with the pairing that runs.") var resume = false
    @Flag(name: .long, help: "Give the pairing that runs up.") var cancel = false

    func run() throws {
        let client = try AdminClient(home: options.home)
        if cancel {
            let _: PairView = try client.call(.pairCancel, Nothing())
            return Terminal.print("Given up. Nothing was added.")
        }
        let script = try answers.file()
        var questions = Questions(script, isForPrograms: output.json)
        let lock: LockID? = try (name ?? script?.name).map { try parsed($0, "lock") }
        if lock == nil, script != nil || !questions.canAsk, !resume {
            throw CommandFailure(.usage, "say what the lock is to be called: --name front")
        }
        if !resume {
            let chosen = try adapter.map { try parsed($0, "adapter") } ?? chooseAdapter(client, &questions, isAsked: script == nil)
            let request = PairBeginRequest(adapter: chosen, options: try pairing.given())
            let _: PairView = try client.call(.pairStart, request)
        }
        var conversation = PairConversation(client: client, json: output.json, script: script)
        let view = try conversation.run { candidate, replaced in
            let lock = try lock ?? replaced ?? askName(&questions)
            return PairTakeRequest(
                candidate: candidate, lock: lock, title: title, maximumOpenSeconds: maxOpenSeconds, relockWaiver: waiveRelock,
                alwaysLocked: alwaysLocked, replaces: replaced == nil ? nil : true)
        }
        guard !output.json, let paired = view.lock else { return }
        let left = Questions(conversation.script)
        let isCommissioned = (try client.call(.status, Nothing()) as StatusView).commissioned
        guard left.hasMore, !isCommissioned else { return Terminal.print("Try it: `lockbridge lock test \(paired)`") }
        var test = FirstTest(client: client, lock: paired, questions: left)
        try test.run()
    }

    /// The only adapter that runs, or the one that is chosen of them.
    private func chooseAdapter(_ client: AdminClient, _ questions: inout Questions, isAsked: Bool) throws -> AdapterName {
        let list: ChildList = try client.call(.adapterList, Nothing())
        let names = list.adapters.filter { $0.state == "up" }.compactMap { AdapterName($0.name) }
        if names.count == 1 { return names[0] }
        guard isAsked, !names.isEmpty, questions.canAsk else {
            throw CommandFailure(.usage, "say which adapter: `lockbridge adapter list` names them")
        }
        guard let choice = try questions.choose("Which make is it?", names.map(\.text), zero: "give up") else {
            throw CommandFailure(.failed, "nothing was begun")
        }
        return names[choice]
    }

    private func askName(_ questions: inout Questions) throws -> LockID {
        let text = try questions.text("What is it to be called? Retailers write this name, and it is for good: a-z, 0-9 and -.") {
            LockID($0) == nil ? "a-z, 0-9 and -, 1 to 64 of them, not - first." : nil
        }
        return try parsed(text, "lock")
    }
}

/// `lockbridge identify`
struct IdentifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "identify", abstract: "Have a lock beep or blink, where it can.", discussion: "Its motor does not move.")
    @OptionGroup var options: HomeOptions
    @Argument(help: "The lock's name.") var name: String

    func run() throws {
        let _: Nothing = try AdminClient(home: options.home).call(.lockIdentify, LockRequest(lock: try parsed(name, "lock")))
        Terminal.print("\(name) was asked to show itself.")
    }
}
