import AdapterProtocol
import Glibc
import LinuxIO
import LockModel
import Logging
import Testing
import WireBytes

@testable import AdapterHost

/// Virtual locks in their process, the loopback adapter in its own under supervision, and a hand at the locks: all real.
final class LoopbackWorld {
    let loop: EventLoop
    let folder: String
    let adapter: AdapterSupervisor
    /// The newest link state of each lock.
    private(set) var links: [LockID: LockLinkState] = [:]
    private(set) var observed: [LockObservation] = []
    private(set) var downs: [DownCause] = []
    private(set) var answers: [JSONObject] = []
    private let spawner: Spawner
    private var locks: ChildProcess?
    private var hand: LineChannel?
    private var isReady = false

    /// Starts locks and adapter; `profiles` is a JSON array for `--locks`.
    init(_ profiles: String) throws {
        try Signals.ignoreBrokenPipes()
        loop = try EventLoop()
        spawner = try Spawner(loop: loop)
        var template = Array("/tmp/world-XXXXXX".utf8CString)
        folder = try #require(mkdtemp(&template).map { String(cString: $0) })
        let finder = ProgramFinder()
        let found = try finder.adapter("loopback", path: LoopbackWorld.adapterFolder)
        var timings = ChildTimings()
        timings.firstRestartMilliseconds = 20
        timings.longestRestartMilliseconds = 50
        let plan = found.plan(
            gateway: "gw-test", config: ["socket": .string(folder + "/locks.sock")], workFolder: folder, timings: timings)
        let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        adapter = AdapterSupervisor(plan, loop: loop, spawner: spawner, log: log)
        adapter.onLink = { [weak self] lock, state in self?.links[lock] = state }
        adapter.onObserved = { [weak self] observation in self?.observed.append(observation) }
        adapter.onDown = { [weak self] cause in self?.downs.append(cause) }
        try write(profiles, to: "locks.json")
        try startLocks()
    }

    /// The source folder that holds the manifest, seen from this file.
    private static let adapterFolder = #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 } + "/adapters/loopback"

    private func startLocks() throws {
        let request = SpawnRequest(
            executable: try ProgramFinder().program("lockbridge-loopback-locks", adapterFolder: ""),
            arguments: ["--socket", folder + "/locks.sock", "--move-log", folder + "/moves", "--locks", folder + "/locks.json"])
        spawner.spawn(request) { [weak self] result in
            guard let self, case .success(let process) = result else {
                Issue.record("the locks did not start: \(result)")
                return
            }
            locks = process
            do {
                _ = try LineChannel(
                    loop: loop, input: process.standardOutput, output: process.standardInput,
                    onLine: { [weak self] _ in self?.isReady = true }, onClosed: { _ in })
            } catch {
                Issue.record(error)
            }
        }
        try until("the locks are ready") { isReady }
        let socket = try UnixSocket.connect(folder + "/locks.sock")
        hand = try LineChannel(
            loop: loop, input: socket, output: socket,
            onLine: { [weak self] line in
                guard case .object(let answer)? = try? StrictJSON.parse(line, maximumDepth: 16) else { return }
                self?.answers.append(answer)
            }, onClosed: { _ in })
    }

    /// Runs the loop until the condition holds; throws after twenty seconds.
    func until(_ what: String, _ condition: () -> Bool) throws {
        var isLate = false
        let watchdog = loop.schedule(afterMilliseconds: 20_000) { [loop] in
            isLate = true
            loop.stop()
        }
        try withoutActuallyEscaping(condition) { condition in
            loop.onTurnEnd = { [loop] in if condition() { loop.stop() } }
            if !condition() { try loop.run() }
            loop.onTurnEnd = nil
        }
        loop.cancel(watchdog)
        try #require(!isLate, "never came: \(what)")
    }

    /// Says one line to the locks as a hand, and gives the answer.
    @discardableResult
    func hand(_ line: String) throws -> JSONObject {
        let before = answers.count
        #expect(hand?.send(Array(line.utf8)) == .queued)
        try until("an answer to \(line)") { answers.count > before }
        let answer = try #require(answers.last)
        #expect(answer["ok"] == true)
        return answer
    }

    /// Starts the adapter with this lock, and waits until it is up.
    func begin(_ lock: LockID = front) throws {
        adapter.addLock(lock, vendorState: nil)
        adapter.start()
        try untilUp(lock)
    }

    func untilUp(_ lock: LockID = front) throws {
        try until("\(lock) is up") { if case .up = links[lock] { true } else { false } }
    }

    func operate(_ operation: String, _ action: MotorAction, ttlMilliseconds: Int = 10_000) throws -> OperateAnswer {
        var answer: OperateAnswer?
        try order(operation, action, ttlMilliseconds: ttlMilliseconds) { answer = $0 }
        try until("an answer to \(operation)") { answer != nil }
        return try #require(answer)
    }

    /// Orders and does not wait.
    func order(
        _ operation: String, _ action: MotorAction, ttlMilliseconds: Int = 10_000, _ done: @escaping (OperateAnswer) -> Void
    ) throws {
        adapter.operate(
            front, operation: try #require(OperationID(operation)), action, ttlMilliseconds: ttlMilliseconds, done)
    }

    /// Asks the lock itself until its motor runs.
    func untilMotorRuns() throws {
        while try hand(#"{"do":"state"}"#)["motorRunning"] != true {}
    }

    func read(_ lock: LockID = front) throws -> LockReading {
        var answer: Result<LockReading, CallFailure>?
        adapter.read(lock) { answer = $0 }
        try until("a reading") { answer != nil }
        return try #require(answer).get()
    }

    /// The lines of the move log, as `move phase`.
    func moves() throws -> [String] {
        try SmallFile.text(at: folder + "/moves").split(separator: "\n").map { line in
            let entry = try StrictJSON.parse(Array(line.utf8), maximumDepth: 4).object
            return (entry?["move"]?.string ?? "") + " " + (entry?["phase"]?.string ?? "")
        }
    }

    /// Kills the adapter's process as a crash of its own would end it.
    func crashAdapter() throws {
        kill(try #require(adapter.child.pid), SIGKILL)
    }

    /// Ends everything and removes the folder.
    func end() throws {
        var isStopped = false
        adapter.stop { isStopped = true }
        try until("the adapter has ended") { isStopped }
        var hasEnded = locks == nil
        locks?.onExit = { _ in hasEnded = true }
        locks?.kill(SIGTERM)
        try until("the locks have ended") { hasEnded }
        hand?.close()
        PrivateFolder.remove(folder)
    }

    private func write(_ text: String, to name: String) throws {
        let descriptor = open(folder + "/" + name, O_CREAT | O_WRONLY | O_TRUNC, 0o600)
        try #require(descriptor >= 0)
        #expect(Glibc.write(descriptor, text, text.utf8.count) == text.utf8.count)
        close(descriptor)
    }
}
