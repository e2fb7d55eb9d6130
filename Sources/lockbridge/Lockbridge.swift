import AdapterProtocol
import ArgumentParser
import Glibc

/// The command line: the daemon (`run`), and everything people do with it.
@main
struct Lockbridge: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lockbridge",
        abstract: "A gateway that opens smart locks on signed commands, and sees that they lock again.",
        discussion: """
            First time:   lockbridge init, edit lockbridge.yaml, lockbridge run
            At the door:  lockbridge scan, lockbridge pair, lockbridge survey front, lockbridge lock prove front
            Commission:   lockbridge lock add front --adapter loopback
                          lockbridge resident add alice --key alice.pub.pem
                          lockbridge principal add acme --role retailer --key acme.pub.pem
                          lockbridge grant add GRANT.jwt, lockbridge handover
            Every day:    lockbridge status, lockbridge watch, lockbridge lock show front
            In trouble:   lockbridge why front, lockbridge clock, lockbridge alarm clear front --reason TEXT

            Exit codes: 0 done, 1 failed, 2 refused (the reason is printed), 64 usage, 69 the gateway is not running,
            75 frozen, 77 your user lacks the role, 78 the configuration is wrong.
            """,
        subcommands: [
            InitCommand.self, RunCommand.self, StatusCommand.self, LockCommand.self, ScanCommand.self, SurveyCommand.self, PairCommand.self,
            UnpairCommand.self,
            IdentifyCommand.self,
            ResidentCommand.self, PrincipalCommand.self,
            GrantCommand.self, KeyCommand.self, TokenCommand.self, WatchCommand.self, EventsCommand.self, WhyCommand.self,
            AlarmCommand.self, ClockCommand.self, DrainCommand.self, AdapterCommand.self, ConformCommand.self, AuditCommand.self,
            HandoverCommand.self,
            ExplainCommand.self, VersionCommand.self,
        ])

    /// The version of this build, in replies, records and `version`.
    static let version = GatewayVersion.text

    static func main() {
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch let failure as CommandFailure {
            Terminal.error(failure.message)
            Glibc.exit(failure.code.rawValue)
        } catch {
            let code = exitCode(for: error)
            let text = fullMessage(for: error)
            if !text.isEmpty { if code.isSuccess { Terminal.print(text) } else { Terminal.note(text) } }
            Glibc.exit(code.rawValue)
        }
    }
}

/// The gateway's folder, for every command that touches one.
struct HomeOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "The gateway's folder.",
            discussion: "Without it: $LOCKBRIDGE_HOME, else /var/lib/lockbridge for root, else lockbridge in the user's state folder.",
            valueName: "folder"))
    var home: String?
}

/// Reading verbs print for people, or with `--json` for programs.
struct OutputOptions: ParsableArguments {
    @Flag(name: .long, help: "Print JSON for programs instead of text for people.")
    var json = false
}
