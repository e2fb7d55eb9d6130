import Glibc
import Simulation
import WireBytes

/// Runs a batch with its progress, and says how it went.
struct Report {
    let first: UInt64
    let count: UInt64
    let steps: Int
    let bug: SeededBug?
    let isJSON: Bool
    private let begin = Report.now()

    init(first: UInt64, count: UInt64, steps: Int, bug: SeededBug?, isJSON: Bool) {
        self.first = first
        self.count = count
        self.steps = steps
        self.bug = bug
        self.isJSON = isJSON
    }

    /// Seconds on a clock that only goes forward.
    static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// Lives every seed until one breaks something; shows how far it is where somebody watches.
    func live(_ batch: inout Batch) -> Batch.Finding? {
        let isWatched = isatty(STDERR_FILENO) == 1
        var shown = begin
        for number in 0..<count {
            if let found = batch.live(seed: first &+ number) {
                if isWatched { Report.note("\r\u{1B}[K") }
                return found
            }
            let now = Report.now()
            if isWatched && now - shown > 1 {
                shown = now
                Report.note("\r\u{1B}[K\(number + 1) of \(count) lives, \(batch.steps) inputs")
            }
        }
        if isWatched { Report.note("\r\u{1B}[K") }
        return nil
    }

    /// Prints the outcome.
    /// - Returns: the exit code.
    func tell(_ batch: Batch, _ found: Batch.Finding?) -> Int32 {
        let seconds = max(Report.now() - begin, 0.001)
        let missing = found == nil && bug == nil ? batch.coverage.missing(steps: batch.steps) : []
        if isJSON {
            Report.printJSON(outcome(batch, found, missing, seconds))
        } else if let found {
            tell(found)
        } else {
            let seeds = count == 1 ? "seed \(first)" : "seeds \(first) to \(first &+ count &- 1)"
            print("\(seeds): every invariant held.")
            print("\(batch.steps) inputs in \(Int(seconds * 1000)) ms, \(Int(Double(batch.steps) / seconds)) a second")
            print(Deed.allCases.map { "\($0) \(batch.coverage[$0])" }.joined(separator: ", "))
            if !missing.isEmpty { print("Too little to prove anything: never \(missing.map { "\($0)" }.joined(separator: ", ")).") }
        }
        return found == nil && missing.isEmpty ? 0 : 1
    }

    private func tell(_ found: Batch.Finding) {
        for moment in found.timeline { print(moment.line) }
        print("\n\(found.violation.invariant.name) does not hold: \(found.violation.invariant.rule).")
        print(
            "\(found.violation.what), in the life of seed \(found.seed); \(found.plan.steps.count) of its \(found.actions) actions are enough."
        )
        print("Again: \(again(found))")
    }

    private func again(_ found: Batch.Finding) -> String {
        "lockbridge-sim --seed \(found.seed) --steps \(steps)" + (bug.map { " --bug \($0.rawValue)" } ?? "")
    }

    // MARK: JSON

    private struct Outcome: Encodable {
        struct Broken: Encodable {
            let invariant: String
            let rule: String
            let what: String
            let seed: Int64
            let again: String
            let plan: Plan
            let timeline: [String]
        }

        let firstSeed: Int64
        let lives: Int
        let inputs: Int
        let milliseconds: Int
        let inputsPerSecond: Int
        let deeds: [String: Int]
        let missing: [String]
        let broken: Broken?
    }

    private func outcome(_ batch: Batch, _ found: Batch.Finding?, _ missing: [Deed], _ seconds: Double) -> Outcome {
        let broken = found.map { found in
            Outcome.Broken(
                invariant: found.violation.invariant.name, rule: found.violation.invariant.rule, what: found.violation.what,
                seed: Int64(clamping: found.seed), again: again(found), plan: found.plan, timeline: found.timeline.map(\.line))
        }
        let deeds = Dictionary(uniqueKeysWithValues: Deed.allCases.map { ("\($0)", batch.coverage[$0]) })
        return Outcome(
            firstSeed: Int64(clamping: first), lives: batch.lives, inputs: batch.steps, milliseconds: Int(seconds * 1000),
            inputsPerSecond: Int(Double(batch.steps) / seconds), deeds: deeds, missing: missing.map { "\($0)" }, broken: broken)
    }

    static func printJSON(_ value: some Encodable) {
        do { print(String(decoding: try StrictJSON.encode(value), as: UTF8.self)) } catch { note("\(error)\n") }
    }

    static func note(_ text: String) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let written = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
            guard written > 0 else { return }
            bytes = bytes.dropFirst(written)
        }
    }
}
