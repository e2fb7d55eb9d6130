import AdapterProtocol
import Testing

@testable import MQTTBus

@Suite("Parts of the bus")
struct BusPartsTests {
    @Test(
        "an address is read strictly",
        arguments: [
            ("mqtt://broker.example", "broker.example", 1883, false), ("mqtts://broker", "broker", 8883, true),
            ("mqtt://127.0.0.1:18830", "127.0.0.1", 18830, false), ("mqtts://[fd00::1]:8884", "fd00::1", 8884, true),
            ("mqtt://[::1]", "::1", 1883, false),
        ])
    func addresses(url: String, host: String, port: Int, isEncrypted: Bool) throws {
        let address = try BrokerAddress(url)
        #expect(address.host == host && Int(address.port) == port && address.isEncrypted == isEncrypted)
    }

    @Test(
        "what is no address is refused for its reason",
        arguments: [
            ("broker", BrokerAddress.Fault.scheme), ("http://broker", .scheme), ("MQTT://broker", .scheme), ("mqtt://", .host),
            ("mqtt://user:secret@broker", .host), ("mqtt://broker/path", .host), ("mqtt://a b", .host), ("mqtt://[::1", .host),
            ("mqtt://[broker]", .host), ("mqtt://broker:", .port), ("mqtt://broker:0", .port), ("mqtt://broker:65536", .port),
            ("mqtt://broker:+1", .port), ("mqtt://[::1]x", .port), ("mqtt://a:1:2", .port),
        ])
    func badAddresses(url: String, fault: BrokerAddress.Fault) {
        #expect(throws: fault) { try BrokerAddress(url) }
    }

    private static let senseless: [(member: String, change: @Sendable (inout BusConfigureParams) -> Void)] = [
        ("url", { $0.url = "nowhere" }), ("clientId", { $0.clientId = "" }), ("clientId", { $0.clientId = "a\0b" }),
        ("keepAliveSeconds", { $0.keepAliveSeconds = 4 }), ("passwordFile", { $0.passwordFile = "/nonexistent" }),
        ("tls", { $0.tls = BusConfigureParams.TLS(ca: "/etc/passwd") }),
        ("tls.ca", { $0 = encrypted($0, BusConfigureParams.TLS(ca: "/nonexistent")) }),
        ("tls", { $0 = encrypted($0, BusConfigureParams.TLS(ca: "/etc/passwd", certificate: "/etc/passwd")) }),
        ("subscriptions", { $0.subscriptions = [BusConfigureParams.Subscription(topic: "a/#/b", qos: 1)] }),
        ("subscriptions", { $0.subscriptions = [BusConfigureParams.Subscription(topic: "a", qos: 2)] }),
        ("will.topic", { $0.will = BusConfigureParams.Will(topic: "a/+", payload: "", qos: 1, retain: true) }),
        ("will.payload", { $0.will = BusConfigureParams.Will(topic: "a", payload: "?", qos: 1, retain: true) }),
        ("limits.inFlight", { $0.limits.inFlight = 0 }), ("limits.payloadBytes", { $0.limits.payloadBytes = 1_000_000 }),
        (
            "passwordFile",
            {
                $0.protocol = .v311
                $0.passwordFile = "/etc/passwd"
            }
        ),
    ]

    @Test("a configuration that makes no sense names its member", arguments: senseless.indices)
    func settingsFaults(row: Int) {
        let (member, change) = BusPartsTests.senseless[row]
        let params = settings(port: 1, change)
        do throws(BusSettings.Fault) {
            _ = try BusSettings(params)
            Issue.record("accepted")
        } catch {
            #expect(error.member == member)
        }
    }

    @Test(
        "a topic's principal is the level after `from`",
        arguments: [
            ("lockbridge/v1/gw-a/from/shop/command", "shop"), ("from/shop/command", "shop"), ("lb/from/from/x", "from"),
            ("lb/to/shop/reply", nil), ("lb/from", nil), ("lb/from/", ""), ("lb/home/front/set", nil), ("", nil),
        ])
    func principals(topic: String, principal: String?) {
        #expect(TopicRates.principal(of: topic) == principal)
    }

    @Test("twenty a second and a hundred at once: no more, however the clock runs")
    func rates() {
        var rates = TopicRates(perSecond: 20, burst: 100)
        func passed(_ count: Int, at now: Int64) -> Int {
            (0..<count).filter { _ in rates.admit("shop", at: now) == .within }.count
        }
        #expect(passed(150, at: 1_000) == 100)
        #expect(passed(10, at: 1_049) == 0)
        #expect(passed(10, at: 1_050) == 1)
        #expect(passed(150, at: 2_050) == 20)
        #expect(passed(150, at: 2_000) == 0)
        #expect(passed(500, at: .max) == 100)
    }

