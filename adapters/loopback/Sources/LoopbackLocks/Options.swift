import LinuxIO
import LockModel
import WireBytes

/// The program's arguments.
struct Options: Equatable {
    var socket = ""
    var moveLog = ""
    var locks: [LockProfile] = []
    /// Whether standard input speaks the stand-in protocol too, and its end ends the program.
    var isStandIn = false

    static let usage = """
        usage: lockbridge-loopback-locks --socket PATH --move-log FILE [--locks FILE.json] [--lock NAME[:OPTION]...]...
               lockbridge-loopback-locks --stand-in FOLDER
        options of a lock: door, open, auto=SECONDS, timed, unlatch, motor=MILLISECONDS

        """

    /// Why the arguments are not taken; the user reads it with the usage.
    struct Refusal: Error, Equatable, CustomStringConvertible {
        let description: String
    }

    /// Reads the arguments after the program's name.
    init(_ arguments: [String]) throws(Refusal) {
        var rest = arguments[...]
        while let flag = rest.popFirst() {
            guard let value = rest.popFirst() else { throw Refusal(description: "\(flag) wants a value") }
            switch flag {
            case "--socket": socket = value
            case "--move-log": moveLog = value
            case "--locks": locks += try Options.profiles(inFile: value)
            case "--lock": locks.append(try Options.profile(value))
            case "--stand-in":
                isStandIn = true
                socket = value + "/locks.sock"
                moveLog = value + "/moves.jsonl"
                locks.append(try Options.profile("front:door:auto=30:timed:unlatch:motor=50"))
            default: throw Refusal(description: "unknown argument \(flag)")
            }
        }
        guard !socket.isEmpty, !moveLog.isEmpty else { throw Refusal(description: "--socket and --move-log are needed") }
        guard !locks.isEmpty else { throw Refusal(description: "there is no lock: use --lock or --locks") }
        guard Set(locks.map(\.name)).count == locks.count else { throw Refusal(description: "two locks have one name") }
    }

    /// Reads `NAME[:OPTION]…`.
    private static func profile(_ text: String) throws(Refusal) -> LockProfile {
        var parts = text.split(separator: ":", omittingEmptySubsequences: false)[...]
        guard let name = parts.popFirst(), LockID(String(name)) != nil else {
            throw Refusal(description: "not the name of a lock: \(text)")
        }
        var profile = LockProfile(name: String(name))
        for part in parts {
            let pair = part.split(separator: "=", maxSplits: 1)
            switch (pair.first, pair.count == 2 ? Int(pair[1]) : nil) {
            case ("door", nil): profile.door = .closed
            case ("open", nil): profile.door = .open
            case ("timed", nil): profile.timedUnlock = true
            case ("unlatch", nil): profile.unlatch = true
            case ("auto", let seconds?) where (1...600).contains(seconds):
                profile.autoRelock = AutoRelock(armed: true, seconds: seconds, waitsForDoor: false)
            case ("motor", let milliseconds?) where (0...60_000).contains(milliseconds): profile.motorMilliseconds = milliseconds
            default: throw Refusal(description: "unknown option \(part) of lock \(name)")
            }
        }
        return profile
    }

    private static let maximumFileBytes = 16 << 20

    private static func profiles(inFile path: String) throws(Refusal) -> [LockProfile] {
        do {
            let text = try SmallFile.bytes(at: path, limit: maximumFileBytes)
            return try StrictJSON.decode([LockProfile].self, from: try StrictJSON.parse(text, maximumDepth: 8))
        } catch {
            throw Refusal(description: "\(path): \(error)")
        }
    }
}
