import Glibc
import LinuxIO

/// Measures the gateway end to end against a responder in C with the same duties, on one private broker, in one run. See README.md.
@main
enum Benchmark {
    static func main() {
        do {
            let arguments = try Arguments.read(Array(CommandLine.arguments.dropFirst()))
            let course = try Course(arguments)
            try course.run()
            exit(course.end() ? 0 : 1)
        } catch {
            say("benchmark: \(error)\nWhat was written lies in the newest /tmp/lbb-*.")
            exit(2)
        }
    }
}

/// Says something at once, also into a pipe.
func say(_ text: String) {
    print(text)
    fflush(nil)
}

/// The course of a run: everything started, rounds by turns, everything judged.
final class Course {
    /// So many rounds make a window; gateway and floor take turns, so that a busy machine is busy for both.
    private static let rounds = 4

    private let arguments: Arguments
    private let folder: String
    private let port: Int
    private let broker: Program
    private var results = Results()
    private var commanded: [String: [String: Int]] = [:]
    private var roundNumber: UInt8 = 0

    init(_ arguments: Arguments) throws {
        self.arguments = arguments
        var template = Array("/tmp/lbb-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Mishap("no folder below /tmp") }
        folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let port = try Course.freePort()
        self.port = port
        try Files.write(
            """
            listener \(port) 127.0.0.1
            allow_anonymous true
            set_tcp_nodelay true
            max_inflight_messages 0
            max_queued_messages 1000000
            user root
            log_type error

            """, to: folder + "/mosquitto.conf")
        broker = try Program("/usr/sbin/mosquitto", ["-c", folder + "/mosquitto.conf"], folder: folder, log: "broker.log")
        try Program.wait(seconds: 10, every: 10, for: "the broker's start") { [broker] in
            try broker.mustRun()
            return Course.answers(port)
        }
    }

    /// Takes everything down; keeps what was written where something was wrong.
    func end() -> Bool {
        broker.stop()
        guard results.isSound else {
            say("What was written lies in \(folder).")
            return false
        }
        _ = try? Program("/bin/rm", ["-rf", folder], folder: "/tmp", log: "lbb-rm.log").finish()
        return true
    }

    func run() throws {
        print(
            "\(arguments.locks) locks, \(arguments.commands) commands at \(arguments.windows.map(String.init).joined(separator: ", ")) in flight"
        )
        if arguments.measuresGenerator { try measureGenerator() }
        var contestants: [any Contestant] = []
        if arguments.systems.contains("floor") {
            contestants.append(try FloorContestant(arguments, folder: folder, port: port, works: true))
        }
        if arguments.systems.contains("gateway") {
            let gateway = try GatewayContestant(arguments, folder: folder, port: port)
            results.enrolSeconds = try gateway.enrol()
            contestants.append(gateway)
        }
        var loads: [String: LoadGenerator] = [:]
        for contestant in contestants {
            results.readySeconds[contestant.name] = try contestant.start()
            loads[contestant.name] = try LoadGenerator(port: port, root: contestant.root, name: contestant.name)
        }
        // The first tenth warms up caches on both sides and is not counted; memory is looked at after it, and at the end.
        let warmUp = arguments.commands / 10
        for contestant in contestants {
            guard let load = loads[contestant.name] else { continue }
            _ = try measure(contestant, load, warmUp, window: arguments.windows.max() ?? 16)
            results.memoryBefore[contestant.name] = contestant.memory()
            results.commandsBefore = warmUp
        }
        for window in arguments.windows {
            for _ in 0..<Course.rounds {
                for contestant in contestants {
                    guard let load = loads[contestant.name] else { continue }
                    let one = try measure(contestant, load, arguments.commands / Course.rounds, window: window)
                    results.add(one, contestant.name, window)
                    if results.total(contestant.name) == arguments.commands { results.memoryBetween[contestant.name] = contestant.memory() }
                }
            }
            results.printWindow(window)
        }
        for contestant in contestants {
            results.memoryAfter[contestant.name] = contestant.memory()
            results.events[contestant.name] = loads[contestant.name].map { ($0.events, $0.gaps) }
            contestant.stop()
            let faults = MoveLog(path: contestant.moves).judge(commands: commanded[contestant.name] ?? [:])
            results.faults += faults.prefix(8).map { "\(contestant.name): \($0)" }
            results.judged[contestant.name] = (commanded[contestant.name] ?? [:]).values.reduce(0, +)
        }
        results.print(arguments)
    }

    /// How fast everything is that is not gateway: the ceiling of the measurement itself.
    private func measureGenerator() throws {
        let nothing = try FloorContestant(arguments, folder: folder, port: port, works: false)
        _ = try nothing.start()
        let load = try LoadGenerator(port: port, root: nothing.root, name: nothing.name)
        for window in arguments.windows {
            results.add(try measure(nothing, load, arguments.commands / 4, window: window), nothing.name, window)
        }
        nothing.stop()
    }

    private func measure(_ contestant: any Contestant, _ load: LoadGenerator, _ count: Int, window: Int) throws -> Measurement {
        roundNumber &+= 1
        let first = contestant.retailer.nextLock
        let signed = try contestant.retailer.sign(count, round: roundNumber)
        for number in 0..<count {
            commanded[contestant.name, default: [:]][Retailer.nameOfLock((first + number) % arguments.locks), default: 0] += 1
        }
        let before = usage(contestant)
        let round = try load.run(signed, window: window, number: roundNumber)
        let after = usage(contestant)
        try contestant.mustRun()
        results.faults += round.faults.map { "\(contestant.name), \(window) in flight: \($0)" }
        var measurement = Measurement()
        measurement.add(round)
        measurement.add(processor: after.merging(before) { $0 - $1 })
        return measurement
    }

    private func usage(_ contestant: any Contestant) -> [String: Double] {
        var used = contestant.processor()
        used["broker"] = ProcessFiles.processorMilliseconds(broker.pid)
        used["load"] = ProcessFiles.processorMilliseconds(getpid())
        return used
    }

    private static func freePort() throws -> Int {
        for port in 22_883..<23_883 where !answers(port) { return port }
        throw Mishap("no free port")
    }

    private static func answers(_ port: Int) -> Bool {
        let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(number) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(number, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
