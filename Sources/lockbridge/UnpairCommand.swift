import AdapterProtocol
import ArgumentParser
import Glibc
import LockModel
import WireBytes

/// `lockbridge unpair`
struct UnpairCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unpair", abstract: "Part from a lock and forget it.",
        discussion: """
            Its adapter removes from the lock what was set at pairing; then the gateway forgets the lock, its keys and its grants.
            A lock that is open, owes a relock or has an alarm stays until that is over; so does one that can't be reached, unless --force gives it up.
            """)
    @OptionGroup var options: HomeOptions
    @Argument(help: "The lock's name.") var name: String
    @Flag(name: .long, help: "Don't ask.") var yes = false
    @Flag(name: .long, help: "Forget it even if it can't be reached; it may still hold the key.") var force = false

    func run() throws {
        let lock: LockID = try parsed(name, "lock")
        let client = try AdminClient(home: options.home)
        if !yes { try ask(lock) }
        var isReset = true
        let _: Reply = try client.call(.lockRemove, LockRemoveRequest(lock: lock, force: force)) { notification, params in
            guard notification == .reply else { return }
            let reply = try StrictJSON.decode(Reply.self, from: .object(params))
            if reply.status == .failed { isReset = false }
        }
        Terminal.print("Removed: \(lock)")
        if isReset { return Terminal.print("Its grants open nothing any more.") }
        Terminal.print(Terminal.paint("It was not reached, and may still\nhold the key: reset the lock itself.", .yellow))
    }

    private func ask(_ lock: LockID) throws {
        guard isatty(STDIN_FILENO) == 1 else {
            throw CommandFailure(.usage, "nobody is there to be asked; say --yes to remove \(lock)")
        }
        Terminal.print("\(lock) and its grants are forgotten,\nand the lock loses our key.")
        Terminal.prompt("Remove it? 1 yes, 0 no: ")
        guard Terminal.line()?.trimmed == "1" else { throw CommandFailure(.failed, "nothing was changed") }
    }
}

extension String {
    fileprivate var trimmed: String { String(drop { $0 == " " }.reversed().drop { $0 == " " || $0 == "\r" }.reversed()) }
}
