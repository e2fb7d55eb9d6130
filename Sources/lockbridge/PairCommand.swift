import AdapterProtocol
import ArgumentParser
import Glibc
import LockModel
import WireBytes

/// What every pairing may be told beforehand.
struct PairOptions: ParsableArguments {
    @Option(name: .customLong("option"), help: "What the adapter wants to know: key=value; several times. No secrets.") var option:
        [String] = []
    @Option(name: .long, help: "The same from a JSON file, for what is secret.") var optionsFile: String?

    func given() throws -> [String: String] {
        var all: [String: String] = [:]
        if let optionsFile { all = try AnswerFile.read(optionsFile, as: [String: String].self) }
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
        commandName: "pair", abstract: "Pair with a lock that an adapter finds.",
        discussion: """
            Shows what is found and asks by digits. The pairing runs in the gateway: when this terminal is lost, `lockbridge pair --resume` goes on where it
            was, and `--cancel` gives it up.
            The name is what retailers write: a-z, 0-9 and -, up to 64. A name that the adapter has already gets new keys in place of the old.
            --answers FILE answers from a file, for scripts:
              {"candidate": "54:D2:72:AA:BB:CC", "answers": ["123456", true]}
            where the candidate is its id or its name (the first found without it), and the answers come in the order of the questions.
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

    func validate() throws {
        if cancel || resume { return }
        if adapter == nil { throw ValidationError("say which adapter: `lockbridge adapter list` names them") }
        if name == nil { throw ValidationError("say what the lock is to be called: --name front") }
    }

    func run() throws {
        let client = try AdminClient(home: options.home)
        if cancel {
            let _: PairView = try client.call(.pairCancel, Nothing())
            return Terminal.print("Given up. Nothing was added.")
        }
        let script = try answers.file()
        let lock: LockID? = try name.map { try parsed($0, "lock") }
        if !resume, let adapter {
            let request = PairBeginRequest(adapter: try parsed(adapter, "adapter"), options: try pairing.given())
            let _: PairView = try client.call(.pairStart, request)
        }
        var conversation = PairConversation(client: client, json: output.json, script: script)
        let view = try conversation.run { candidate, replaced in
            guard let lock = lock ?? replaced else {
                throw CommandFailure(.usage, "say what the lock is to be called: --resume --name front")
            }
            return PairTakeRequest(
                candidate: candidate, lock: lock, title: title, maximumOpenSeconds: maxOpenSeconds, relockWaiver: waiveRelock,
                alwaysLocked: alwaysLocked, replaces: replaced == nil ? nil : true)
        }
        guard !output.json, let paired = view.lock else { return }
        Terminal.print("Try it: `lockbridge lock unlock \(paired)`")
        Terminal.print("and see it lock again.")
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
