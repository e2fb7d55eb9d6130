import AdapterProtocol
import Glibc
import LinuxIO
import LockModel
import Tokens
import WireBytes

/// One of the two that are measured: the gateway, or the floor.
protocol Contestant: AnyObject {
    var name: String { get }
    /// The topics' root.
    var root: String { get }
    var retailer: Retailer { get set }
    /// The locks' own log.
    var moves: String { get }
    /// The processes that count as its own, by part.
    func parts() -> [(name: String, pid: Int32)]
    /// The locks, where they are a process of their own that counts for neither side.
    var locksProcess: Int32? { get }
    /// Starts it with everything enrolled and returns how many seconds it took until every lock could be commanded.
    func start() throws -> Double
    func mustRun() throws
    func stop()
}

extension Contestant {
    func processor() -> [String: Double] {
        var used: [String: Double] = [:]
        for (name, pid) in parts() { used[name, default: 0] += ProcessFiles.processorMilliseconds(pid) }
        if let locksProcess { used["locks"] = ProcessFiles.processorMilliseconds(locksProcess) }
        return used
    }

    func memory() -> [(name: String, bytes: Int)] { parts().map { ($0.name, ProcessFiles.proportionalBytes($0.pid)) } }
}

/// The gateway as it is shipped, with its bus process and the loopback adapter, and the virtual locks beside it.
final class GatewayContestant: Contestant {
    let name = "gateway"
    let root: String
    var retailer: Retailer
    let moves: String
    private let arguments: Arguments
    private let folder: String
    private let home: String
    private let lockPrograms: Program
    private var core: Program?
    private var children: [(name: String, pid: Int32)] = []

    /// Makes a gateway and starts the virtual locks.
    init(_ arguments: Arguments, folder: String, port: Int) throws {
        self.arguments = arguments
        self.folder = folder
        home = folder + "/home"
        moves = folder + "/gateway-moves.jsonl"
        try Program(arguments.programs + "/lockbridge", ["init", "--clock", "host", "--home", home], folder: folder, log: "init.log")
            .finish()
        let yaml = try SmallFile.text(at: home + "/lockbridge.yaml")
        guard let line = yaml.split(separator: "\n").first(where: { $0.hasPrefix("gateway: ") }) else { throw Mishap("init wrote no id") }
        let gateway = String(line.dropFirst("gateway: ".count))
        root = "lockbridge/v1/\(gateway)"
        retailer = try Retailer(gateway: gateway, locks: arguments.locks)
        let limits = try SmallFile.text(at: arguments.limits).split(separator: "\n").map { "  \($0)\n" }.joined()
        try Files.write(
            """
            version: 1
            gateway: \(gateway)
            site: {timeZone: Etc/UTC, clock: host}
            buses:
              - {name: shop, url: "mqtt://127.0.0.1:\(port)", principals: [\(Retailer.name), \(Retailer.resident)]}
            adapters:
              loopback: {path: \(arguments.adapter), config: {socket: \(folder)/locks.sock}}
            limits:
            \(limits)
            """, to: home + "/lockbridge.yaml")
        // The motor is there at once; the lock's own auto-relock is armed, so that the gateway may unlock at all.
        let profile = "\"motorMilliseconds\":0,\"autoRelock\":{\"armed\":true,\"seconds\":60,\"waitsForDoor\":false}"
        let locks = (0..<arguments.locks).map { "{\"name\":\"\(Retailer.nameOfLock($0))\",\(profile)}" }
        try Files.write("[" + locks.joined(separator: ",\n") + "]", to: folder + "/locks.json")
        lockPrograms = try Program(
            arguments.programs + "/lockbridge-loopback-locks",
            ["--socket", folder + "/locks.sock", "--move-log", moves, "--locks", folder + "/locks.json"], folder: folder, log: "locks.log")
        let socket = folder + "/locks.sock"
        try Program.wait(seconds: 20, every: 20, for: "the locks' start") { [lockPrograms] in
            try lockPrograms.mustRun()
            return access(socket, R_OK) == 0
        }
    }

    var locksProcess: Int32? { lockPrograms.pid }

    /// Gives the gateway its locks, people and grants; returns how many seconds that took.
    func enrol() throws -> Double {
        let begin = nanoseconds()
        try run()
        let admin = try AdminSession(path: home + "/run/admin.sock")
        guard let adapter = AdapterName("loopback") else { throw Mishap("a name") }
        let people: [PrincipalAddRequest] = [
            PrincipalAddRequest(principal: retailer.resident, role: .resident, keys: [PrincipalKey(retailer.residentKey.verifyingKey)]),
            PrincipalAddRequest(principal: retailer.retailer, role: .retailer, keys: [PrincipalKey(retailer.key.verifyingKey)]),
        ]
        try admin.callAll(.principalAdd, people)
        try admin.callAll(.lockAdd, retailer.grants.map { LockAddRequest(lock: $0.lock, adapter: adapter) })
        try admin.callAll(.grantAdd, retailer.grants.map { GrantAddRequest(token: String(decoding: $0.token, as: UTF8.self)) })
        try untilReady(admin)
        let seconds = Double(nanoseconds() - begin) / 1e9
        stop()
        return seconds
    }

