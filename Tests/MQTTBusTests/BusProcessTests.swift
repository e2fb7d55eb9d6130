import AdapterProtocol
import Glibc
import LinuxIO
import MQTTBus
import Testing
import WireBytes

/// The program itself, at the end of two pipes.
@Suite("lockbridge-bus", .serialized)
struct BusProcessTests {
    /// Beside the test's own program.
    private func start(_ world: World) throws -> Program {
        var path = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &path, path.count)
        let own = String(decoding: path[..<max(count, 0)].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        // Under `swift test` the program may be the toolchain's helper: then the tests' bundle names the folder.
        let folders = ([own] + CommandLine.arguments).compactMap { path in path.lastIndex(of: "/").map { String(path[..<$0]) } }
        let bus = folders.map { $0 + "/lockbridge-bus" }.first { access($0, X_OK) == 0 }
        return try world.start(try #require(bus, "lockbridge-bus is beside none of \(folders)"), [])
    }

    private func request(_ id: Int64, _ method: String, _ params: String = "{}") -> String {
        "{\"jsonrpc\":\"2.0\",\"id\":\(id),\"method\":\"\(method)\",\"params\":\(params)}"
    }

    private let greeting =
        "{\"protocolVersions\":[1],\"gateway\":\"gw-test\",\"config\":{},\"adapterState\":null,"
        + "\"limits\":{\"inFlight\":16,\"observedPerSecond\":10,\"lineBytes\":65536}}"

    private func configuration(_ params: BusConfigureParams) throws -> String {
        String(decoding: try StrictJSON.encode(params), as: UTF8.self)
    }

    private func ready(_ world: World, _ broker: RealBroker, _ change: (inout BusConfigureParams) -> Void = { _ in }) throws -> Program {
        let bus = try start(world)
        bus.send(request(1, "initialize", greeting))
        bus.send(request(2, "bus.configure", try configuration(settings(port: broker.port, change))))
        try world.until("the bus is connected") { bus.lines.contains { $0.contains("\"bus.connected\"") } || bus.status != nil }
        return bus
    }

    /// The publishes that a line says the broker took.
    private func taken(_ line: String) throws -> [Int64] {
        guard line.contains("\"bus.published\"") else { return [] }
        guard case .notification(_, let params) = try LineCodec.read(Array(line.utf8)) else { return [] }
        let published = try NotificationMethod.busPublished.params(params)
        return published.ok ? Array(published.n...(published.through ?? published.n)) : []
    }

    @Test("greeting, configuration, a message in, a message out, and a shutdown whose answer is the last line")
    func wholeLife() throws {
        let world = try World()
        let broker = try RealBroker(in: world)
        let bus = try ready(world, broker)
        #expect(
            bus.lines == [
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"protocolVersion\":1,\"name\":\"lockbridge-bus\",\"version\":\"0.1.0\"}}",
                "{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{}}", "{\"jsonrpc\":\"2.0\",\"method\":\"bus.connected\",\"params\":{}}",
            ])
        try broker.publish("lb/from/shop/command", "eyJ.e.s", ["-D", "publish", "correlation-data", "c"])
        try world.until("the message comes") { bus.lines.count == 4 }
        #expect(
            bus.lines.last == "{\"jsonrpc\":\"2.0\",\"method\":\"bus.message\",\"params\":{\"n\":1,\"topic\":\"lb/from/shop/command\","
                + "\"payload\":\"ZXlKLmUucw\",\"retained\":false,\"correlation\":\"Yw\"}}")
        bus.send("{\"jsonrpc\":\"2.0\",\"method\":\"bus.ack\",\"params\":{\"upTo\":1}}")

