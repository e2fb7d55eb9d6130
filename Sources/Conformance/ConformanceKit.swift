import AdapterHost
import AdapterProtocol
import LinuxIO
import WireBytes

/// Why a run cannot begin, or cannot go on: the folder, the manifest or this machine. The author of the adapter reads it.
public struct ConformanceRefusal: Error, Sendable, CustomStringConvertible {
    /// What is wrong.
    public let description: String
}

/// Tries an adapter, in any language, against the numbered rules of the protocol: a scripted host on one side, the adapter's stand-in on the
/// other, which shows what really reached the lock.
///
/// ```swift
/// let kit = try ConformanceKit(adapterFolder: "adapters/template-python")
/// let results = try kit.run(Rule.all) { result in print(result.rule.id, result.verdict) }
/// ```
///
/// Guarantees: every rule has processes of its own, and none of them is left when it is judged. The adapter runs inside the walls the gateway
/// puts around it. Not for several threads.
public struct ConformanceKit {
    private let installed: InstalledAdapter
    /// Called for every line that passes between the kit and the adapter, with its time since the run began.
    package var onLine: ((RecordedLine) -> Void)?

    /// Reads the adapter's manifest.
    /// - Parameter adapterFolder: where `adapter.json` is, or that file.
    /// - Throws: ``ConformanceRefusal`` for a manifest that is missing or refused, and a program that is not there.
    public init(adapterFolder: String) throws(ConformanceRefusal) {
        installed = try InstalledAdapter.read(adapterFolder)
    }

    /// The adapter's name and version, as its manifest says.
    public var adapter: String { "\(installed.manifest.name) \(installed.manifest.version)" }

    /// The level its manifest states.
    public var statedLevel: ConformanceLevel? { installed.manifest.level.flatMap { ConformanceLevel(rawValue: $0.rawValue) } }

    /// Tries the rules in their order.
    ///
    /// - Parameters:
    ///   - onStart: called before each rule.
    ///   - onResult: called after each rule.
    /// - Throws: ``ConformanceRefusal`` where this machine has not what a run takes: descriptors, processes, a folder in /tmp.
    @discardableResult
    public func run(
        _ rules: [Rule], onStart: (Rule) -> Void = { _ in }, onResult: (RuleResult) -> Void = { _ in }
    ) throws(ConformanceRefusal) -> [RuleResult] {
        let stage: Stage
        do throws(IOFailure) { stage = try Stage() } catch { throw ConformanceRefusal(description: "\(error)") }
        defer { PrivateFolder.remove(stage.folder) }
        let transcript = Transcript()
        let start = Clocks.bootMilliseconds()
        if let onLine {
            transcript.onLine = { from, bytes in
                onLine(RecordedLine(milliseconds: Clocks.bootMilliseconds() - start, from: from, bytes: bytes))
            }
        }
        var results: [RuleResult] = []
        for rule in rules {
            onStart(rule)
            transcript.rule = rule.id
            let begin = Clocks.bootMilliseconds()
            let verdict = judge(rule, stage, transcript)
            let result = RuleResult(rule: rule, verdict: verdict, milliseconds: Clocks.bootMilliseconds() - begin)
            results.append(result)
            onResult(result)
        }
        return results
    }

    private func judge(_ rule: Rule, _ stage: Stage, _ transcript: Transcript) -> Verdict {
        let trial = Trial(installed, stage: stage, transcript: transcript)
        var verdict = Verdict.ok
        do {
            try rule.judge(trial)
        } catch Finding.broken(let seen) {
            verdict = .broken(seen)
        } catch Finding.notReached(let why) {
            verdict = .notReached(why)
        } catch {
            verdict = .notReached("the kit itself: \(error)")
        }
        try? trial.end()
        return verdict
    }
}

extension InstalledAdapter {
    /// Reads the adapter in a folder.
    /// - Parameter folder: where `adapter.json` is, or that file.
    /// - Throws: ``ConformanceRefusal`` for a manifest that is missing or refused, and a program that is not there.
    static func read(_ folder: String) throws(ConformanceRefusal) -> InstalledAdapter {
        let suffix = "/adapter.json"
        let file = folder.hasSuffix(suffix) ? folder : folder + suffix
        do {
            let manifest = try Manifest(reading: try SmallFile.bytes(at: file, limit: Manifest.maximumBytes))
            return try ProgramFinder().adapter(manifest.name.text, path: file)
        } catch let refusal as ProgramFinder.NotFound {
            throw ConformanceRefusal(description: refusal.description)
        } catch {
            throw ConformanceRefusal(description: "\(file): \(error)")
        }
    }
}
