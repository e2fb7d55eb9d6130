import AdapterProtocol
import LinuxIO
import MQTTBus
import Testing

@Suite("Encryption", .serialized)
struct EncryptionTests {
    private typealias TLS = BusConfigureParams.TLS

    /// A broker that wants a certificate of this authority's, and takes the name in it for the user.
    private func broker(_ world: World, _ authority: Certificates, names: String = "IP:127.0.0.1", version: String = "tlsv1.3") throws
        -> RealBroker
    {
        let server = try authority.issue("broker", in: world, names: names)
        return try RealBroker(
            in: world,
            listener: """
                cafile \(authority.authority)
                certfile \(server.certificate)
                keyfile \(server.key)
                tls_version \(version)
                require_certificate true
                use_identity_as_username true
                allow_anonymous false
                """)
    }

    private func tlsSettings(_ broker: RealBroker, host: String = "127.0.0.1", _ tls: TLS?) -> BusConfigureParams {
        settings(port: broker.port) {
            $0.url = "mqtts://\(host):\(broker.port)"
            $0.tls = tls
        }
    }

    private func loss(of bus: BusUnderTest, in world: World) throws -> String {
        try world.until("it is told") { !bus.news.isEmpty }
        guard case .disconnected(.tls(let reason)) = bus.news.first else {
            Issue.record("\(bus.news)")
            return ""
        }
        return reason
    }

    @Test("with a certificate on either side messages go both ways, many at once, and nothing is left lying in TLS")
    func bothSides() throws {
        let world = try World()
        let authority = try Certificates(in: world)
        let broker = try broker(world, authority)
        let gateway = try authority.issue("gateway", in: world)
        let bus = try BusUnderTest(
            in: world, acknowledging: false,
            {
                var params = tlsSettings(broker, TLS(ca: authority.authority, certificate: gateway.certificate, key: gateway.key))
                params.limits = BusConfigureParams.Limits(topicRatePerSecond: 10_000, topicBurst: 10_000, inFlight: 5)
                return params
            }())
        try bus.connected(world)
        let shop = ["--cafile", authority.authority, "--cert", gateway.certificate, "--key", gateway.key]
        let lines = (0..<400).map { "message \($0)" }
        _ = try broker.publish("lb/from/shop/command", lines: lines, shop)
        for n in Int64(1)...400 { bus.connection.publish(OutboundMessage(n: n, topic: "lb/to/shop/event", payload: [1])) }
        var acknowledged = 0
        while acknowledged < 400 {
            try world.until("more come") { bus.messages.count > acknowledged }
            #expect(bus.messages.count <= acknowledged + 5)
            acknowledged = bus.messages.count
            bus.connection.acknowledge(upTo: Int64(acknowledged))
        }
        try world.until("all publishes are acknowledged") { bus.published.count == 400 }
        #expect(bus.texts == lines)
        #expect(bus.faults.isEmpty && bus.news == [.connected])
    }

    @Test("a broker of another authority's is not talked to")
    func foreignAuthority() throws {
        let world = try World()
        let authority = try Certificates(in: world)
        let broker = try broker(world, authority)
        let other = try Certificates(in: world, name: "other")
        let bus = try BusUnderTest(in: world, tlsSettings(broker, TLS(ca: other.authority)))
        #expect(try loss(of: bus, in: world).contains("certificate verify failed"))
    }

    @Test("without a CA of its own the bus trusts the system's, which a test's authority is none of")
    func systemAuthorities() throws {
        let world = try World()
        let broker = try broker(world, try Certificates(in: world))
        let bus = try BusUnderTest(in: world, tlsSettings(broker, nil))
        #expect(try loss(of: bus, in: world).contains("certificate verify failed"))
    }

    @Test("a broker whose certificate names another address is not talked to")
    func wrongName() throws {
        let world = try World()
        let authority = try Certificates(in: world)
        let broker = try broker(world, authority, names: "DNS:broker.example,IP:127.0.0.2")
        let bus = try BusUnderTest(in: world, tlsSettings(broker, TLS(ca: authority.authority)))
        #expect(try loss(of: bus, in: world).contains("host name verification failed"))
    }

    @Test("without a certificate of ours the broker's refusal is told")
    func noCertificate() throws {
        let world = try World()
        let authority = try Certificates(in: world)
        let broker = try broker(world, authority)
        let bus = try BusUnderTest(in: world, tlsSettings(broker, TLS(ca: authority.authority)))
        // The alert, unless the broker's reset was faster.
        let reason = try loss(of: bus, in: world)
        #expect(reason.contains("certificate required") || reason.contains("hung up before CONNACK"))
    }

    @Test("a broker that speaks TLS 1.2 only is not talked to")
    func oldVersion() throws {
        let world = try World()
        let authority = try Certificates(in: world)
        let server = try authority.issue("broker", in: world)
        let port = try Loopback.freePort()
        let old = try world.start(
            "/usr/bin/openssl",
            ["s_server", "-accept", "127.0.0.1:\(port)", "-cert", server.certificate, "-key", server.key, "-tls1_2", "-quiet"])
        let bus = try BusUnderTest(
            in: world,
            settings(port: port) {
                $0.url = "mqtts://127.0.0.1:\(port)"
                $0.tls = TLS(ca: authority.authority)
            })
        try world.until("TLS is refused") {
            bus.news.contains { if case .disconnected(.tls(let reason)) = $0 { reason.contains("version") } else { false } }
        }
        #expect(bus.connections == 0 && old.status == nil)
    }
}
