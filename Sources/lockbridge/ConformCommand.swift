import ArgumentParser
import Conformance
import Glibc

/// `lockbridge conform`
struct ConformCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "conform", abstract: "Try an adapter against the numbered rules of the protocol.",
        discussion: """
            PATH is the folder with the adapter's adapter.json. The adapter runs as it would under the gateway, inside the same walls, and drives
            the stand-in its manifest names (`standIn.run`): what counts is what reaches that, not what the adapter says.
            A rule is ok, broken, or not reached (the lock or its stand-in has not what it takes). Exit 0 only where none is broken.
            """)

    @Argument(help: "The adapter's folder.") var path: String?
    @Option(name: .long, help: "Try the rules up to this level: L0, L1, L2 or L3. Without it, the level the manifest states.")
    var level: ConformanceLevel?
    @Option(name: .long, help: ArgumentHelp("Try this rule only; may be given several times.", valueName: "id")) var only: [String] = []
    @Flag(name: .long, help: "List the rules and try nothing.") var list = false
    @Flag(name: .long, help: "Print JSON for programs instead of text for people.") var json = false
    @Flag(name: .long, help: "Print JUnit XML for a CI system.") var junit = false
    @Option(name: .long, help: ArgumentHelp("Keep all that passes: a line of JSON each.", valueName: "file")) var record: String?

    func run() throws {
        if list { return printRules() }
        guard let path else { throw CommandFailure(.usage, "say the adapter's folder: `lockbridge conform PATH`") }
        let recorder = try record.map(Recorder.init)
        var kit: ConformanceKit
        do throws(ConformanceRefusal) { kit = try ConformanceKit(adapterFolder: path) } catch {
            throw CommandFailure(.configuration, error.description)
        }
        if let recorder { kit.onLine = recorder.write }
        let isText = !json && !junit
        let rules = try rules(for: kit)
        if isText { Terminal.print("\(kit.adapter): \(rules.count) rules") }
        var results: [RuleResult] = []
        do throws(ConformanceRefusal) {
            results = try kit.run(rules) { rule in
                if isText { Progress.show("\(rule.id)  \(rule.title) …") }
            } onResult: { result in
                if isText { show(result) }
            }
        } catch {
            throw CommandFailure(.failed, error.description)
        }
        if json { Terminal.print(ConformanceReport.json(results, adapter: kit.adapter)) }
        if junit { Terminal.print(ConformanceReport.junit(results, adapter: kit.adapter)) }
        if isText { Terminal.print(ConformanceReport.summary(results)) }
        let broken = results.filter { $0.verdict.word == "broken" }
        guard broken.isEmpty else { throw ExitCode(CommandFailure.Code.failed.rawValue) }
    }

    private func rules(for kit: ConformanceKit) throws -> [Rule] {
        guard !only.isEmpty else { return Rule.upTo(level ?? kit.statedLevel ?? .L3) }
        for id in only where !Rule.all.contains(where: { $0.id == id }) {
            throw CommandFailure(.usage, "there is no rule \(id); `lockbridge conform --list` lists them")
        }
        return Rule.all.filter { only.contains($0.id) }
    }

    private func printRules() {
        for rule in Rule.all.sorted(by: { $0.id < $1.id }) { Terminal.print("\(rule.id)  \(rule.title)") }
    }

    private func show(_ result: RuleResult) {
        Progress.clear()
        let colour: Terminal.Colour =
            switch result.verdict {
            case .ok: .green
            case .broken: .red
            case .notReached: .dim
            }
        Terminal.print(Terminal.paint(ConformanceReport.line(result), colour))
    }

    /// What is being tried, on a terminal only.
    private enum Progress {
        private static let isTerminal = isatty(STDOUT_FILENO) == 1

        static func show(_ text: String) { if isTerminal { write(text) } }
        static func clear() { if isTerminal { write("\r\u{1B}[K") } }

        private static func write(_ text: String) { _ = Glibc.write(STDOUT_FILENO, text, text.utf8.count) }
    }
}

extension ConformanceLevel: ExpressibleByArgument {}
