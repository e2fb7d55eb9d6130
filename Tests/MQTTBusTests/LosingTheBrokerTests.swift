import AdapterProtocol
import Glibc
import LinuxIO
import MQTTBus
import Testing

/// Every way a broker can go, and the way back.
@Suite("Losing the broker", .serialized)
struct LosingTheBrokerTests {
    @Test(
        "after the broker was killed or stopped the bus comes back, subscribed again, and says what was not acknowledged",
        arguments: [SIGKILL, SIGTERM])
    func brokerStops(signal: Int32) throws {
        let world = try World()
        let broker = try RealBroker(in: world)
        let bus = try BusUnderTest(in: world, settings(port: broker.port))
        try bus.connected(world)
        try broker.stop(signal)
        bus.connection.publish(OutboundMessage(n: 1, topic: "lb/to/a/event", payload: [1]))
        try world.until("the loss is told") { bus.news.count >= 2 && bus.published == [1] }
        #expect(bus.faults == [.disconnected])
        // One reason for the loss, at most one more for the attempts in vain.
        try world.pass(milliseconds: 700)
        #expect(bus.connections == 1 && bus.news.count <= 3)

        try broker.restart()
        try world.until("it is back") { bus.connections == 2 }
        try broker.publish("lb/from/shop/command", "after")
        bus.connection.publish(OutboundMessage(n: 2, topic: "lb/to/a/event", payload: [1]))
        try world.until("both ways work") { bus.texts == ["after"] && bus.published == [1, 2] }
        #expect(bus.faults.count == 1)
    }

    @Test("no broker at first is no matter: the bus connects when there is one")
    func brokerComesLater() throws {
        let world = try World()
        let port = try Loopback.freePort()
        let bus = try BusUnderTest(in: world, settings(port: port))
        try world.until("it is told") { bus.news == [.disconnected(.unreachable("Connection refused"))] }
        let broker = try RealBroker(in: world, port: port)
        try world.until("it connects") { bus.connections == 1 }
        #expect(bus.news.count == 2)
        #expect(broker.port == port)
    }

    @Test("when the broker says goodbye, its reason is told and the bus comes back")
    func goodbye() throws {
        let world = try World()
        let broker = try ScriptedBroker(on: world.loop)
        let bus = try BusUnderTest(in: world, settings(port: broker.port))
        try bus.connected(world)
        broker.send([0xE0, 1, 142])
        try world.until("it is told") { bus.news.count == 2 }
        #expect(bus.news.last == .disconnected(.ended(code: 142, "Session taken over")))
        try world.until("it is back") { bus.connections == 2 }
        broker.cancel()
    }

    // mosquitto 2.0.11 just hangs up on the one whose session was taken (and when it is stopped).
    @Test("when another takes the session over, the bus comes back")
    func takeover() throws {
        let world = try World()
        let broker = try RealBroker(in: world)
        let bus = try BusUnderTest(in: world, settings(port: broker.port))
        try bus.connected(world)
        let thief = try broker.subscribe("x", format: "%p", ["-i", "gw-test"])
        try world.until("it is told") { bus.news.count == 2 }
        thief.child?.kill(SIGKILL)
        try world.until("it is back") { bus.connections >= 2 }
        try broker.publish("lb/from/shop/command", "after")
        try world.until("it is heard") { bus.texts == ["after"] }
    }

    @Test("a wire that goes dead is noticed by the keep-alive, and the next one is used")
    func halfOpen() throws {
        let world = try World()
        let broker = try RealBroker(in: world)
        let wire = try Wire(to: broker.port, on: world.loop)
        let bus = try BusUnderTest(in: world, settings(port: wire.port) { $0.keepAliveSeconds = 5 })
        try bus.connected(world)
        wire.isDead = true
        bus.connection.publish(OutboundMessage(n: 1, topic: "lb/to/a/event", payload: [1]))
        try world.until("it is noticed") { bus.news.count == 2 }
        #expect(bus.news.last == .disconnected(.keepAlive))
        #expect(bus.faults == [.disconnected])
        wire.isDead = false
        try world.until("it is back") { bus.connections == 2 }
        wire.cancel()
    }

