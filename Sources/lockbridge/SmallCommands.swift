import AdapterProtocol
import ArgumentParser
import LockModel
import WireBytes

/// `lockbridge explain`
struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Explain a reason from a reply; without one, list them all.")
    @OptionGroup var output: OutputOptions
    @Argument(help: "The reason, for example grantUsedUp.") var reason: String?

    struct Row: Encodable {
        var reason: Reason
        var `class`: Reason.Class
        var retry: Reason.Retry
        var help: String

        init(_ reason: Reason) {
            self.reason = reason
            (`class`, retry, help) = reason.row
        }
    }

    func run() throws {
        var reasons = Reason.allCases
        if let reason {
            guard let known = Reason(rawValue: reason) else {
                throw CommandFailure(.usage, "there is no reason `\(reason)`; `lockbridge explain` lists them")
            }
            reasons = [known]
        }
        if output.json { return try Terminal.json(reasons.map(Row.init)) }
        for row in reasons.map(Row.init) {
            Terminal.print("\(row.reason.rawValue)  (\(row.class.rawValue), retry \(row.retry.rawValue))")
            Terminal.print("    \(row.help)")
        }
    }
}

/// `lockbridge version`
struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Print the version.")
    @OptionGroup var output: OutputOptions

    func run() throws {
        if output.json { return try Terminal.json(["version": Lockbridge.version]) }
        Terminal.print("lockbridge \(Lockbridge.version)")
    }
}
