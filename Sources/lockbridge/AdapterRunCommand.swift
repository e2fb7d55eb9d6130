import AdapterProtocol
import ArgumentParser
import Conformance
import Glibc
import LinuxIO
import WireBytes

/// Where an adapter's configuration comes from, for the commands that start one by hand.
struct BenchOptions: ParsableArguments {
    @Argument(help: "The adapter's folder.") var path: String
    @Option(
        name: .long,
        help: ArgumentHelp(
            "The adapter's configuration, JSON. Without it the manifest's stand-in is started, and its configuration taken.",
            valueName: "file"))
    var config: String?
    @Flag(name: .long, help: "No colour, also on a terminal.") var noColor = false

    func bench() throws -> AdapterBench {
        if noColor { Terminal.isColoured = false }
        let given = try config.map(read)
        do throws(ConformanceRefusal) { return try AdapterBench(adapterFolder: path, config: given) } catch {
            throw CommandFailure(.configuration, error.description)
        }
    }

    private func read(_ file: String) throws -> JSONObject {
        do {
            let bytes = try SmallFile.bytes(at: file, limit: 1 << 20)
            guard case .object(let object) = try StrictJSON.parse(bytes, maximumDepth: 16) else {
                throw CommandFailure(.configuration, "\(file) is no JSON object")
            }
            return object
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure(.configuration, "\(file): \(error)")
        }
    }
}

extension AdapterCommand {
    /// `lockbridge adapter run`
    struct Run: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "run", abstract: "Start an adapter in its box, and speak with it at a prompt.",
            discussion: """
                The core's part is typed: `add front`, `operate front unlock`, `device turn lock`; Tab completes, `help` lists what there is. All that passes is shown:
                  > to the adapter   < its answer   * unasked   ? its own request   = the device   | its standard error
                From a pipe each line waits for the answer to the one before it, unless that ended with &. Without --config its stand-in plays the device.
                Exit 1 where the adapter ends by itself.
                """)
        @OptionGroup var options: BenchOptions
        @OptionGroup var output: OutputOptions
        @Option(
            name: .long, help: ArgumentHelp("Keep all that passes: a line of JSON each, codes and keys as they are.", valueName: "file"))
        var record: String?

        func run() throws {
            let recorder = try record.map(Recorder.init)
            let bench = try options.bench()
            let prompt = try TerminalPrompt(loop: bench.loop) { [unowned bench] in ShortForm.completions(of: $0, bench.known) }
            defer { prompt.close() }
            bench.onLine = { [output] line, answered in
                recorder?.write(line)
                if output.json { return prompt.show(Recorder.text(line)) }
                prompt.show(BenchText.text(line, answered))
            }
            do {
                try bench.greet()
                try converse(bench, prompt)
                prompt.close()
                let exit = try bench.end()
                guard exit == .exited(0) else { throw CommandFailure(.failed, "the adapter ended by \(exit?.description ?? "force")") }
            } catch let refusal as ConformanceRefusal {
                prompt.close()
                try bench.end()
                throw CommandFailure(.failed, refusal.description)
            }
        }

        private func converse(_ bench: AdapterBench, _ prompt: TerminalPrompt) throws {
            while bench.exit == nil {
                guard let text = prompt.next() else {
                    if prompt.isOver { return }
                    try bench.wait(milliseconds: 3_600_000) { !prompt.typed.isEmpty || prompt.isOver }
                    continue
                }
                var line = text.drop { $0 == " " }
                while line.last == " " { line = line.dropLast() }
                if line.isEmpty || line.hasPrefix("#") { continue }
                let isLeft = line.hasSuffix("&") && !prompt.isInteractive
                if isLeft { line = line.dropLast() }
                guard try carryOut(String(line), bench, prompt, isLeft: isLeft) else { return }
            }
        }

        /// - Returns: `false` where that was the last.
        private func carryOut(_ line: String, _ bench: AdapterBench, _ prompt: TerminalPrompt, isLeft: Bool) throws -> Bool {
            let form: ShortForm
            do throws(ShortForm.Mistake) { form = try ShortForm(line, &bench.known) } catch {
                guard prompt.isInteractive else { throw CommandFailure(.usage, error.description) }
                prompt.show(error.description)
                return true
            }
            var id: RequestID?
            switch form {
            case .request(let method, let params): id = bench.request(method, params)
            case .notification(let method, let params): bench.notify(method, params)
            case .raw(let text): id = bench.sendRaw(text)
            case .hand(let touch):
                do { try bench.touch(touch) } catch let refusal as ConformanceRefusal where prompt.isInteractive {
                    prompt.show("\(refusal)")
                }
            case .help: prompt.show(ShortForm.helpText)
            case .quit: return false
            }
            if let id, !isLeft, !prompt.isInteractive { try bench.wait(for: id) }
            return true
        }
    }

    /// `lockbridge adapter replay`
    struct Replay: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "replay", abstract: "Say what was recorded to an adapter again, and show what it does differently.",
            discussion: "Ids and times aside. Exit 1 where there is a difference.")
        @Argument(help: "What `adapter run --record` kept.") var file: String
        @OptionGroup var options: BenchOptions
        @OptionGroup var output: OutputOptions

        private struct Report: Encodable {
            struct Difference: Encodable {
                var what: String
                var was: String?
                var now: String?
            }
            var differences: [Difference]
        }

        func run() throws {
            let found: [AdapterReplay.Difference]
            do {
                let recording = try RecordedLine.read(file)
                found = try AdapterReplay(recording).run(on: try options.bench())
            } catch let refusal as ConformanceRefusal {
                throw CommandFailure(.failed, refusal.description)
            }
            if output.json {
                try Terminal.json(Report(differences: found.map { Report.Difference(what: $0.what, was: $0.was, now: $0.now) }))
            } else if found.isEmpty {
                Terminal.print("No difference.")
            } else {
                for difference in found {
                    Terminal.print(difference.what)
                    if let was = difference.was { Terminal.print(Terminal.paint("- \(was)", .red)) }
                    if let now = difference.now { Terminal.print(Terminal.paint("+ \(now)", .green)) }
                }
            }
            if !found.isEmpty { throw ExitCode(CommandFailure.Code.failed.rawValue) }
        }
    }
}

