import AdapterProtocol
import LockModel
import Synchronization
import WireBytes

/// GATT for this adapter's own locks, and while it pairs for those that are nobody's (`radio.*`). The core decides which peers may be reached.
///
/// Each call but ``RadioLink/disconnect()`` may be cancelled by Swift's task cancellation; whether the peer got a write then is not known.
package final class Radio: Sendable {
    private static let maximumWaiting = 256

    private struct State {
        var links: [Int: AsyncStream<RadioLink.News>.Continuation] = [:]
        /// What came for a link before the answer that names it was taken up.
        var early: [Int: [RadioLink.News]] = [:]
        /// Connecting goes on where who asked for it is gone, until there is no link or it is closed again.
        var attempts: [RadioPeer: (number: Int, task: Task<Void, Never>)] = [:]
        var attemptsBegun = 0
    }

    private let questions: Questions
    private let state = Mutex(State())
    /// Every advertisement of one's own peers, and of others that match the filter. The newest 256 wait; for one reader.
    package let advertisements: AsyncStream<RadioAdvertisementParams>
    private let heard: AsyncStream<RadioAdvertisementParams>.Continuation

    init(questions: Questions) {
        self.questions = questions
        (advertisements, heard) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(Self.maximumWaiting))
    }

    /// Says which advertisements of devices that are nobody's yet are wanted.
    package func filter(_ filters: [RadioFilterParams.Filter], _ activity: RadioFilterParams.Activity) async throws {
        _ = try await questions.ask(.radioFilter, RadioFilterParams(filters: filters, activity: activity))
    }

    /// Connects, and encrypts where there is a key. One attempt a peer: another waits for the end of the one before, also of one that was cancelled, whose
    /// link is closed as soon as it stands.
    /// - Throws: ``AdapterFailure``: `deviceUnreachable`; `notPaired` for a peer that is another's; `credentialRejected` with detail `bondLost` where
    ///   the peer has lost its key; `busy` while linked; `radioUnavailable`.
    package func connect(
        _ peer: RadioPeer, timeoutMilliseconds: Int = 10_000, security: RadioSecurity = .none
    ) async throws -> RadioLink {
        let params = RadioConnectParams(peer: peer, timeoutMilliseconds: timeoutMilliseconds, security: security)
        let hope = Hope<RadioLink>()
        queue(peer) { await self.attempt(params, hope) }
        return try await withTaskCancellationHandler {
            try await hope.value()
        } onCancel: {
            hope.giveUp()
        }
    }

    /// Has an attempt begin once the one before at this peer is over.
    private func queue(_ peer: RadioPeer, _ attempt: @escaping @Sendable () async -> Void) {
        state.withLock { state in
            state.attemptsBegun += 1
            let (number, before) = (state.attemptsBegun, state.attempts[peer]?.task)
            let task = Task {
                await before?.value
                await attempt()
                self.state.withLock { if $0.attempts[peer]?.number == number { $0.attempts[peer] = nil } }
            }
            state.attempts[peer] = (number, task)
        }
    }

    private func attempt(_ params: RadioConnectParams, _ hope: Hope<RadioLink>) async {
        guard !hope.isGivenUp else { return }
        do {
            let link = try await established(params)
            if !hope.fulfil(.success(link)) { await link.disconnect() }
        } catch {
            _ = hope.fulfil(.failure(error))
        }
    }

    private func established(_ params: RadioConnectParams) async throws -> RadioLink {
        let result = try await questions.ask(.radioConnect, params)
        let (stream, continuation) = AsyncStream.makeStream(of: RadioLink.News.self, bufferingPolicy: .bufferingOldest(Self.maximumWaiting))
        let early = state.withLock { state in
            state.links[result.link] = continuation
            return state.early.removeValue(forKey: result.link) ?? []
        }
        for news in early { give(news, to: continuation, result.link) }
        return RadioLink(
            number: result.link, mtu: result.mtu, security: result.security, questions: questions, news: stream,
            onClosed: { [weak self] in self?.closed(result.link) })
    }

    /// Takes a notification of the core's.
    func told(_ method: Method, _ params: JSONObject) {
        switch method {
        case .radioAdvertisement:
            if let advertisement = try? NotificationMethod.radioAdvertisement.params(params) { heard.yield(advertisement) }
        case .radioNotified:
            guard let value = try? NotificationMethod.radioNotified.params(params) else { return }
            tell(value.link, .notified(service: value.service, characteristic: value.characteristic, value: value.value.bytes))
        case .radioDisconnected:
            guard let end = try? NotificationMethod.radioDisconnected.params(params) else { return }
            tell(end.link, .disconnected(end.reason))
        default: break
        }
    }

    private func tell(_ link: Int, _ news: RadioLink.News) {
        let continuation = state.withLock { state in
            if let known = state.links[link] { return known as AsyncStream<RadioLink.News>.Continuation? }
            if state.early.count < 16 { state.early[link, default: []].append(news) }
            return nil
        }
        if let continuation { give(news, to: continuation, link) }
    }

    private func give(_ news: RadioLink.News, to continuation: AsyncStream<RadioLink.News>.Continuation, _ link: Int) {
        if case .dropped = continuation.yield(news) { continuation.finish() }
        if case .disconnected = news {
            state.withLock { $0.links[link] = nil }
            continuation.finish()
        }
    }

    /// A link was closed here, of which nothing more is told: whoever reads its news is done.
    private func closed(_ link: Int) { state.withLock { $0.links.removeValue(forKey: link) }?.finish() }

    /// The process ends.
    func close() {
        heard.finish()
        for continuation in state.withLock({ $0.links.values }) { continuation.finish() }
    }
}

