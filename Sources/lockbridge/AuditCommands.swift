import AdapterProtocol
import ArgumentParser
import Gateway
import Glibc
import LockModel
import WireBytes

/// `lockbridge audit`
struct AuditCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Prove that nothing recorded was lost or changed.", subcommands: [Verify.self, Accept.self])

    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "verify", abstract: "Follow the hash chain from the first record to the last.",
            discussion: """
                Ends with 75 when the journal is not as it was written; the gateway is frozen from then on.
                Write the head down elsewhere: a later journal that does not lead to it was changed.
                """)
        @OptionGroup var options: HomeOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            let isTerminal = isatty(STDERR_FILENO) == 1
            let view: AuditView = try AdminClient(home: options.home).call(.auditVerify, Nothing()) { notification, params in
                if isTerminal, notification == .progress, let done = params["records"]?.integer { Terminal.note("… \(done) records") }
            }
            if output.json {
                try Terminal.json(view)
            } else if view.good {
                Verify.print(view)
            }
            guard view.good else {
                throw CommandFailure(.frozen, [view.because, view.remedy].compactMap(\.self).joined(separator: "\n"))
            }
        }

        private static func print(_ view: AuditView) {
            let erased = view.erased > 0 ? ", \(view.erased) of them erased" : ""
            Terminal.print("good: \(view.records) records\(erased), unbroken")
            Terminal.print("head \(view.head)")
        }
    }

    struct Accept: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "accept", abstract: "Take the journal as it is, after an older copy had to be put back.",
            discussion: """
                The gateway must not run. The whole journal is followed first, and refused when it is damaged.
                What an older copy has forgotten stays forgotten: revoke again what was revoked since it was made.
                """)
        @OptionGroup var options: HomeOptions
        @Flag(name: .long, help: "Do not ask.") var yes = false

        func run() throws {
            if !yes {
                guard isatty(STDIN_FILENO) == 1 else { throw CommandFailure(.usage, "this can't be undone; say --yes") }
                Terminal.print(
                    "Revocations, uses and obeyed commands that this journal does not have are forgotten for good. Type accept to go on:")
                guard readLine() == "accept" else { throw CommandFailure(.failed, "nothing was changed") }
            }
            do {
                let mark = try GatewayHome.standard(flag: options.home).acceptJournal()
                Terminal.print("Taken: \(mark.number) records, head \(mark.head)")
            } catch GatewayHome.Failure.damaged(let what) {
                throw CommandFailure(.frozen, "\(GatewayHome.Failure.damaged(what))")
            } catch {
                throw CommandFailure(.failed, "\(error)")
            }
        }
    }
}
