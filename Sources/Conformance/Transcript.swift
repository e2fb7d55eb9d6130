/// What the adapter did wrong by the line, over all rules of a run: the rules about lines, answers and contents are judged by it.
final class Transcript {
    /// What a fault is about; each kind is one rule's.
    enum Kind: CaseIterable {
        /// A line that is no message: noise, bad UTF-8, a key twice, too long.
        case line
        /// An answer nobody waits for, or a second one.
        case answer
        /// Members missing, of another type, or with a word nobody knows.
        case contents
        /// Speech before the answer to `initialize` or after the one to `shutdown`.
        case turn
        /// More notifications than allowed.
        case rate
        /// A question that no terminal can show as it is.
        case question
        /// A process that outlives the adapter, or that was never waited for.
        case leftBehind
    }

    private var first: [Kind: String] = [:]
    private var counts: [Kind: Int] = [:]
    /// The rule under trial.
    var rule = ""
    /// Called for every line that passes between the kit and the adapter.
    var onLine: ((RecordedLine.Speaker, [UInt8]) -> Void)?

    func note(_ kind: Kind, _ seen: String) {
        counts[kind, default: 0] += 1
        if first[kind] == nil { first[kind] = "\(seen) (in \(rule))" }
    }

    /// Breaks a rule where there was such a fault.
    func expectNone(_ kind: Kind) throws(Finding) {
        guard let seen = first[kind], let count = counts[kind] else { return }
        throw .broken(count == 1 ? seen : "\(seen), and \(count - 1) more")
    }
}
