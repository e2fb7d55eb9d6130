import AdapterProtocol
import ArgumentParser
import WireBytes

/// `lockbridge watch`
struct WatchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "watch", abstract: "Show events as they happen, until interrupted.")
    @OptionGroup var options: HomeOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let client = try AdminClient(home: options.home)
        let _: Nothing = try client.call(.watch, Nothing())
        Terminal.note("Watching \(client.greeting.gateway). Stop with Ctrl-C.")
        while true {
            let (notification, event) = try client.nextNotification()
            if notification == .event { try EventLine.print(event, json: output.json) }
        }
    }
}

/// `lockbridge events`
struct EventsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "events", abstract: "Read what happened.", subcommands: [List.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "list", abstract: "List the newest events, or those after a record.")
        @OptionGroup var options: HomeOptions
        @OptionGroup var output: OutputOptions
        @Option(name: .long, help: "Start after this record instead of showing the newest.") var after: Int64?
        @Option(name: .long, help: "How many.") var limit = 20

        struct Page: Decodable {
            var events: [JSONObject]
            var next: Int64
        }

        func run() throws {
            guard (1...10_000).contains(limit) else { throw CommandFailure(.usage, "--limit is 1 to 10000") }
            let client = try AdminClient(home: options.home)
            var (left, start) = (limit, after)
            if start == nil {
                let status: StatusView = try client.call(.status, Nothing())
                start = max(0, status.records - Int64(limit))
            }
            while left > 0 {
                let page: Page = try client.call(.eventsList, EventsListRequest(after: start, limit: left))
                guard !page.events.isEmpty else { return }
                for event in page.events { try EventLine.print(event, json: output.json) }
                left -= page.events.count
                start = page.next
            }
        }
    }
}

/// One event as a line.
enum EventLine {
    static func print(_ event: JSONObject, json: Bool) throws {
        if json { return try Terminal.json(event) }
        let type = event["type"]?.string ?? "?"
        let name = type.hasPrefix("lockbridge.") && type.hasSuffix(".v1") ? String(type.dropFirst(11).dropLast(3)) : type
        var line = (event["time"]?.string ?? "") + "  " + name.padded(to: 24) + (event["subject"]?.string ?? "")
        for (key, value) in event["data"]?.object?.members ?? [] where key != "receivedAt" && key != "observedAt" {
            line += "  \(key)=" + text(value)
        }
        Terminal.print(line)
    }

    private static func text(_ value: JSONValue) -> String {
        switch value {
        case .string(let text): text
        case .integer(let number): String(number)
        case .bool(let truth): String(truth)
        case .null: "null"
        case .array(let values): values.map(text).joined(separator: ",")
        case .object(let object): object.members.map { text($0.value) }.joined(separator: ":")
        }
    }
}
