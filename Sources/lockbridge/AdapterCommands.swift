import AdapterProtocol
import ArgumentParser
import Glibc
import LockModel
import WireBytes

/// `lockbridge adapter`
struct AdapterCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "adapter", abstract: "Look at the adapters, start one of your own, accept what they ask for, restart them.",
        subcommands: [
            List.self, New.self, Run.self, Replay.self, Add.self, Accept.self, Restart.self, Disable.self, Enable.self, Remove.self,
            Logs.self, Trace.self,
        ])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "list", abstract: "List adapters with their state and locks.")
        @OptionGroup var options: HomeOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            let list: ChildList = try AdminClient(home: options.home).call(.adapterList, Nothing())
            if output.json { return try Terminal.json(list) }
            if list.adapters.isEmpty { return Terminal.print("No adapters are configured: add one under `adapters:` in lockbridge.yaml.") }
            let rows = list.adapters.map { child in
                [
                    child.name, child.version ?? "-", child.state, child.pid.map(String.init) ?? "-", String(child.restarts),
                    child.serves.joined(separator: " ")
                        + (child.servesCount > child.serves.count ? " and \(child.servesCount - child.serves.count) more" : ""),
                ]
            }
            Terminal.table([["ADAPTER", "VERSION", "STATE", "PID", "RESTARTS", "LOCKS"]] + rows)
            for child in list.adapters where !child.walls.isEmpty {
                Terminal.print("\(child.name) is held by: \(child.walls.joined(separator: ", ")), memory, descriptors, output")
                for weakness in child.weaknesses { Terminal.print(Terminal.paint("\(child.name) has \(weakness)", .yellow)) }
            }
            for child in list.adapters {
                guard let next = child.next else { continue }
                Terminal.print(Terminal.paint("\(child.name) \(next) waits: it asks for more than was accepted:", .yellow))
                for want in child.wants { Terminal.print("  + \(want)") }
                Terminal.print("`lockbridge adapter accept \(child.name)` installs it.")
            }
            for child in list.adapters where !child.wants.isEmpty && child.next == nil {
                Terminal.print(Terminal.paint("\(child.name) asks for more than was accepted, and does not run:", .yellow))
                for want in child.wants { Terminal.print("  + \(want)") }
                Terminal.print("`lockbridge adapter accept \(child.name)` lets it have that.")
            }
            for child in list.adapters { if let cause = child.cause, child.state != "up" { Terminal.print("\(child.name): \(cause)") } }
        }
    }

    struct Accept: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "accept", abstract: "Let an adapter have what its manifest asks for; recorded.",
            discussion:
                "What an adapter asks for is accepted with its entry in lockbridge.yaml. When a newer version asks for more, it waits here."
        )
        @OptionGroup var options: HomeOptions
        @Argument(help: "The adapter's name.") var name: String
        @Flag(name: .long, help: "Do not ask.") var yes = false

        func run() throws {
            let client = try AdminClient(home: options.home)
            let list: ChildList = try client.call(.adapterList, Nothing())
            guard let child = list.adapters.first(where: { $0.name == name }) else {
                throw CommandFailure(.failed, "there is no adapter \(name); `lockbridge adapter list` shows those there are")
            }
            if child.wants.isEmpty { return Terminal.print("\(name) has all it asks for.") }
            for want in child.wants { Terminal.print("+ \(want)") }
            if !yes {
                guard isatty(STDIN_FILENO) == 1 else { throw CommandFailure(.usage, "say --yes to accept this") }
                Terminal.print("Type accept to let \(name) have it:")
                guard readLine() == "accept" else { throw CommandFailure(.failed, "nothing was changed") }
            }
            let _: Reply = try client.call(.adapterAccept, AdapterRequest(adapter: try parsed(name, "adapter")))
            Terminal.print("Accepted; \(name) is being started.")
        }
    }

    struct Restart: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "restart", abstract: "End an adapter and start it anew, out of quarantine too.",
            discussion: "Refused while one of its doors is open for a command.")
        @OptionGroup var options: HomeOptions
        @Argument(help: "The adapter's name.") var name: String

        func run() throws {
            let _: Nothing = try AdminClient(home: options.home).call(.adapterRestart, AdapterRequest(adapter: try parsed(name, "adapter")))
            Terminal.print("\(name) is being started. `lockbridge adapter list` shows how it goes.")
        }
    }
}
