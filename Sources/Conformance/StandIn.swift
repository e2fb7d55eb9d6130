import AdapterHost
import AdapterProtocol
import LinuxIO
import LockModel
import WireBytes

/// The program that plays the adapter's device, and tells what the lock itself sees (`adapters-reference`, The box).
final class StandIn {
    /// What it said once it was ready.
    let config: JSONObject
    let vendorState: JSONObject?
    /// The lock is to be paired with first; what pairing gives is its vendor state.
    let needsPairing: Bool
    /// What to say where a PIN is asked for.
    let pin: String?
    /// The Bluetooth controller it plays, where its lock is on the air, and the lock's address where it is known before pairing.
    let radio: String?
    let peers: [RadioPeer]
    private let stage: Stage
    private let process: ChildProcess
    private let errors: ErrorText
    private let inbox: Inbox
    private let channel: LineChannel

    private final class Inbox {
        var lines: [JSONObject] = []
        var isClosed = false
        /// Answers nobody waits for.
        var unwanted = 0
    }

    private static let answerMilliseconds: Int64 = 5000
    private static let readyMilliseconds: Int64 = 30_000
    private static let maximumLineBytes = 1 << 20

    /// Starts it with an empty folder, and waits until it is ready.
    /// - Throws: ``Finding`` `notReached` where it does not come up.
    init(_ command: [String], adapterFolder: String, folder: String, stage: Stage) throws {
        self.stage = stage
        guard let first = command.first else { throw Finding.notReached("the manifest names no stand-in") }
        let program: String
        do {
            program = try ProgramFinder().program(first, adapterFolder: adapterFolder)
        } catch {
            throw Finding.notReached("the stand-in was not found: \(error)")
        }
        try PrivateFolder.prepare(folder)
        process = try stage.spawn(
            SpawnRequest(
                executable: program, arguments: command.dropFirst() + [folder],
                environment: [
                    "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "TZ": "UTC", "HOME": folder, "TMPDIR": folder,
                    "PYTHONDONTWRITEBYTECODE": "1",
                ], workingDirectory: adapterFolder, limits: ProcessLimits(openFiles: 256)))
        let inbox = Inbox()
        self.inbox = inbox
        errors = try ErrorText(process.standardError, loop: stage.loop)
        channel = try LineChannel(
            loop: stage.loop, input: process.standardOutput, output: process.standardInput,
            limits: LineLimits(lineBytes: StandIn.maximumLineBytes),
            onLine: { line in
                guard inbox.unwanted == 0 else {
                    inbox.unwanted -= 1
                    return
                }
                if case .object(let object)? = try? StrictJSON.parse(line, maximumDepth: LineCodec.maximumDepth) {
                    inbox.lines.append(object)
                }
            }, onClosed: { _ in inbox.isClosed = true })
        let isHere = try stage.wait(milliseconds: StandIn.readyMilliseconds) { !inbox.lines.isEmpty || inbox.isClosed }
        guard isHere, !inbox.lines.isEmpty else {
            process.kill(9)
            throw Finding.notReached("the stand-in did not become ready: \(errors.lastLine ?? "it said nothing")")
        }
        let ready = inbox.lines.removeFirst()
        config = ready["config"]?.object ?? [:]
        vendorState = ready["vendorState"]?.object
        needsPairing = ready["pair"] == true
        pin = ready["pin"]?.string
        radio = ready["radio"]?.string
        peers = (ready["peers"]?.array ?? []).compactMap { try? StrictJSON.decode(RadioPeer.self, from: $0) }
        guard ready["ready"] == true else { throw Finding.notReached("the stand-in's first line does not say that it is ready") }
    }

    /// Says one line and gives the answer.
    /// - Throws: `notReached` where there is none.
    func ask(_ line: JSONObject) throws -> JSONObject {
        inbox.lines = []
        _ = channel.send((try? StrictJSON.encode(JSONValue.object(line))) ?? [])
        _ = try stage.wait(milliseconds: StandIn.answerMilliseconds) { !inbox.lines.isEmpty || inbox.isClosed }
        guard let answer = inbox.lines.first else { throw Finding.notReached("the stand-in gave no answer to \(line["do"]?.string ?? "")") }
        return answer
    }

    /// Presses the lock's button, without waiting for anything: a stand-in that has none says so to nobody.
    func press() {
        inbox.unwanted += 1
        _ = channel.send((try? StrictJSON.encode(["do": "press"] as JSONValue)) ?? [])
    }

    /// The lock as it is.
    func state() throws -> LockTruth { try LockTruth(try ask(["do": "state"])) }

    /// Changes a circumstance.
    /// - Throws: `notReached` where the stand-in does not know it.
    func set(_ name: String, _ value: JSONValue) throws {
        let answer = try ask(JSONObject([("do", "set"), (name, value)]))
        guard answer["ok"] == true else { throw Finding.notReached("the stand-in does not know set \(name)") }
    }

    /// Turns the lock, by hand unless another source is named; by the keypad with somebody's slot, and the code that was set for it.
    func turn(_ action: MotorAction, source: String? = nil, slot: Int? = nil, code: String? = nil) throws {
        var line: JSONObject = ["do": "turn", "action": .string(action.rawValue)]
        if let source { line["source"] = .string(source) }
        if let slot { line["slot"] = .integer(Int64(slot)) }
        if let code { line["code"] = .string(code) }
        let answer = try ask(line)
        guard answer["ok"] == true else { throw Finding.notReached("the stand-in cannot be turned to \(action.rawValue)") }
    }

    /// Ends the lock's links.
    func hangUp() throws {
        guard try ask(["do": "hangup"])["ok"] == true else { throw Finding.notReached("the stand-in does not know hangup") }
    }

    /// Ends it.
    func end() {
        channel.close()
        process.kill(9)
        errors.close()
    }
}

/// What the stand-in tells of the lock: the truth that an adapter's word is held against.
struct LockTruth {
    var bolt: BoltState
    var door: DoorState?
    var isMotorRunning: Bool
    /// Motor commands received.
    var drives: Int
    /// Motor runs.
    var moves: Int
    var autoRelock: AutoRelock?
    /// Links that stand, where it tells.
    var links: Int?
    /// Slots with their codes, as it tells them.
    var codes: [JSONValue]
    var keys: [JSONValue]

    init(_ object: JSONObject) throws(Finding) {
        guard object["ok"] == true, let bolt = object["bolt"]?.string.flatMap(BoltState.init(rawValue:)),
            let drives = object["drives"]?.integer, let running = object["motorRunning"]?.bool
        else { throw .notReached("the stand-in's state lacks ok, bolt, drives or motorRunning") }
        self.bolt = bolt
        self.drives = Int(drives)
        isMotorRunning = running
        moves = Int(object["moves"]?.integer ?? drives)
        door = object["door"]?.string.flatMap(DoorState.init(rawValue:))
        links = object["links"]?.integer.map(Int.init)
        codes = object["codes"]?.array ?? []
        keys = object["keys"]?.array ?? []
        if let relock = object["autoRelock"]?.object, let armed = relock["armed"]?.bool, let seconds = relock["seconds"]?.integer {
            autoRelock = AutoRelock(armed: armed, seconds: Int(seconds), waitsForDoor: relock["waitsForDoor"]?.bool ?? false)
        }
    }
}