/// Keeps what passes in a file that only its owner reads: a line of JSON each.
final class Recorder {
    private let file: OwnedDescriptor

    /// - Throws: ``CommandFailure`` where the file can't be made anew.
    init(_ path: String) throws {
        let opened = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard opened >= 0 else { throw CommandFailure(.failed, "\(path): \(IOFailure.last("open"))") }
        file = OwnedDescriptor(taking: opened)
    }

    func write(_ line: RecordedLine) {
        let text = Recorder.text(line) + "\n"
        _ = Glibc.write(file.number, text, text.utf8.count)
    }

    static func text(_ line: RecordedLine) -> String { String(decoding: (try? StrictJSON.encode(line)) ?? [], as: UTF8.self) }
}

/// How a line that passes looks at a prompt.
enum BenchText {
    static func text(_ line: RecordedLine, _ answered: (method: String, milliseconds: Int64)?) -> String {
        guard let object = line.object else {
            if case .text(let text) = line.content { return Terminal.paint((line.from == .log ? "| " : "> ") + visible(text), .dim) }
            return ""
        }
        switch line.from {
        case .core: return Terminal.paint("> \(content(object))", .bold)
        case .hand, .device: return "= \(written(.object(object)))"
        case .log: return ""
        case .adapter:
            if object["method"] != nil { return Terminal.paint("\(object["id"] == nil ? "*" : "?") \(content(object))", .yellow) }
            let time = answered.map { "  \($0.milliseconds) ms" } ?? ""
            return Terminal.paint("< \(content(object))\(time)", object["error"] == nil ? .green : .red)
        }
    }

    /// The line without what every line has.
    private static func content(_ object: JSONObject) -> String {
        let id = object["id"].map { written($0) + " " } ?? ""
        if let method = object["method"]?.string { return "\(id)\(visible(method)) \(written(object["params"] ?? [:]))" }
        if let error = object["error"] { return "\(id)error \(written(error))" }
        return "\(id)\(written(object["result"] ?? .null))"
    }

    private static func written(_ value: JSONValue) -> String {
        visible(String(decoding: (try? StrictJSON.encode(value)) ?? [], as: UTF8.self))
    }

    /// Without control characters, which would move the cursor.
    private static func visible(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) ? "·" : $0 }))
    }
}
