import AdapterHost
import AdapterProtocol
import LinuxIO
import LockModel
import Logging
import WireBytes

/// One bus: its process, its topics, and what was published and not yet acknowledged.
///
/// While the broker is away only replies are kept, the newest to each message: retained topics are published again on every connect, and events are read
/// from the journal again.
///
/// What the bus process could not take while the broker was there is published again once everything else is through, as after a connect.
///
/// **Bounds**: 1,024 replies wait; beyond it the oldest is let go, and whoever sends that token again gets it from the journal. What is
/// published again comes by pages, each when fewer than 256 publishes are unanswered.
final class BusLink {
    /// What an acknowledged publish means to the gateway.
    enum Receipt {
        case event(PrincipalID, Int64)
        case notice(LockID, OperationNumber)
        /// A reply is sent again until the broker has it.
        case reply(ReplyKey)
    }

    /// The message a reply answers: a newer reply to it takes an older one's place.
    struct ReplyKey: Hashable {
        var principal: PrincipalID
        var id: TokenID?
        var digest: Digest?
    }

    /// One message for the broker.
    struct Publication {
        var topic: String
        var payload: [UInt8]
        var isRetained = false
        var contentType: String?
        var correlation: [UInt8]?
        var expirySeconds: Int?
        var receipt: Receipt?
    }

    private struct WaitingReply {
        var publication: Publication
        /// Its place in the order in which replies were given.
        var place: Int64
        /// The publish it was last sent with.
        var sentAs: Int64?
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
    private static let maximumReplies = 1024
    private static let roomyUnanswered = 256
    private var receipts: [Int64: Receipt] = [:]
    /// Replies the broker does not have yet.
    private var replies: [ReplyKey: WaitingReply] = [:]
    private var lastReply: Int64 = 0
    private var lastPublication: Int64 = 0
    /// Publishes the bus process has not answered yet.
    private var unanswered = 0
    /// It could not take one, though the broker was there.
    private var hasRefused = false
    private var roomWaiter: (() -> Void)?
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
        var view = history.view(of: child, name: configuration.name.text, version: nil, serves: configuration.principals)
        if view.state == "up" { view.state = isConnected ? "connected" : "connecting" }
        return view
    }

    // MARK: Publishing

    /// Hands a message to the bus process and returns its number there; without a connection it is let go.
    @discardableResult
    func publish(_ publication: Publication) -> Int64? {
        guard isConnected else { return nil }
        lastPublication += 1
        unanswered += 1
        if let receipt = publication.receipt { receipts[lastPublication] = receipt }
        child.notify(
            .busPublish,
            BusPublishParams(
                n: lastPublication, topic: publication.topic, payload: publication.payload, qos: 1,
                retain: publication.isRetained,
                contentType: publication.contentType, correlation: publication.correlation.map(Base64URL.encode), responseTopic: nil,
                expirySeconds: publication.expirySeconds))
        return lastPublication
    }

    /// Sends a reply now, or as soon as the broker is there.
    func reply(_ publication: Publication, to key: ReplyKey) {
        var publication = publication
        publication.receipt = .reply(key)
        lastReply += 1
        replies[key] = WaitingReply(publication: publication, place: lastReply, sentAs: publish(publication))
        if replies.count > BusLink.maximumReplies, let oldest = replies.min(by: { $0.value.place < $1.value.place })?.key {
            replies[oldest] = nil
        }
    }

    /// Sends what could not be sent while the broker was away, in the order it was given.
    func sendWaitingReplies() {
        for (key, waiting) in replies.sorted(by: { $0.value.place < $1.value.place }) {
            replies[key]?.sentAs = publish(waiting.publication)
        }
    }

    /// The bus process has not much left to publish.
    var hasRoom: Bool { unanswered < BusLink.roomyUnanswered }

    /// Calls back once the bus process has not much left to publish; a later caller takes an earlier one's place.
    func whenThereIsRoom(_ body: @escaping () -> Void) {
        guard !hasRoom else { return body() }
        roomWaiter = body
    }

    private func answered(_ number: Int64, _ published: BusPublishedParams) {
        unanswered -= 1
        // Lost with the connection: the next one publishes everything again anyway.
        if !published.ok && published.reason != "disconnected" { hasRefused = true }
        guard let receipt = receipts.removeValue(forKey: number), published.ok else { return }
        guard case .reply(let key) = receipt else { return handlers.receipt(self, receipt) }
        if replies[key]?.sentAs == number { replies[key] = nil }
    }

    private func goOn() {
        if hasRefused && unanswered == 0 && isConnected {
            hasRefused = false
            roomWaiter = nil
            handlers.connected(self)
        } else if hasRoom, let waiter = roomWaiter {
            roomWaiter = nil
            waiter()
        }
    }

    private func forgetPublishes() {
        receipts = [:]
        unanswered = 0
        hasRefused = false
        roomWaiter = nil
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
        forgetPublishes()
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
                forgetPublishes()
                if isConnected {
                    isConnected = false
                    handlers.disconnected(self)
                }
            case .busPublished:
                let published = try NotificationMethod.busPublished.params(params)
                let last = published.through ?? published.n
                guard published.n > 0, last >= published.n, last <= lastPublication, last - published.n < Int64(max(unanswered, 1)) else {
                    return log.warning("bus tells of publishes that were none", metadata: ["bus": "\(configuration.name)"])
                }
                for number in published.n...last { answered(number, published) }
                goOn()
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