/// One link to one peer, from ``Radio/connect(_:timeoutMilliseconds:security:)`` until it is disconnected.
package final class RadioLink: Sendable {
    /// What the peer says unasked.
    package enum News: Sendable, Equatable {
        case notified(service: String, characteristic: String, value: [UInt8])
        /// The link is gone; nothing follows.
        case disconnected(String)
    }

    package let number: Int
    /// The largest ATT packet as agreed at connecting.
    package let mtu: Int
    package let security: RadioSecurity
    /// In order, for one reader; ends with the link, and also where 256 wait unread: then the link is of no use.
    package let news: AsyncStream<News>
    private let questions: Questions

    private let onClosed: @Sendable () -> Void

    init(
        number: Int, mtu: Int, security: RadioSecurity, questions: Questions, news: AsyncStream<News>,
        onClosed: @escaping @Sendable () -> Void
    ) {
        self.onClosed = onClosed
        self.number = number
        self.mtu = mtu
        self.security = security
        self.questions = questions
        self.news = news
    }

    /// Pairs by one model and no weaker one; the keys stay with the core.
    package func pair(_ model: RadioPairParams.Model, passkey: Int? = nil) async throws -> RadioSecurity {
        try await questions.ask(.radioPair, RadioPairParams(link: number, model: model, passkey: passkey)).security
    }

    /// The peer's services, from memory where that still holds.
    package func discover() async throws -> [RadioDiscoverResult.Service] {
        try await questions.ask(.radioDiscover, RadioLinkParams(link: number)).services
    }

    /// Agrees on a larger packet.
    package func exchangeMTU() async throws -> Int { try await questions.ask(.radioMTU, RadioLinkParams(link: number)).mtu }

    /// Has values of a characteristic told as ``news``.
    package func subscribe(_ characteristic: String, service: String? = nil, indications: Bool? = nil) async throws {
        _ = try await questions.ask(
            .radioSubscribe,
            RadioSubscribeParams(link: number, service: service, characteristic: characteristic, indications: indications))
    }

    /// Reads a whole value.
    package func read(_ characteristic: String, service: String? = nil) async throws -> [UInt8] {
        try await questions.ask(.radioRead, RadioReadParams(link: number, service: service, characteristic: characteristic)).value.bytes
    }

    /// Writes a value: with response at most 512 bytes, in parts where they do not fit one packet, and it returns once the peer has taken it;
    /// without, at most what fits one packet.
    package func write(_ value: [UInt8], to characteristic: String, service: String? = nil, withResponse: Bool = true) async throws {
        _ = try await questions.ask(
            .radioWrite,
            RadioWriteParams(
                link: number, service: service, characteristic: characteristic, value: HexBytes(value), withResponse: withResponse))
    }

    /// Closes the link and ends its news; also in a task that was cancelled, since that is when most links are closed.
    package func disconnect() async {
        let (questions, number) = (questions, number)
        await Task { _ = try? await questions.ask(.radioDisconnect, RadioLinkParams(link: number)) }.value
        onClosed()
    }
}