    @Test("a name that cannot be resolved is told once, tried again, and never blocks the loop")
    func nameFailure() throws {
        let world = try World()
        // A label of 64 bytes is no name, so that no question leaves this machine.
        let host = String(repeating: "x", count: 64)
        let bus = try BusUnderTest(in: world, settings(port: 1) { $0.url = "mqtt://\(host)" })
        var longestGap: Int64 = 0
        var last = Clocks.bootMilliseconds()
        func beat() {
            longestGap = max(longestGap, Clocks.bootMilliseconds() - last)
            last = Clocks.bootMilliseconds()
            world.loop.schedule(afterMilliseconds: 5) { beat() }
        }
        beat()
        try world.until("it is told") { !bus.news.isEmpty }
        try world.pass(milliseconds: 1_000)
        guard case .disconnected(.nameNotResolved) = bus.news.first else { return #expect(bus.news.isEmpty) }
        #expect(bus.news.count == 1)
        #expect(longestGap < 500)
    }

    @Test("a broker that accepts and hangs up is told at once, also in the middle of a TLS handshake", arguments: [false, true])
    func hangsUp(encrypted: Bool) throws {
        let world = try World()
        let broker = try ScriptedBroker(on: world.loop, hangsUp: true)
        let bus = try BusUnderTest(
            in: world, settings(port: broker.port) { $0.url = "\(encrypted ? "mqtts" : "mqtt")://127.0.0.1:\(broker.port)" })
        let started = Clocks.bootMilliseconds()
        try world.until("it tried three times") { broker.connections >= 3 }
        #expect(Clocks.bootMilliseconds() - started < 5_000)
        #expect(bus.connections == 0 && !bus.news.isEmpty)
        broker.cancel()
    }

    @Test("a broker that refuses a subscription is not taken for connected")
    func subscriptionRefused() throws {
        let world = try World()
        let broker = try ScriptedBroker(on: world.loop)
        broker.answers[8] = { packet in [0x90, 4, packet[2], packet[3], 0, 0x87] }
        let bus = try BusUnderTest(in: world, settings(port: broker.port))
        try world.until("it is told") { !bus.news.isEmpty }
        #expect(bus.news == [.disconnected(.subscriptionRefused(topic: "lb/#"))])
        broker.cancel()
    }

    @Test("messages that come before the subscriptions stand are given after `connected`")
    func messagesBeforeConnected() throws {
        let world = try World()
        let broker = try ScriptedBroker(on: world.loop)
        var suback: [UInt8] = []
        broker.answers[8] = { packet in
            suback = [0x90, 4, packet[2], packet[3], 0, 1]
            return ScriptedBroker.publish("lb/from/ann/grant", "early", mid: 1)
        }
        let bus = try BusUnderTest(in: world, settings(port: broker.port))
        // The PUBACK shows that the message was read.
        try world.until("the message is acknowledged") { broker.types.contains(0x40) }
        #expect(bus.messages.isEmpty && bus.news.isEmpty)
        broker.send(suback)
        try world.until("it is given") { bus.texts == ["early"] }
        #expect(bus.news == [.connected])
        broker.cancel()
    }

    @Test("a message's PUBACK leaves only after the core was given the message")
    func acknowledgementComesAfter() throws {
        let world = try World()
        let broker = try ScriptedBroker(on: world.loop)
        let bus = try BusUnderTest(in: world, settings(port: broker.port))
        try bus.connected(world)
        var sentWhenGiven: [UInt8] = [0xFF]
        // Looked at from within the handler: everything the bus has put on the wire by then.
        bus.onMessage = { sentWhenGiven = broker.received() }
        broker.send(ScriptedBroker.publish("lb/from/shop/command", "x", mid: 9))
        try world.until("the PUBACK comes") { broker.types.contains(0x40) }
        #expect(bus.texts == ["x"])
        #expect(sentWhenGiven == [])
        broker.cancel()
    }

    @Test("a broker that floods without waiting for acknowledgements loses its connection, not our memory")
    func overrun() throws {
        let world = try World()
        let broker = try ScriptedBroker(on: world.loop)
        // No SUBACK, so the bus has to go on reading.
        broker.answers[8] = { _ in (0..<2_000).flatMap { _ in [0x30, 9, 0, 5] + Array("lb/ab".utf8) + [0, 0x78] } }
        let bus = try BusUnderTest(
            in: world,
            settings(port: broker.port) { $0.limits = BusConfigureParams.Limits(topicRatePerSecond: 10_000, topicBurst: 10_000) })
        try world.until("it is told") { !bus.news.isEmpty }
        #expect(bus.news == [.disconnected(.overrun)])
        broker.cancel()
    }

    @Test("closing waits for what was published, and the broker does not publish the will")
    func close() throws {
        let world = try World()
        let broker = try RealBroker(in: world)
        let watcher = try broker.subscribe("lb/#", format: "got %t %p")
        let bus = try BusUnderTest(in: world, settings(port: broker.port) { $0.will = BusConfigureParams.will("lb/gone", "offline") })
        try bus.connected(world)
        for n in Int64(1)...100 { bus.connection.publish(OutboundMessage(n: n, topic: "lb/event", payload: Array("\(n)".utf8))) }
        var isClosed = false
        bus.connection.close(withinMilliseconds: 5_000) { isClosed = true }
        try world.until("it has closed") { isClosed }
        #expect(bus.published == Array(1...100) && bus.faults.isEmpty)
        try broker.publish("lb/marker", "end")
        try world.until("the watcher has all") { watcher.lines.contains("got lb/marker end") }
        #expect(watcher.lines.filter { $0.hasPrefix("got lb/event") }.count == 100)
        #expect(!watcher.lines.contains { $0.contains("lb/gone") })
    }

    @Test("a gateway that goes without a word leaves its will to the broker", arguments: [BusConfigureParams.MQTTVersion.v5, .v311])
    func abandon(version: BusConfigureParams.MQTTVersion) throws {
        let world = try World()
        let broker = try RealBroker(in: world)
        let watcher = try broker.subscribe("lb/gone", format: "got %t %p %r")
        let bus = try BusUnderTest(
            in: world,
            settings(port: broker.port) {
                $0.will = BusConfigureParams.will("lb/gone", "offline")
                $0.protocol = version
            })
        try bus.connected(world)
        bus.connection.abandon()
        try world.until("the will is published") { watcher.lines.contains("got lb/gone offline 0") }
        #expect(bus.news == [.connected])
    }
}
