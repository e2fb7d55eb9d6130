import Glibc
import LinuxIO
import Testing

/// Debian's mosquitto on a free port of 127.0.0.1.
final class RealBroker {
    let port: UInt16
    private let world: World
    private let configuration: String
    private(set) var program: Program

    /// - Parameter listener: lines for its listener, besides the port.
    init(in world: World, listener: String = "allow_anonymous true", port: UInt16? = nil, name: String = "mosquitto") throws {
        self.world = world
        self.port = try port ?? Loopback.freePort()
        configuration = try world.folder.write(
            "\(name).conf",
            """
            user root
            persistence false
            log_dest stderr
            set_tcp_nodelay true
            listener \(self.port) 127.0.0.1
            \(listener)

            """)
        program = try RealBroker.run(configuration, self.port, world)
    }

    private static func run(_ configuration: String, _ port: UInt16, _ world: World) throws -> Program {
        let program = try world.start("/usr/sbin/mosquitto", ["-c", configuration])
        var isUp = false
        func probe() {
            isUp = Loopback.connect(port: port) != nil
            if !isUp { world.loop.schedule(afterMilliseconds: 10) { probe() } }
        }
        probe()
        try world.until("mosquitto listens") { isUp || program.status != nil }
        try #require(isUp, "\(program.errors)")
        return program
    }

    /// Ends it by a signal and waits until it has gone.
    func stop(_ signal: Int32) throws {
        program.child?.kill(signal)
        try world.until("mosquitto ends") { [program] in program.status != nil }
    }

    func restart() throws {
        program = try RealBroker.run(configuration, port, world)
    }

    /// Publishes with mosquitto_pub and waits until the broker has it.
    func publish(_ topic: String, _ payload: String, _ options: [String] = []) throws {
        let arguments = ["-h", "127.0.0.1", "-p", "\(port)", "-V", "mqttv5", "-q", "1", "-t", topic]
        let pub = try world.start("/usr/bin/mosquitto_pub", arguments + (payload.isEmpty ? ["-n"] : ["-m", payload]) + options)
        try world.until("mosquitto_pub ends") { pub.status != nil }
        try #require(pub.status == .exited(0), "\(pub.errors)")
    }

    /// Publishes each line as a message of its own over one connection.
    func publish(_ topic: String, lines: [String], _ options: [String] = []) throws -> Program {
        let arguments = ["-h", "127.0.0.1", "-p", "\(port)", "-V", "mqttv5", "-q", "1", "-t", topic, "-l"]
        return try world.start("/usr/bin/mosquitto_pub", arguments + options, input: lines)
    }

    /// Subscribes with mosquitto_sub, which prints each message in the given format, and waits until it has.
    func subscribe(_ topic: String, format: String, _ options: [String] = []) throws -> Program {
        let arguments = ["-h", "127.0.0.1", "-p", "\(port)", "-V", "mqttv5", "-q", "1", "-t", topic, "-F", format, "-d"]
        let sub = try world.start("/usr/bin/stdbuf", ["-oL", "/usr/bin/mosquitto_sub"] + arguments + options)
        try world.until("mosquitto_sub has subscribed") { sub.lines.contains { $0.hasPrefix("Subscribed") } || sub.status != nil }
        return sub
    }
}
