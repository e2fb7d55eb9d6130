import AdapterProtocol
import ArgumentParser
import WireBytes

extension AdapterCommand {
    /// `lockbridge adapter logs`
    struct Logs: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "logs", abstract: "Show what an adapter wrote lately.",
            discussion: "Its `log` lines with their level, and its standard error: the newest 500, as long as the gateway runs.")
        @OptionGroup var options: HomeOptions
        @OptionGroup var output: OutputOptions
        @Flag(name: [.customShort("f"), .long], help: "Go on with what it writes, until interrupted.") var follow = false
        @Argument(help: "The adapter's name.") var name: String

        func run() throws {
            let client = try AdminClient(home: options.home)
            let _: Nothing = try client.call(
                .adapterLogs, AdapterLogsRequest(adapter: try parsed(name, "adapter"), follow: follow)
            ) { notification, params in
                guard notification == .adapterLog else { return }
                if output.json { return try Terminal.json(JSONValue.object(params)) }
                let line = try StrictJSON.decode(AdapterLogLine.self, from: .object(params))
                let level = line.level?.rawValue ?? "stderr"
                let text = "\(line.at)  \(level)\(String(repeating: " ", count: max(0, 7 - level.count)))  \(line.text)"
                Terminal.print(line.level == .error || line.level == .warning ? Terminal.paint(text, .yellow) : text)
            }
        }
    }

    /// `lockbridge adapter trace`
    struct Trace: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "trace", abstract: "Show every line between the gateway and an adapter, until interrupted.",
            discussion:
                "> to the adapter, < from it. Codes, keys, states, configuration and whatever is not known to be harmless are masked.")
        @OptionGroup var options: HomeOptions
        @OptionGroup var output: OutputOptions
        @Argument(help: "The adapter's name.") var name: String

        func run() throws {
            let client = try AdminClient(home: options.home)
            let _: Nothing = try client.call(.adapterTrace, AdapterRequest(adapter: try parsed(name, "adapter"))) { notification, params in
                guard notification == .adapterTrace else { return }
                if output.json { return try Terminal.json(JSONValue.object(params)) }
                let shown = try StrictJSON.decode(AdapterTraceLine.self, from: .object(params))
                var line = shown.line
                line["jsonrpc"] = nil
                let text = String(decoding: try StrictJSON.encode(JSONValue.object(line)), as: UTF8.self)
                Terminal.print("\(shown.at) \(shown.toAdapter ? ">" : "<") \(text)")
            }
        }
    }
}
