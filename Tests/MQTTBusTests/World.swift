import Glibc
import LinuxIO
import Testing

/// A test's loop, folder and children. The test reads as a sequence: each step runs the loop until something is so.
final class World {
    struct TimedOut: Error {
        let waitingFor: String
    }

    let loop: EventLoop
    let folder: TemporaryFolder
    var turnEnds: [() -> Void] = []
    private let spawner: Spawner
    private var children: [ChildProcess] = []

    init() throws {
        try Signals.ignoreBrokenPipes()
        loop = try EventLoop()
        folder = try TemporaryFolder()
        spawner = try Spawner(loop: loop)
    }

    /// Runs the loop until the condition holds at the end of a turn.
    func until(_ what: String, seconds: Int64 = 20, _ condition: @escaping () -> Bool) throws {
        // What the test did since the last step counts as a turn.
        for turnEnd in turnEnds { turnEnd() }
        if condition() { return }
        var isMet = false
        loop.onTurnEnd = { [self] in
            for turnEnd in turnEnds { turnEnd() }
            if condition() {
                isMet = true
                loop.stop()
            }
        }
        let watchdog = loop.schedule(afterMilliseconds: seconds * 1_000) { [loop] in loop.stop() }
        try loop.run()
        loop.cancel(watchdog)
        loop.onTurnEnd = { [self] in for turnEnd in turnEnds { turnEnd() } }
        if !isMet {
            Issue.record("not within \(seconds) s: \(what)")
            throw TimedOut(waitingFor: what)
        }
    }

    /// Runs the loop for so long: for what must not happen.
    func pass(milliseconds: Int64) throws {
        var isOver = false
        loop.schedule(afterMilliseconds: milliseconds) { isOver = true }
        try until("time passes") { isOver }
    }

    /// Starts a program and gathers its lines.
    func start(_ executable: String, _ arguments: [String], input: [String]? = nil) throws -> Program {
        let program = Program()
        var failure: SpawnFailure?
        let request = SpawnRequest(
            executable: executable, arguments: arguments, environment: ["PATH": "/usr/sbin:/usr/bin:/bin"], workingDirectory: folder.path,
            limits: ProcessLimits(openFiles: 256))
        spawner.spawn(request) { [self] result in
            switch result {
            case .failure(let error): failure = error
            case .success(let child):
                children.append(child)
                program.child = child
                do { try program.attach(loop, input: input) } catch { Issue.record(error) }
            }
        }
        try until("\(executable) starts") { program.child != nil || failure != nil }
        try #require(failure == nil, "\(executable): \(String(describing: failure))")
        return program
    }

    deinit {
        for child in children { child.kill(SIGKILL) }
    }
}

/// A running program: its standard output and error, line by line.
final class Program {
    var child: ChildProcess?
    private(set) var lines: [String] = []
    private(set) var errors: [String] = []
    private(set) var status: ChildExit?
    private var channels: [LineChannel] = []

    fileprivate func attach(_ loop: EventLoop, input: [String]?) throws {
        guard let child else { return }
        child.onExit = { [weak self] in self?.status = $0 }
        let output = try LineChannel(
            loop: loop, input: child.standardOutput, output: child.standardInput, limits: LineLimits(outputBytes: 4_000_000),
            onLine: { [weak self] in self?.lines.append(String(decoding: $0, as: UTF8.self)) }, onClosed: { _ in })
        let null = OwnedDescriptor(taking: open("/dev/null", O_WRONLY | O_CLOEXEC))
        let errors = try LineChannel(
            loop: loop, input: child.standardError, output: null,
            onLine: { [weak self] in self?.errors.append(String(decoding: $0, as: UTF8.self)) }, onClosed: { _ in })
        channels = [output, errors]
        for line in input ?? [] { #expect(output.send(Array(line.utf8)) == .queued) }
        if input != nil { output.closeWhenSent() }
    }

    /// Sends a line to its standard input.
    func send(_ line: String) {
        #expect(channels.first?.send(Array(line.utf8)) == .queued)
    }

    /// Closes its standard input (and output).
    func hangUp() { channels.first?.close() }
}

/// An empty folder that goes with its contents when the test ends.
final class TemporaryFolder {
    let path: String

    init() throws {
        var template = Array("/tmp/mqttbus-XXXXXX".utf8) + [0]
        let made = template.withUnsafeMutableBufferPointer { room in
            room.withMemoryRebound(to: CChar.self) { room in
                room.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
            }
        }
        path = try #require(made)
    }

    func file(_ name: String) -> String { path + "/" + name }

    /// Writes a file and gives back its path.
    func write(_ name: String, _ text: String, mode: mode_t = 0o600) throws -> String {
        let path = file(name)
        let descriptor = OwnedDescriptor(taking: open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, mode))
        let bytes = Array(text.utf8)
        try #require(Glibc.write(descriptor.number, bytes, bytes.count) == bytes.count)
        return path
    }

    deinit {
        if let folder = opendir(path) {
            while let entry = readdir(folder) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                    pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                unlink(file(name))
            }
            closedir(folder)
        }
        rmdir(path)
    }
}
