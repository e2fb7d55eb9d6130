import AdapterProtocol
import ArgumentParser
import LinuxIO
import LockModel
import WireBytes

/// `lockbridge survey`
struct SurveyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "survey", abstract: "Measure how well a lock is reached from where the gateway stands.",
        discussion: """
            Listens to the lock and reads it every three seconds; its motor does not move. Ends with what to do about it. The handover sheet shows the
            last survey since the gateway's start.
            """)
    @OptionGroup var options: HomeOptions
    @OptionGroup var output: OutputOptions
    @Argument(help: "The lock's name.") var name: String
    @Option(name: .long, help: "For how long, in seconds, 1 to 600.") var seconds = 60

    func validate() throws {
        guard (1...600).contains(seconds) else { throw ValidationError("--seconds: 1 to 600") }
    }

    func run() throws {
        let request = SurveyRequest(lock: try parsed(name, "lock"), seconds: seconds)
        let client = try AdminClient(home: options.home)
        var block = LiveBlock()
        let begun = Clocks.bootMilliseconds()
        if !output.json { Terminal.print("Measuring \(request.lock) for \(seconds) s ...") }
        let view: SurveyView = try client.call(.lockSurvey, request) { notification, params in
            guard notification == .survey, !output.json, block.isDrawn else { return }
            let view = try StrictJSON.decode(SurveyView.self, from: .object(params))
            let left = max(0, Int64(seconds) - (Clocks.bootMilliseconds() - begun) / 1000)
            block.draw(view.lines + ["\(left) s to go"])
        }
        block.clear()
        if output.json { return try Terminal.json(view) }
        for line in view.lines { Terminal.print(line) }
        for line in view.advice { Terminal.print("→ \(line)") }
    }
}

extension SurveyView {
    /// For a person, in 40 columns.
    var lines: [String] {
        var lines: [String] = []
        if hasRadio {
            lines.append("signal  \(signal.rawValue)\(rssi.map { ", \($0.median) dBm" } ?? "")")
            if let rssi { lines.append("        \(rssi.min) to \(rssi.max) dBm") }
            lines.append("heard   \(advertisements) times")
        }
        lines.append("read    \(readsSucceeded) of \(readsTried)")
        if let times = readMilliseconds {
            lines.append("        median \(times.median) ms")
            lines.append("        95 in 100 under \(times.p95) ms")
            lines.append("        at most \(times.max) ms")
        }
        if let lastFailure { lines.append("failed  \(lastFailure.rawValue)") }
        return lines
    }
}
