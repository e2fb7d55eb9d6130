import AdapterProtocol
import ArgumentParser
import Glibc
import LockModel

/// `lockbridge clock`
struct ClockCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clock", abstract: "Show how far the gateway's clock is believed.",
        discussion: """
            trusted     claims are held against the clock.
            floor       the clock is plausible and not synchronised: commands must echo the nonce of the challenge topic, windows open nothing.
            untrusted   the clock is wrong, stepped, or was never right: nothing opens. Locking works always.
            """,
        subcommands: [Show.self, Accept.self], defaultSubcommand: Show.self)

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "show", abstract: "Show the clock, the floor, and what is doubted.")
        @OptionGroup var options: HomeOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            let status: StatusView = try AdminClient(home: options.home).call(.status, Nothing())
            if output.json { return try Terminal.json(status.clock) }
            Terminal.print("clock  \(status.clock.wall)  \(status.clock.trust.rawValue)")
            Terminal.print("floor  \(status.clock.floor.map(\.description) ?? "none yet")")
            if let warning = ClockCommand.warning(status.clock) { Terminal.print(warning) }
        }
    }

    struct Accept: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "accept", abstract: "Vouch for the clock as it stands now; recorded.",
            discussion: "The way out after a clock was wrong, or stepped. Look at it first: `lockbridge clock`.")
        @OptionGroup var options: HomeOptions
        @Flag(name: .long, help: "Do not ask.") var yes = false

        func run() throws {
            let client = try AdminClient(home: options.home)
            let before: StatusView = try client.call(.status, Nothing())
            if !yes {
                guard isatty(STDIN_FILENO) == 1 else { throw CommandFailure(.usage, "say --yes, after a look at `lockbridge clock`") }
                Terminal.print("The clock says \(before.clock.wall) (UTC). Type right if that is so:")
                guard readLine() == "right" else { throw CommandFailure(.failed, "nothing was changed") }
            }
            let _: Reply = try client.call(.clockAccept, Nothing())
            let after: StatusView = try client.call(.status, Nothing())
            Terminal.print("Accepted \(after.clock.wall); time is \(after.clock.trust.rawValue) now.")
        }
    }

    /// What is wrong with the clock and what to do, `nil` while it is trusted.
    static func warning(_ clock: ClockView) -> String? {
        switch clock.doubt {
        case nil: nil
        case .unsynchronised:
            "CLOCK floor: the kernel does not call it synchronised; commands need a nonce and windows open nothing. Run a time service, or set `clock: host`."
        case .neverKnown:
            "CLOCK untrusted: no trusted time was ever seen here, so nothing opens. Run a time service, or `lockbridge clock accept`."
        case .behind:
            "CLOCK untrusted: it is behind what is known for certain (\(clock.floor.map(\.description) ?? "-")), so nothing opens. Set it right, or `lockbridge clock accept`."
        case .ahead: "CLOCK untrusted: it stepped forward, so nothing opens. Set it right, or `lockbridge clock accept`."
        }
    }
}
