import AdapterProtocol
import Glibc
import LinuxIO
import MQTTBus
import Testing

/// Against a real mosquitto. One after the other: each test's loop lives on the thread of its test.
@Suite("Broker connection", .serialized)
struct BrokerConnectionTests {
    @Test("a message comes with its payload and properties, and one of ours goes out with its")
    func properties() throws {
        let world = try World()
        let broker = try RealBroker(in: world)
        let bus = try BusUnderTest(in: world, settings(port: broker.port))
        try bus.connected(world)

        let command = ["-D", "publish", "correlation-data", "c-1", "-D", "publish", "response-topic", "lb/to/shop/reply/1"]
        try broker.publish("lb/from/shop/command", "eyJ.e.s", command + ["-D", "publish", "message-expiry-interval", "60"])
        try world.until("the command comes") { bus.messages.count == 1 }
        #expect(
            bus.messages == [
                InboundMessage(
                    topic: "lb/from/shop/command", payload: Array("eyJ.e.s".utf8), retained: false, correlation: Array("c-1".utf8),
                    responseTopic: "lb/to/shop/reply/1", expirySeconds: 60)
            ])
        #expect(bus.numbers == [1])

        let shop = try broker.subscribe("lb/to/shop/#", format: "got %t|%p|%q|%r|%C|%D|%R|%E")
        bus.connection.publish(
            OutboundMessage(
                n: 7, topic: "lb/to/shop/reply/1", payload: Array("{\"status\":\"accepted\"}".utf8), contentType: "application/json",
                correlation: Array("c-1".utf8), responseTopic: "lb/x", expirySeconds: 90))
        try world.until("the reply is out") { bus.published == [7] && shop.lines.contains { $0.hasPrefix("got") } }
        #expect(bus.faults.isEmpty)
        #expect(
            shop.lines.first { $0.hasPrefix("got") }
                == "got lb/to/shop/reply/1|{\"status\":\"accepted\"}|1|0|application/json|c-1|lb/x|90")
    }

    @Test("the retain flag is seen from the store and as published, and our own messages do not come back")
    func retained() throws {
        let world = try World()
        let broker = try RealBroker(in: world)
        try broker.publish("lb/from/ann/grant", "stored", ["-r"])
        let bus = try BusUnderTest(in: world, settings(port: broker.port))
        try world.until("the stored one comes") { bus.messages.count == 1 }
        try broker.publish("lb/from/ann/command", "live retained", ["-r"])
        try broker.publish("lb/from/ann/command", "live")
        bus.connection.publish(OutboundMessage(n: 1, topic: "lb/to/ann/reply", payload: Array("own".utf8), retain: true))
        try broker.publish("lb/from/ann/command", "last")
        try world.until("all come") { bus.texts.last == "last" && bus.published == [1] }
        #expect(bus.texts == ["stored", "live retained", "live", "last"])
        #expect(bus.messages.map(\.retained) == [true, true, false, false])
    }

    @Test("an empty payload below from/ is ignored, elsewhere it is a message")
    func emptyPayloads() throws {
        let world = try World()
        let broker = try RealBroker(in: world)
        let bus = try BusUnderTest(in: world, settings(port: broker.port))
        try bus.connected(world)
        try broker.publish("lb/from/shop/command", "")
        try broker.publish("lb/home/front/set", "")
        try broker.publish("lb/from/shop/command", "after")
        try world.until("the last comes") { bus.texts.last == "after" }
        #expect(bus.messages.map(\.topic) == ["lb/home/front/set", "lb/from/shop/command"])
    }

    @Test("without credit the socket is not read, and nothing is lost when credit comes")
    func credit() throws {
        let world = try World()
        let broker = try RealBroker(in: world)
        let bus = try BusUnderTest(
            in: world, acknowledging: false,
            settings(port: broker.port) { $0.limits = BusConfigureParams.Limits(topicRatePerSecond: 10_000, topicBurst: 10_000) })
        try bus.connected(world)
        let lines = (0..<300).map { "message \($0)" }
        let pub = try broker.publish("lb/from/shop/command", lines: lines)
        try world.until("all are sent") { pub.status == .exited(0) }
        try world.until("the credit is used") { bus.messages.count >= 64 }
        try world.pass(milliseconds: 100)
        #expect(bus.messages.count == 64)

        bus.connection.acknowledge(upTo: 10)
        try world.until("ten more come") { bus.messages.count >= 74 }
        try world.pass(milliseconds: 50)
        #expect(bus.messages.count == 74)
        var acknowledged = 10
        while acknowledged < 300 {
            try world.until("more come") { bus.messages.count > acknowledged }
            #expect(bus.messages.count <= acknowledged + 64)
            acknowledged = bus.messages.count
            bus.connection.acknowledge(upTo: Int64(acknowledged))
        }
        #expect(bus.texts == lines)
        #expect(bus.numbers == Array(1...300))
        #expect(bus.news == [.connected])
    }

    @Test("a principal beyond its rate is told once a second, and others are not slowed")
    func rate() throws {
        let world = try World()
        let broker = try RealBroker(in: world)
        let bus = try BusUnderTest(in: world, settings(port: broker.port) { $0.limits.topicBurst = 30 })
        try bus.connected(world)
        let flood = try broker.publish("lb/from/loud/command", lines: (0..<200).map { "loud \($0)" })
        try world.until("the flood is over") { flood.status == .exited(0) }
        try broker.publish("lb/from/calm/command", "calm")
        try world.until("the calm one is heard") { bus.texts.contains("calm") }
        let loud = bus.messages.filter { $0.topic.contains("loud") }
        let passed = loud.filter { !$0.limited }
        let limited = loud.filter(\.limited)
        #expect((30..<100).contains(passed.count))
        #expect((1...5).contains(limited.count))
        #expect(limited.first.map { String(decoding: $0.payload, as: UTF8.self).hasPrefix("loud ") } == true)
        #expect(bus.messages.first { $0.topic.contains("calm") }?.limited == false)
        #expect(bus.notices.first == "dropped beyond the rate of loud: 1")
    }

    @Test("payloads up to the limit come whole, larger ones are dropped and counted")
    func sizes() throws {
        let world = try World()
        let broker = try RealBroker(in: world)
        let bus = try BusUnderTest(in: world, settings(port: broker.port))
        try bus.connected(world)
        // Beyond the limit, but not beyond the packet; and beyond the packet, which the broker keeps to itself.
        for bytes in [16_385, 40_000, 16_384] { try broker.publish("lb/from/shop/say", String(repeating: "x", count: bytes)) }
        try broker.publish("lb/from/shop/say", "after")
        try world.until("the last comes") { bus.texts.last == "after" }
        #expect(bus.messages.map(\.payload.count) == [16_384, 5])
        #expect(bus.notices == ["dropped payloads larger than 16384 bytes: 1"])
    }

    @Test("many publishes at once are all acknowledged, in order, whatever window the broker allows")
    func manyPublishes() throws {
        let world = try World()
        let broker = try RealBroker(in: world)
        let bus = try BusUnderTest(in: world, settings(port: broker.port))
        try bus.connected(world)
        let payload = [UInt8](repeating: 0x78, count: 300)
        for n in Int64(1)...5_000 { bus.connection.publish(OutboundMessage(n: n, topic: "lb/to/a/event", payload: payload)) }
        try world.until("all are acknowledged") { bus.published.count == 5_000 }
        #expect(bus.published == Array(1...5_000))
        #expect(bus.faults.isEmpty)
    }

    @Test("more publishes than may wait are refused by name, the others are not harmed")
    func publishOverflow() throws {
        let world = try World()
        let broker = try RealBroker(in: world)
        let bus = try BusUnderTest(in: world, settings(port: broker.port))
        try bus.connected(world)
        for n in Int64(1)...9_000 { bus.connection.publish(OutboundMessage(n: n, topic: "lb/to/a/event", payload: [1])) }
        try world.until("all are answered") { bus.published.count == 9_000 }
        #expect(Set(bus.faults.map(\.description)) == ["queueFull"])
        #expect((500..<1_000).contains(bus.faults.count))
    }

    @Test(
        "a publish that MQTT does not allow is refused by name",
        arguments: [
            (OutboundMessage(n: 1, topic: "lb/+/x", payload: []), "invalid: topic"),
            (OutboundMessage(n: 1, topic: "", payload: []), "invalid: topic"),
            (OutboundMessage(n: 1, topic: "lb/a\0b", payload: []), "invalid: topic"),
            (OutboundMessage(n: 1, topic: "lb/x", payload: [], qos: 2), "invalid: qos"),
            (OutboundMessage(n: 1, topic: "lb/x", payload: [], correlation: [UInt8](repeating: 0, count: 70_000)), "invalid: property 9"),
        ])
    func invalidPublish(message: OutboundMessage, reason: String) throws {
        let world = try World()
        let broker = try RealBroker(in: world)
        let bus = try BusUnderTest(in: world, settings(port: broker.port))
        try bus.connected(world)
        bus.connection.publish(message)
        try world.until("it is answered") { bus.published == [1] }
        #expect(bus.faults.map(\.description) == [reason])
    }

    @Test("a publish the broker's access list denies is refused with the broker's code")
    func denied() throws {
        let world = try World()
        let acl = try world.folder.write("acl", "topic readwrite lb/#\n")
        let broker = try RealBroker(in: world, listener: "allow_anonymous true\nacl_file \(acl)")
        let bus = try BusUnderTest(in: world, settings(port: broker.port))
        try bus.connected(world)
        bus.connection.publish(OutboundMessage(n: 1, topic: "forbidden", payload: [1]))
        bus.connection.publish(OutboundMessage(n: 2, topic: "lb/fine", payload: [1]))
        try world.until("both are answered") { bus.published == [1, 2] }
        #expect(bus.faults == [.refused(code: 135, "Not authorized")])
    }

    @Test("the user's password is read from its file; a wrong one is refused by the broker, and a new file is taken up")
    func password() throws {
        let world = try World()
        let users = try world.folder.write("users", "gateway:s3cret word\n")
        let convert = try world.start("/usr/bin/mosquitto_passwd", ["-U", users])
        try world.until("the passwords are hashed") { convert.status == .exited(0) }
        let broker = try RealBroker(in: world, listener: "allow_anonymous false\npassword_file \(users)")
        let file = try world.folder.write("password", "wrong\n")
        let bus = try BusUnderTest(
            in: world,
            settings(port: broker.port) {
                $0.username = "gateway"
                $0.passwordFile = file
            })
        try world.until("it is refused") { bus.news == [.disconnected(.refused(code: 135, "Not authorized"))] }
        _ = try world.folder.write("password", "s3cret word\n")
        try world.until("it is accepted") { bus.news.last == .connected }
    }

    @Test("on MQTT 3.1.1 messages go both ways without properties, and large ones are dropped and counted")
    func version311() throws {
        let world = try World()
        let broker = try RealBroker(in: world)
        try broker.publish("lb/from/ann/grant", "stored", ["-r"])
        let bus = try BusUnderTest(in: world, settings(port: broker.port) { $0.protocol = .v311 })
        try world.until("the stored one comes") { bus.texts == ["stored"] }
        try broker.publish("lb/from/shop/say", String(repeating: "x", count: 40_000))
        try broker.publish("lb/from/shop/command", "live", ["-r", "-D", "publish", "correlation-data", "c"])
        try world.until("the live one comes") { bus.texts.last == "live" }
        #expect(bus.texts == ["stored", "live"])
        #expect(bus.messages.map(\.retained) == [true, false])
        #expect(bus.messages.allSatisfy { $0.correlation == nil })
        #expect(bus.notices == ["dropped payloads larger than 16384 bytes: 1"])

        let shop = try broker.subscribe("lb/to/shop/#", format: "got %p %D")
        let reply = OutboundMessage(n: 3, topic: "lb/to/shop/reply", payload: Array("ok".utf8), contentType: "x", correlation: [1])
        bus.connection.publish(reply)
        try world.until("the reply is out") { bus.published == [3] && shop.lines.contains("got ok ") }
        #expect(bus.faults.isEmpty)
    }
}
