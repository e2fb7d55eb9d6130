import AdapterHost
import AdapterProtocol
import LinuxIO
import LockModel
import Logging
import WireBytes

/// One bus: its process, its topics, and what was published and not yet acknowledged.
///
/// While the broker is away nothing is kept here: retained topics are published again on every connect, events are read from the journal again,
/// and a reply that nobody could hear is given again to whoever sends the same token.
final class BusLink {
    /// What an acknowledged publish means to the gateway.
    enum Receipt {
        case event(PrincipalID, Int64)
        case notice(LockID, OperationNumber)
    }

    /// One message for the broker.
    struct Publication {
        var topic: String
        var payload: [UInt8]
        var isRetained = false
        var contentType: String?
        var correlation: [UInt8]?
        var receipt: Receipt?
    }

    struct Handlers {
        var connected: (BusLink) -> Void
        var disconnected: (BusLink) -> Void
        var message: (BusLink, BusMessageParams) -> Void
        var receipt: (BusLink, Receipt) -> Void
    }

    let configuration: Configuration.Bus
    let topics: Topics
    private(set) var isConnected = false
    private let child: ChildSupervisor
    private let handlers: Handlers
    private let gateway: String
    private let limits: BusConfigureParams.Limits
    private let log: Logger
    private var receipts: [Int64: Receipt] = [:]
    private var lastPublication: Int64 = 0
    private var history = ChildHistory()
    /// Messages handled, each with the record that must be durable before the bus may send another in its place.
    private var handled: [(message: Int64, record: Int64)] = []

    init(
        _ configuration: Configuration.Bus, gateway: String, limits: BusConfigureParams.Limits, child: ChildSupervisor, log: Logger,
        handlers: Handlers
    ) {
        self.configuration = configuration
        self.gateway = gateway
        self.limits = limits
        self.child = child
        self.handlers = handlers
        self.log = log
        topics = Topics(prefix: configuration.prefix, gateway: gateway)
        child.onUp = { [weak self] _ in self?.configure() }
        child.onDown = { [weak self] cause in self?.lost(cause) }
        child.onNotification = { [weak self] method, params in self?.notified(method, params) }
    }

    func start() { child.start() }

    var view: ChildView {
        var view = history.view(of: child, name: configuration.name.text, version: nil, serves: configuration.principals.map(\.text))
        if view.state == "up" { view.state = isConnected ? "connected" : "connecting" }
        return view
    }

    // MARK: Publishing

    /// Hands a message to the bus process; without a connection it is let go.
    func publish(_ publication: Publication) {
        guard isConnected else { return }
        lastPublication += 1
        if let receipt = publication.receipt { receipts[lastPublication] = receipt }
        child.notify(
            .busPublish,
            BusPublishParams(
                n: lastPublication, topic: publication.topic, payload: Base64URL.encode(publication.payload), qos: 1,
                retain: publication.isRetained,
                contentType: publication.contentType, correlation: publication.correlation.map(Base64URL.encode), responseTopic: nil,
                expirySeconds: nil))
    }

    /// A message was handled; its credit goes back once the record is durable.
    func handled(_ message: Int64, after record: Int64) { handled.append((message, record)) }

    /// Gives credit back for messages whose records are durable.
    func durable(upTo record: Int64) {
        guard let last = handled.last(where: { $0.record <= record }) else { return }
        handled.removeAll { $0.message <= last.message }
        child.notify(.busAck, BusAckParams(upTo: last.message))
    }

    /// Says offline itself, so that no will is needed, and ends the process.
    func stop(completed: @escaping () -> Void) {
        publish(Publication(topic: topics.availability, payload: Array("offline".utf8), isRetained: true))
        child.stop(completed)
    }

    // MARK: The process

    private func configure() {
        let will = BusConfigureParams.Will(
            topic: topics.availability, payload: Base64URL.encode(Array("offline".utf8)), qos: 1, retain: true)
        let params = BusConfigureParams(
            url: configuration.url, protocol: configuration.mqttVersion == "5" ? .v5 : .v311, clientId: gateway,
            username: configuration.username,
            passwordFile: configuration.passwordFile,
            tls: configuration.tls.map { BusConfigureParams.TLS(ca: $0.ca, certificate: $0.certificate, key: $0.key) },
            keepAliveSeconds: 10,
            subscriptions: configuration.principals.map { BusConfigureParams.Subscription(topic: topics.from($0), qos: 1) }, will: will,
            limits: limits)
        child.request(.busConfigure, params, timeoutMilliseconds: 10_000) { [log, configuration] result in
            if case .failure(let failure) = result {
                log.error("bus refused its configuration", metadata: ["bus": "\(configuration.name)", "cause": "\(failure)"])
            }
        }
    }

    private func lost(_ cause: DownCause) {
        history.went(cause)
        if cause != .stopped { log.warning("bus process down", metadata: ["bus": "\(configuration.name)", "cause": "\(cause)"]) }
        receipts = [:]
        handled = []
        guard isConnected else { return }
        isConnected = false
        handlers.disconnected(self)
    }

    private func notified(_ method: Method, _ params: JSONObject) {
        do throws(JSONDecodingError) {
            switch method {
            case .busConnected:
                isConnected = true
                handlers.connected(self)
            case .busDisconnected:
                let reason = try NotificationMethod.busDisconnected.params(params).reason
                log.warning("broker lost", metadata: ["bus": "\(configuration.name)", "reason": "\(reason)"])
                receipts = [:]
                if isConnected {
                    isConnected = false
                    handlers.disconnected(self)
                }
            case .busPublished:
                let published = try NotificationMethod.busPublished.params(params)
                if let receipt = receipts.removeValue(forKey: published.n), published.ok { handlers.receipt(self, receipt) }
            case .busMessage:
                handlers.message(self, try NotificationMethod.busMessage.params(params))
            default:
                break
            }
        } catch {
            log.warning("bus said what can't be read", metadata: ["bus": "\(configuration.name)", "error": "\(error)"])
        }
    }
}
