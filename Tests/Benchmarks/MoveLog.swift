import Glibc
import WireBytes

/// The locks' own log: the judge of what really moved.
struct MoveLog {
    private(set) var unlocks: [String: Int] = [:]
    private(set) var locks: [String: Int] = [:]
    private(set) var faults: [String] = []

    /// Reads a log: for each lock how often its motor unlocked and locked, and whether every run ended before the next began.
    init(path: String) {
        var isRunning: Set<String> = []
        for line in ProcessFiles.bytes(path).split(separator: UInt8(ascii: "\n")) {
            guard case .object(let object)? = try? StrictJSON.parse(Array(line), maximumDepth: 2), let lock = object["lock"]?.string,
                let move = object["move"]?.string, let phase = object["phase"]?.string
            else {
                faults.append("a line that can't be read")
                continue
            }
            switch phase {
            case "start":
                if !isRunning.insert(lock).inserted { faults.append("\(lock): a run began in a run") }
                if move == "unlock" { unlocks[lock, default: 0] += 1 } else { locks[lock, default: 0] += 1 }
            case "end": if isRunning.remove(lock) == nil { faults.append("\(lock): an end without a run") }
            default: faults.append("\(lock): \(phase)")
            }
        }
        faults += isRunning.map { "\($0): a run without an end" }
    }

    /// What is wrong with it when each lock was commanded so often.
    func judge(commands: [String: Int]) -> [String] {
        var found = faults
        for lock in Set(unlocks.keys).union(commands.keys).sorted() {
            let (asked, unlocked, locked) = (commands[lock] ?? 0, unlocks[lock] ?? 0, locks[lock] ?? 0)
            if unlocked != asked { found.append("\(lock): \(asked) commands, \(unlocked) unlocks") }
            if locked != unlocked { found.append("\(lock): \(unlocked) unlocks, \(locked) locks") }
        }
        return found
    }
}
