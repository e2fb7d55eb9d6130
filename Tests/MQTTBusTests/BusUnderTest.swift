import AdapterProtocol
import LinuxIO
import MQTTBus
import Testing
import WireBytes

/// A ``BrokerConnection`` and all it has said.
final class BusUnderTest {
    enum News: Equatable {
        case connected
        case disconnected(ConnectionLoss)
    }

    let connection: BrokerConnection
    private let seen: Seen

    final class Seen {
        var news: [News] = []
        var messages: [(n: Int64, message: InboundMessage)] = []
        var published: [(n: Int64, fault: PublishFault?)] = []
        var notices: [String] = []
        var acknowledgesAtOnce = true
        var onMessage: (() -> Void)?
        weak var connection: BrokerConnection?
    }

    var news: [News] { seen.news }
    var messages: [InboundMessage] { seen.messages.map(\.message) }
    var numbers: [Int64] { seen.messages.map(\.n) }
    var texts: [String] { messages.map { String(decoding: $0.payload, as: UTF8.self) } }
    var notices: [String] { seen.notices }
    var published: [Int64] { seen.published.map(\.n) }
    var connections: Int { news.filter { $0 == .connected }.count }

    /// How publishes ended that did not succeed.
    var faults: [PublishFault] { seen.published.compactMap(\.fault) }

    /// - Parameter acknowledging: whether each message is acknowledged as soon as it comes.
    init(in world: World, acknowledging: Bool = true, _ params: BusConfigureParams) throws {
        let seen = Seen()
        self.seen = seen
        seen.acknowledgesAtOnce = acknowledging
        connection = try BrokerConnection(
            loop: world.loop, settings: BusSettings(params),
            handlers: BrokerConnection.Handlers(
                onConnected: { seen.news.append(.connected) }, onDisconnected: { seen.news.append(.disconnected($0)) },
                onMessage: { n, message in
                    seen.messages.append((n, message))
                    seen.onMessage?()
                    if seen.acknowledgesAtOnce { world.loop.schedule(afterMilliseconds: 0) { seen.connection?.acknowledge(upTo: n) } }
                },
                onPublished: { seen.published.append(($0, $1)) }, onNotice: { seen.notices.append($1) }))
        seen.connection = connection
        world.turnEnds.append { [connection] in connection.endTurn() }
        connection.start()
    }

    var onMessage: (() -> Void)? {
        get { seen.onMessage }
        set { seen.onMessage = newValue }
    }

    func connected(_ world: World) throws {
        try world.until("the bus is connected") { self.connections == 1 }
    }
}

/// Settings for a broker on this machine; every message below `lb/` is subscribed.
func settings(port: UInt16, _ change: (inout BusConfigureParams) -> Void = { _ in }) -> BusConfigureParams {
    var params = BusConfigureParams(
        url: "mqtt://127.0.0.1:\(port)", clientId: "gw-test", keepAliveSeconds: 30,
        subscriptions: [BusConfigureParams.Subscription(topic: "lb/#", qos: 1)])
    change(&params)
    return params
}

extension BusConfigureParams {
    static func will(_ topic: String, _ payload: String) -> Will {
        Will(topic: topic, payload: Base64URL.encode(Array(payload.utf8)), qos: 1, retain: true)
    }
}