    func start() throws -> Double {
        let begin = nanoseconds()
        try run()
        try untilReady(try AdminSession(path: home + "/run/admin.sock"))
        let seconds = Double(nanoseconds() - begin) / 1e9
        children = ProcessFiles.children(of: core?.pid ?? 0).map { ($0.name.hasPrefix("lockbridge-bus") ? "bus" : "adapter", $0.pid) }
        return seconds
    }

    private func run() throws {
        let core = try Program(arguments.programs + "/lockbridge", ["run", "--home", home], folder: folder, log: "core.log")
        self.core = core
        try Program.wait(seconds: 60, every: 5, for: "the gateway's start") {
            try core.mustRun()
            return (try? AdminSession(path: home + "/run/admin.sock")) != nil
        }
    }

    private func untilReady(_ admin: AdminSession) throws {
        try Program.wait(seconds: 300, every: 100, for: "every lock's first reading") {
            try core?.mustRun()
            let status: StatusView = try admin.call(.status, Nothing())
            return status.readyLocks == arguments.locks && status.buses.allSatisfy { $0.state == "connected" }
        }
    }

    func parts() -> [(name: String, pid: Int32)] { (core.map { [("core", $0.pid)] } ?? []) + children }

    func mustRun() throws {
        try core?.mustRun()
        try lockPrograms.mustRun()
        let now = ProcessFiles.children(of: core?.pid ?? 0).map(\.pid).sorted()
        guard now == children.map(\.pid).sorted() else { throw Mishap("a child of the gateway was restarted:\n\(core?.words ?? "")") }
    }

    func stop() { core?.stop() }
}

/// The responder in C beside it.
final class FloorContestant: Contestant {
    let name: String
    let root: String
    var retailer: Retailer
    let moves: String
    private let arguments: Arguments
    private let folder: String
    private let port: Int
    private let works: Bool
    private var program: Program?

    /// - Parameter works: false leaves out signatures, disk and child: what is left is broker and load generator.
    init(_ arguments: Arguments, folder: String, port: Int, works: Bool) throws {
        self.arguments = arguments
        self.folder = folder
        self.port = port
        self.works = works
        name = works ? "floor" : "nowork"
        moves = "\(folder)/\(name)-moves.jsonl"
        let gateway = works ? "gw-floorfloorfloor2" : "gw-noworknoworknowo"
        root = "lockbridge/v1/\(gateway)"
        retailer = try Retailer(gateway: gateway, locks: arguments.locks)
        let lines = retailer.grants.map { "\($0.lock) \($0.id) \($0.hash.base64URL) \(String(decoding: $0.token, as: UTF8.self))\n" }
        try Files.write(lines.joined(), to: "\(folder)/\(name)-locks.txt")
    }

    var locksProcess: Int32? { nil }

    func start() throws -> Double {
        let begin = nanoseconds()
        let program = try Program(
            arguments.floor + "/floor",
            [
                String(port), root, retailer.gateway, Retailer.name, Retailer.resident, Hex.encode(retailer.key.verifyingKey.raw),
                "\(folder)/\(name)-locks.txt", "\(folder)/\(name).sqlite", arguments.floor + "/locks", moves, works ? "work" : "no-work",
            ], folder: folder, log: "\(name).log")
        self.program = program
        try Program.wait(seconds: 60, every: 2, for: "the floor's start") {
            try program.mustRun()
            return program.hasSaid("ready")
        }
        return Double(nanoseconds() - begin) / 1e9
    }

    func parts() -> [(name: String, pid: Int32)] {
        guard let program else { return [] }
        return [("responder", program.pid)] + ProcessFiles.children(of: program.pid).map { ("child", $0.pid) }
    }

    func mustRun() throws { try program?.mustRun() }
    func stop() { program?.stop() }
}

/// Small files of the benchmark's own.
enum Files {
    static func write(_ text: String, to path: String) throws {
        guard let file = fopen(path, "w") else { throw Mishap("\(path) can't be written") }
        defer { fclose(file) }
        let bytes = Array(text.utf8)
        guard fwrite(bytes, 1, bytes.count, file) == bytes.count else { throw Mishap("\(path) can't be written") }
    }
}