        let shop = try broker.subscribe("lb/to/shop/#", format: "got %t %p")
        bus.send(request(3, "health"))
        for n in 1...50 {
            bus.send(
                "{\"jsonrpc\":\"2.0\",\"method\":\"bus.publish\",\"params\":{\"n\":\(n),\"topic\":\"lb/to/shop/reply\","
                    + "\"payload\":\"b2s\",\"qos\":1,\"retain\":false}}")
        }
        bus.send(request(4, "shutdown"))
        try world.until("the bus ends") { bus.status != nil && bus.lines.last?.contains("\"id\":4") == true }
        #expect(bus.status == .exited(0))
        #expect(bus.lines.contains("{\"jsonrpc\":\"2.0\",\"id\":3,\"result\":{}}"))
        #expect(try bus.lines.flatMap(taken) == Array(1...50))
        #expect(bus.lines.last == "{\"jsonrpc\":\"2.0\",\"id\":4,\"result\":{}}")
        try world.until("the shop has all") { shop.lines.filter { $0 == "got lb/to/shop/reply ok" }.count == 50 }
    }

    @Test("when the core is gone the bus goes too, and the broker publishes the will")
    func coreGone() throws {
        let world = try World()
        let broker = try RealBroker(in: world)
        let watcher = try broker.subscribe("lb/gone", format: "got %p")
        let bus = try ready(world, broker) { $0.will = BusConfigureParams.will("lb/gone", "offline") }
        bus.hangUp()
        try world.until("the bus ends and the will is out") { bus.status != nil && watcher.lines.contains("got offline") }
        #expect(bus.status == .exited(0))
    }

    @Test("the bus outlives a signal meant for the whole unit, and says so")
    func signals() throws {
        let world = try World()
        let broker = try RealBroker(in: world)
        let bus = try ready(world, broker)
        bus.child?.kill(SIGTERM)
        try world.until("it is noted") { bus.lines.contains { $0.contains("signal 15") } }
        bus.send(request(9, "health"))
        try world.until("it lives") { bus.lines.last == "{\"jsonrpc\":\"2.0\",\"id\":9,\"result\":{}}" }
        #expect(bus.status == nil)
    }

    @Test("a password is in neither the arguments, nor the environment, nor anything the bus says")
    func secrets() throws {
        let world = try World()
        let broker = try RealBroker(in: world)
        let password = try world.folder.write("password", "s3cretw0rd\n")
        let bus = try ready(world, broker) {
            $0.username = "gateway"
            $0.passwordFile = password
        }
        let pid = try #require(bus.child).pid
        let seen = try SmallFile.text(at: "/proc/\(pid)/cmdline") + SmallFile.text(at: "/proc/\(pid)/environ")
        #expect(!(seen + bus.lines.joined() + bus.errors.joined()).contains("s3cretw0rd"))
    }

    @Test(
        "requests that make no sense are refused by number, and the bus lives on",
        arguments: [
            ("lock.read", "{}", "-32601"), ("no.such", "{}", "-32601"), ("initialize", "{}", "-32600"), ("bus.configure", "{}", "-32602"),
            ("bus.configure", "bad", "1004"),
        ])
    func refusals(method: String, params: String, code: String) throws {
        let world = try World()
        let bus = try start(world)
        bus.send(request(1, "initialize", greeting))
        let bad = try configuration(settings(port: 1) { $0.keepAliveSeconds = 1 })
        bus.send(request(2, method, params == "bad" ? bad : params))
        bus.send(request(3, "health"))
        try world.until("both are answered") { bus.lines.count == 3 || bus.status != nil }
        try #require(bus.lines.count == 3)
        #expect(bus.lines[1].hasPrefix("{\"jsonrpc\":\"2.0\",\"id\":2,\"error\":{\"code\":\(code),"))
        #expect(bus.lines[2] == "{\"jsonrpc\":\"2.0\",\"id\":3,\"result\":{}}")
    }

    @Test(
        "a core that breaks the protocol ends the bus with status 1",
        arguments: ["garbage", "", "[]", "{\"jsonrpc\":\"2.0\",\"method\":\"bus.publish\",\"params\":{\"n\":1}}"])
    func brokenCore(line: String) throws {
        let world = try World()
        let bus = try start(world)
        bus.send(request(1, "initialize", greeting))
        bus.send(line)
        try world.until("it ends") { bus.status != nil }
        #expect(bus.status == .exited(1))
    }

    @Test("before the greeting nothing else is heard, and a greeting without version 1 ends it")
    func greetingFirst() throws {
        let world = try World()
        let bus = try start(world)
        bus.send(request(1, "health"))
        try world.until("it is refused") { bus.lines.count == 1 }
        #expect(bus.lines[0].contains("-32600"))
        bus.send(request(2, "initialize", greeting.replacing("[1]", with: "[2]")))
        try world.until("it ends") { bus.status != nil && bus.lines.count == 2 }
        #expect(bus.status == .exited(1))
        #expect(bus.lines[1].contains("-32602"))
    }
}
