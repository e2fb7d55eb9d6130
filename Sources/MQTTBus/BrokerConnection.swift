import AdapterProtocol
import LinuxIO

/// The bus process's line to its broker, on the loop: connects, subscribes, carries messages both ways, and comes back
/// after every way a broker can go.
///
/// - In: settings; publishes; acknowledgements of messages; the library's events.
/// - Out: the four ``Handlers``.
/// - Bounds: ``InboundQueue`` (credit), ``PublishQueue``, ``TopicRates``, and the library's own as ``MosquittoHandle`` says.
///   Without credit the broker's socket is not read, so the broker waits, or drops by its own rules.
/// - Nothing of ours is published twice by it: what the broker had not acknowledged when the connection ended is given back
///   as ``PublishFault/disconnected``, and the core decides.
///
/// The property that must not break: a message's PUBACK leaves only in ``endTurn()`` or with a publish of ours, after `onMessage` has
/// returned for what credit allows. (It says no more than that we have it: the sender's receipt is the gateway's own `accepted`.)
package final class BrokerConnection {
    /// Where news go, on the loop's thread; also from within a call of the owner's (a refused publish is answered at once).
    package struct Handlers {
        /// All subscriptions stand.
        package var onConnected: () -> Void
        /// A connection that was announced has ended, or an attempt failed for another reason than the one before.
        package var onDisconnected: (ConnectionLoss) -> Void
        /// One message, with its number.
        package var onMessage: (Int64, InboundMessage) -> Void
        /// What became of the core's publish.
        package var onPublished: (Int64, PublishFault?) -> Void
        /// A line for the operator's log.
        package var onNotice: (LogLevel, String) -> Void

        package init(
            onConnected: @escaping () -> Void, onDisconnected: @escaping (ConnectionLoss) -> Void,
            onMessage: @escaping (Int64, InboundMessage) -> Void, onPublished: @escaping (Int64, PublishFault?) -> Void,
            onNotice: @escaping (LogLevel, String) -> Void
        ) {
            self.onConnected = onConnected
            self.onDisconnected = onDisconnected
            self.onMessage = onMessage
            self.onPublished = onPublished
            self.onNotice = onNotice
        }
    }

    /// How long TCP may take, then TLS with CONNECT and SUBSCRIBE.
    private static let connectMilliseconds: Int64 = 15_000
    private static let handshakeMilliseconds: Int64 = 10_000
    /// A connection this old has lasted: the next pause is short again.
    private static let lastingMilliseconds: Int64 = 5_000
    private static let readsPerTurn = 64

    /// One connection of the library's.
    private struct Link {
        let handle: MosquittoHandle
        var watch: Watch?
        var subscriptions: [Int32: String] = [:]
        var refusal: ConnectionLoss?
        var connectedAt: Int64?
        var hasConnack = false
    }

    private let loop: EventLoop
    private let settings: BusSettings
    private let handlers: Handlers
    private let connector: BrokerConnector
    private var link: Link?
    private var publishes = PublishQueue()
    private var inbound: InboundQueue
    private var rates: TopicRates
    private var backoff = Backoff()
    private var lastReason: ConnectionLoss?
    private var oversized = OversizedCount()
    private var hasPublishedInTurn = false
    /// What comes next by time: the next attempt, the end of this one, or the next ping.
    private var timer: TimerToken?
    private var onClosed: (() -> Void)?
    private var isClosed = false

    /// - Throws: ``IOFailure`` when descriptors have run out.
    package init(loop: EventLoop, settings: BusSettings, handlers: Handlers) throws(IOFailure) {
        self.loop = loop
        self.settings = settings
        self.handlers = handlers
        connector = try BrokerConnector(loop: loop)
        inbound = InboundQueue(limit: settings.params.limits.inFlight)
        rates = TopicRates(perSecond: settings.params.limits.topicRatePerSecond, burst: settings.params.limits.topicBurst)
    }

    // MARK: - What the core asks

    /// Begins connecting, and goes on until it is closed.
    package func start() {
        attempt()
    }

    /// Publishes, or says at once why not.
    package func publish(_ message: OutboundMessage) {
        guard link?.connectedAt != nil, onClosed == nil else { return handlers.onPublished(message.n, .disconnected) }
        guard publishes.append(message) else { return handlers.onPublished(message.n, .queueFull) }
        givePublishes()
    }

    /// The core is done with messages: credit for as many more.
    package func acknowledge(upTo n: Int64) {
        let wasStopped = !mayRead
        guard inbound.acknowledge(upTo: n) else { return handlers.onNotice(.warning, "bus.ack of a message not sent yet") }
        giveMessages()
        // Not left to the kernel's word: TLS may hold what it has decrypted already.
        if wasStopped { read() }
    }

    /// Writes what this turn has queued, PUBACKs among it. To be called once at the end of each turn.
    package func endTurn() {
        hasPublishedInTurn = false
        guard let link else { return }
        if link.handle.wantsWrite {
            let error = link.handle.write()
            handleEvents(error: error)
        }
        updateInterest()
    }

    /// Waits for what was published, at most so long, says goodbye to the broker and calls `done` on the loop. The will is
    /// not published: it is for connections that break.
    package func close(withinMilliseconds limit: Int64, done: @escaping () -> Void) {
        guard onClosed == nil, !isClosed else { return }
        onClosed = done
        guard link?.connectedAt != nil else { return finishClosing() }
        loop.schedule(afterMilliseconds: limit) { [weak self] in self?.finishClosing() }
        finishClosingIfSent()
    }

    /// Ends at once, with the will left to the broker: the gateway is gone.
    package func abandon() {
        guard !isClosed else { return }
        isClosed = true
        link?.handle.disconnect(leavingWill: true, version: settings.params.protocol)
        dropLink()
    }

    // MARK: - Connecting

    private func attempt() {
        setTimer(afterMilliseconds: BrokerConnection.connectMilliseconds) { $0.fail(.timedOut) }
        connector.connect(settings) { [weak self] result in
            guard let self, !isClosed else { return }
            switch result {
            case .failure(let loss): fail(loss)
            case .success(let handle): begin(handle)
            }
        }
    }

    private func begin(_ handle: MosquittoHandle) {
        setTimer(afterMilliseconds: BrokerConnection.handshakeMilliseconds) { $0.fail(.timedOut) }
        do throws(IOFailure) {
            let watch = try loop.watch(handle.socket, readable: true, writable: true) { [weak self] _ in self?.read() }
            link = Link(handle: handle, watch: watch)
        } catch {
            fail(.broken("\(error)"))
        }
    }

    /// Ends what there is, says why, and tries again after a pause.
    private func fail(_ loss: ConnectionLoss) {
        connector.giveUp()
        let connectedAt = link?.connectedAt
        dropLink()
        if connectedAt != nil || loss != lastReason { handlers.onDisconnected(loss) }
        lastReason = loss
        if onClosed != nil { return finishClosing() }
        if let connectedAt, Clocks.bootMilliseconds() - connectedAt >= BrokerConnection.lastingMilliseconds { backoff.reset() }
        setTimer(afterMilliseconds: backoff.pauseMilliseconds()) { $0.attempt() }
    }

    private func dropLink() {
        if let timer { loop.cancel(timer) }
        timer = nil
        if let link {
            _ = link.handle.write()
            link.watch?.cancel()
        }
        link = nil
        for n in publishes.removeAll() { handlers.onPublished(n, .disconnected) }
    }

    private func setTimer(afterMilliseconds delay: Int64, _ act: @escaping (BrokerConnection) -> Void) {
        if let timer { loop.cancel(timer) }
        timer = loop.schedule(afterMilliseconds: delay) { [weak self] in
            guard let self else { return }
            timer = nil
            act(self)
        }
    }

    private func announce() {
        guard link?.connectedAt == nil else { return }
        link?.connectedAt = Clocks.bootMilliseconds()
        lastReason = nil
        setTimer(afterMilliseconds: 1_000) { $0.tick() }
        handlers.onConnected()
    }

    private func tick() {
        guard let link else { return }
        let error = link.handle.keepAlive()
        handleEvents(error: error)
        if self.link != nil { setTimer(afterMilliseconds: 1_000) { $0.tick() } }
    }

    // MARK: - Reading

    /// Whether the broker's socket may be read: until all subscriptions stand it must, afterwards while there is credit.
    private var mayRead: Bool { link.map { $0.connectedAt == nil || inbound.hasCredit } ?? false }

    private func read() {
        for _ in 0..<BrokerConnection.readsPerTurn {
            guard mayRead, let link else { return }
            if !link.hasConnack && link.handle.hasEnded {
                let reason = "hung up before CONNACK"
                return fail(settings.address.isEncrypted ? .tls(reason) : .broken(reason))
            }
            let (error, isDrained) = link.handle.read()
            let anything = handleEvents(error: error)
            if isDrained && !anything { return }
        }
        // Decrypted bytes do not make the socket readable.
        if settings.address.isEncrypted { loop.schedule(afterMilliseconds: 0) { [weak self] in self?.read() } }
    }

    /// Deals with what a call into the library has brought.
    /// - Returns: whether there was anything.
    @discardableResult
    private func handleEvents(error: Int32) -> Bool {
        guard let handle = link?.handle else { return false }
        let events = handle.takeEvents()
        var end: (code: Int32, errno: Int32)?
        for event in events {
            if case .disconnected(let code, let errno) = event { end = end ?? (code, errno) } else { handleEvent(event, handle) }
            // A handler may have closed us.
            if link == nil { return true }
        }
        if let loss = loss(error: error, end: end, handle) {
            fail(loss)
        } else {
            giveMessages()
            givePublishes()
            finishClosingIfSent()
        }
        return !events.isEmpty
    }

    private func loss(error: Int32, end: (code: Int32, errno: Int32)?, _ handle: MosquittoHandle) -> ConnectionLoss? {
        if let refusal = link?.refusal { return refusal }
        if handle.isOverrun { return .overrun }
        guard error != 0 || end != nil else { return nil }
        return handle.loss(error: error, end: end, isJudging: settings.address.isEncrypted && link?.hasConnack != true)
    }

    private func handleEvent(_ event: MosquittoEvent, _ handle: MosquittoHandle) {
        switch event {
        case .connected(let code, let receiveMaximum): connected(code, receiveMaximum, handle)
        case .subscribed(let mid, let codes): subscribed(mid, codes)
        case .published(let mid, let code):
            guard let n = publishes.acknowledged(mid) else { return }
            handlers.onPublished(n, code < 128 ? nil : .refused(code: code, MosquittoHandle.text(ofReason: code)))
        case .message(let message): received(message)
        case .tooLarge:
            if let count = oversized.add(at: Clocks.bootMilliseconds()) {
                handlers.onNotice(.warning, "dropped payloads larger than \(settings.params.limits.payloadBytes) bytes: \(count)")
            }
        case .disconnected: break
        }
    }

    private func connected(_ code: Int32, _ receiveMaximum: Int?, _ handle: MosquittoHandle) {
        link?.hasConnack = true
        guard code == 0 else {
            link?.refusal = .refused(code: code, handle.text(ofRefusal: code, version: settings.params.protocol))
            return
        }
        publishes.open(window: min(MosquittoHandle.sendMaximum, receiveMaximum ?? MosquittoHandle.sendMaximum))
        for subscription in settings.params.subscriptions {
            guard let mid = handle.subscribe(to: subscription) else {
                link?.refusal = .subscriptionRefused(topic: subscription.topic)
                return
            }
            link?.subscriptions[mid] = subscription.topic
        }
        if settings.params.subscriptions.isEmpty { announce() }
    }

    private func subscribed(_ mid: Int32, _ codes: [Int32]) {
        guard let topic = link?.subscriptions.removeValue(forKey: mid) else { return }
        guard !codes.isEmpty, codes.allSatisfy({ $0 < 128 }) else {
            link?.refusal = .subscriptionRefused(topic: topic)
            return
        }
        if link?.subscriptions.isEmpty == true { announce() }
    }

    private func received(_ message: InboundMessage) {
        let principal = TopicRates.principal(of: message.topic)
        if principal != nil && message.payload.isEmpty { return }
        switch rates.admit(principal, at: Clocks.bootMilliseconds()) {
        case .within: queue(message)
        case .beyond(let report?):
            handlers.onNotice(.warning, "dropped beyond the rate of \(principal ?? "topics of no principal"): \(report)")
            var limited = message
            limited.limited = true
            queue(limited)
        case .beyond: break
        }
    }

    private func queue(_ message: InboundMessage) {
        if !inbound.append(message) { link?.refusal = .overrun }
    }

    private func giveMessages() {
        guard link == nil || link?.connectedAt != nil else { return }
        for (n, message) in inbound.takeCredit() { handlers.onMessage(n, message) }
    }

    // MARK: - Writing

    private func givePublishes() {
        guard let link else { return }
        while let message = publishes.next() {
            do throws(PublishFault) {
                publishes.given(message.n, as: try link.handle.publish(message, version: settings.params.protocol))
            } catch {
                handlers.onPublished(message.n, error)
            }
            // The first one of a turn leaves at once, so that the broker is at it while we read on; an error shows at the turn's end.
            if !hasPublishedInTurn { _ = link.handle.write() }
            hasPublishedInTurn = true
        }
    }

    private func updateInterest() {
        guard let link else { return }
        do throws(IOFailure) {
            try link.watch?.setInterest(readable: mayRead, writable: link.handle.wantsWrite)
        } catch {
            fail(.broken("\(error)"))
        }
    }

    // MARK: - Closing

    private func finishClosingIfSent() {
        if onClosed != nil && publishes.isEmpty { finishClosing() }
    }

    private func finishClosing() {
        guard let done = onClosed, !isClosed else { return }
        isClosed = true
        if link?.connectedAt != nil { link?.handle.disconnect(leavingWill: false, version: settings.params.protocol) }
        connector.giveUp()
        dropLink()
        loop.schedule(afterMilliseconds: 0, done)
    }
}
