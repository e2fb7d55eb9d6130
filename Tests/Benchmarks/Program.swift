import Glibc
import LinuxIO

/// A process of the benchmark's, which dies with it.
final class Program {
    let pid: Int32
    private let log: String
    private var isOver = false

    /// Starts a program; what it says goes to a file in the folder.
    init(_ path: String, _ arguments: [String], folder: String, log: String, environment: [String] = []) throws {
        self.log = folder + "/" + log
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, self.log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        // setpriv only asks the kernel to end the program with us, and becomes it.
        let words = ["/usr/bin/setpriv", "--pdeathsig", "KILL", path] + arguments
        var argv: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        var envp: [UnsafeMutablePointer<CChar>?] = (["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"] + environment)
            .map { strdup($0) }
        envp.append(nil)
        defer { for word in argv + envp { free(word) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, "/usr/bin/setpriv", &actions, nil, &argv, &envp)
        guard code == 0 else { throw Mishap("\(path) can't be started: \(IOFailure.text(of: code))") }
        self.pid = pid
    }

    deinit { stop(SIGKILL) }

    /// What it said last.
    var words: String { String(decoding: ProcessFiles.bytes(log).suffix(2000), as: UTF8.self) }

    /// Whether it has said this line.
    func hasSaid(_ line: String) -> Bool { words.contains(line) }

    /// - Throws: when it is not running any more.
    func mustRun() throws {
        guard !isOver, waitpid(pid, nil, WNOHANG) == 0 else {
            isOver = true
            throw Mishap("a program ended early; it said:\n\(words)")
        }
    }

    /// Waits for its end.
    /// - Throws: when it did not end well.
    func finish() throws {
        var status: Int32 = 0
        isOver = true
        guard waitpid(pid, &status, 0) == pid, status == 0 else { throw Mishap("a program failed; it said:\n\(words)") }
    }

    /// Sends a signal and waits for the end.
    func stop(_ signal: Int32 = SIGTERM) {
        guard !isOver else { return }
        isOver = true
        kill(pid, signal)
        waitpid(pid, nil, 0)
    }

    /// Asks every few milliseconds until something holds.
    static func wait(seconds: Double, every milliseconds: Int32, for what: String, _ holds: () throws -> Bool) throws {
        let end = Clocks.bootMilliseconds() + Int64(seconds * 1000)
        while try !holds() {
            guard Clocks.bootMilliseconds() < end else { throw Mishap("\(what) did not happen within \(Int(seconds)) s") }
            poll(nil, 0, milliseconds)
        }
    }
}

/// What /proc tells.
enum ProcessFiles {
    static func bytes(_ path: String) -> [UInt8] {
        guard let file = fopen(path, "r") else { return [] }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk[..<count] }
        return bytes
    }

    /// The fields of /proc/PID/stat after the name: state, ppid, …
    private static func fields(_ pid: Int32) -> [Substring] {
        let text = String(decoding: bytes("/proc/\(pid)/stat"), as: UTF8.self)
        guard let end = text.lastIndex(of: ")") else { return [] }
        return text[text.index(after: end)...].split(separator: " ")
    }

    /// Processor time used so far, in milliseconds; all threads, user and system.
    static func processorMilliseconds(_ pid: Int32) -> Double {
        let fields = fields(pid)
        guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { return 0 }
        return (user + system) * 1000 / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// Memory that counts for this process, its share of shared pages included.
    static func proportionalBytes(_ pid: Int32) -> Int {
        for line in String(decoding: bytes("/proc/\(pid)/smaps_rollup"), as: UTF8.self).split(separator: "\n") where line.hasPrefix("Pss:")
        {
            return (Int(line.split(separator: " ")[1]) ?? 0) * 1024
        }
        return 0
    }

    /// Processes started by this one, with their names (15 characters).
    static func children(of parent: Int32) -> [(pid: Int32, name: String)] {
        guard let folder = opendir("/proc") else { return [] }
        defer { closedir(folder) }
        var found: [(Int32, String)] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard let pid = Int32(name), case let fields = fields(pid), fields.count > 1, fields[1] == String(parent) else { continue }
            let comm = String(decoding: bytes("/proc/\(pid)/comm"), as: UTF8.self)
            found.append((pid, String(comm.prefix { !$0.isNewline })))
        }
        return found
    }
}