    @Test("drops are reported once a second with their number, each principal apart")
    func reports() {
        var rates = TopicRates(perSecond: 1, burst: 1)
        #expect(rates.admit("shop", at: 0) == .within)
        #expect(rates.admit("shop", at: 10) == .beyond(report: 1))
        #expect(rates.admit("shop", at: 20) == .beyond(report: nil))
        #expect(rates.admit("other", at: 20) == .within)
        #expect(rates.admit("other", at: 20) == .beyond(report: 1))
        #expect(rates.admit("shop", at: 990) == .beyond(report: nil))
        #expect(rates.admit("shop", at: 1_005) == .within)
        #expect(rates.admit("shop", at: 1_010) == .beyond(report: 3))
        #expect(rates.admit(nil, at: 1_010) == .within)
    }

    @Test("a crowd of invented principals shares one allowance, and those known before keep theirs")
    func crowd() {
        var rates = TopicRates(perSecond: 1, burst: 10)
        for number in 0..<TopicRates.maximumPrincipals { _ = rates.admit("p\(number)", at: 0) }
        let passed = (0..<5_000).filter { rates.admit("invented\($0)", at: 1) == .within }.count
        #expect(passed == 10)
        #expect(rates.admit("p0", at: 1) == .within)
        // Once the crowd is quiet its allowances are full again and make room.
        #expect(rates.admit("late", at: 60_000) == .within)
    }

    @Test("publishes leave in order within the window, and what is left over is named when the connection ends")
    func publishQueue() {
        var queue = PublishQueue()
        #expect(queue.isEmpty)
        for n in Int64(1)...5 {
            let taken = queue.append(OutboundMessage(n: n, topic: "t", payload: []))
            #expect(taken)
        }
        #expect(queue.next() == nil)
        queue.open(window: 2)
        for mid in Int32(1)...2 { queue.given(queue.next()?.n ?? 0, as: mid) }
        #expect(queue.next() == nil)
        #expect(queue.acknowledged(1) == 1)
        #expect(queue.acknowledged(1) == nil)
        #expect(queue.next()?.n == 3)
        queue.given(3, as: 3)
        #expect(queue.removeAll() == [2, 3, 4, 5])
        #expect(queue.isEmpty)
    }

    @Test("what waits is bounded in number and in bytes")
    func publishBounds() {
        var queue = PublishQueue()
        let small = OutboundMessage(n: 1, topic: "t", payload: [])
        let smallOnes = (0..<10_000).filter { _ in queue.append(small) }
        #expect(smallOnes.count == PublishQueue.maximumWaiting)
        queue = PublishQueue()
        let large = OutboundMessage(n: 1, topic: "t", payload: [UInt8](repeating: 0, count: 65_536))
        let largeOnes = (0..<1_000).filter { _ in queue.append(large) }
        #expect(largeOnes.count == 127)
    }

    @Test("credit is counted by number: acknowledging twice or less gives none, what was not given cannot be acknowledged")
    func inboundCredit() {
        var queue = InboundQueue(limit: 3)
        for number in 0..<5 {
            let taken = queue.append(InboundMessage(topic: "\(number)", payload: [], retained: false))
            #expect(taken)
        }
        func acknowledged(_ n: Int64) -> Bool { queue.acknowledge(upTo: n) }
        #expect(queue.takeCredit().map(\.n) == [1, 2, 3])
        #expect(queue.takeCredit().isEmpty && !queue.hasCredit)
        #expect(acknowledged(4) == false)
        #expect(acknowledged(2) == true)
        #expect(acknowledged(1) == true)
        #expect(queue.takeCredit().map(\.message.topic) == ["3", "4"])
        #expect(!queue.hasCredit)
        #expect(acknowledged(5) == true)
        #expect(queue.hasCredit)
    }

    @Test("pauses grow from 0.2 to 5 seconds and begin anew after a connection that lasted")
    func backoff() {
        var backoff = Backoff()
        let pauses = (0..<8).map { _ in backoff.pauseMilliseconds() }
        let expected: [Int64] = [200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000]
        #expect(zip(pauses, expected).allSatisfy { $0 <= $1 && $0 >= $1 - $1 / 5 })
        backoff.reset()
        #expect(backoff.pauseMilliseconds() <= 200)
    }
}

private func encrypted(_ params: BusConfigureParams, _ tls: BusConfigureParams.TLS) -> BusConfigureParams {
    var params = params
    params.url = "mqtts://127.0.0.1"
    params.tls = tls
    return params
}
