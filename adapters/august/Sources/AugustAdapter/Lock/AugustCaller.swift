import AdapterKit
import AdapterProtocol
import AugustProtocol

/// Keeps the one link to a lock: connects when it is needed, proves its key, and tries again where the key was refused, as long as that makes sense.
actor AugustCaller {
    static let connectMilliseconds = 15_000

    nonisolated let peer: RadioPeer
    private let credentials: AugustCredentials
    private let radio: Radio
    private let serve: @Sendable (AugustTalk) -> Void
    private let onPush: @Sendable (AugustAnswer) async -> Void
    private let onRejected: @Sendable (AdapterFailure) -> Void
    private var trial = AugustKeyTrial()
    private(set) var current: AugustTalk?
    /// One that is being opened.
    private var opening: AugustTalk?
    private var connecting: Task<AugustTalk, any Error>?

    /// - Parameters:
    ///   - serve: has a link's news read.
    ///   - onPush: told what the lock says of itself.
    ///   - onRejected: told once when the key is called wrong.
    init(
        _ peer: RadioPeer, _ credentials: AugustCredentials, radio: Radio, serve: @escaping @Sendable (AugustTalk) -> Void,
        onPush: @escaping @Sendable (AugustAnswer) async -> Void, onRejected: @escaping @Sendable (AdapterFailure) -> Void = { _ in }
    ) {
        self.peer = peer
        self.credentials = credentials
        self.radio = radio
        self.serve = serve
        self.onPush = onPush
        self.onRejected = onRejected
    }

    /// The talk that stands, or a new one.
    /// - Throws: ``AdapterFailure`` `credentialRejected`, `deviceUnreachable` and what the radio says.
    func talk() async throws -> AugustTalk {
        if let current, await !current.isOver { return current }
        if let connecting { return try await connecting.value }
        let task = Task { try await self.connect() }
        connecting = task
        defer { connecting = nil }
        let new = try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
        current = new
        return new
    }

    /// The talk that stands.
    var standing: AugustTalk? {
        get async {
            guard let current, await !current.isOver else { return nil }
            return current
        }
    }

    /// Ends what has waited too long.
    func tick() async {
        await opening?.tick()
        await current?.tick()
    }

    /// Closes the link; with a goodbye where there is time for it.
    func close(isHurried: Bool) async {
        connecting?.cancel()
        connecting = nil
        let old = current
        current = nil
        guard let old else { return }
        if !isHurried { await old.leave() }
        await old.over(AdapterFailure(.deviceUnreachable, "the link was closed"))
        await old.link.disconnect()
    }

    private func connect() async throws -> AugustTalk {
        let deadline = ContinuousClock.now + .milliseconds(Self.connectMilliseconds)
        while true {
            try trial.check(at: .now)
            let left = max(1000, Int((deadline - .now) / .milliseconds(1)))
            let link = try await radio.connect(peer, timeoutMilliseconds: left)
            let talk = AugustTalk(link, credentials, onPush: onPush)
            serve(talk)
            opening = talk
            defer { opening = nil }
            do {
                try await talk.open()
                trial.taken()
                return talk
            } catch {
                await talk.over(AdapterFailure(.deviceUnreachable, "it did not come to a session"))
                await link.disconnect()
                if let failure = error as? AdapterFailure, failure.code == .expired {
                    throw AdapterFailure(.deviceUnreachable, failure.message)
                }
                guard error is AugustTalk.KeyRefused else { throw error }
            }
            do { try trial.refused(at: .now) } catch {
                onRejected(error)
                throw error
            }
            try Task.checkCancellation()
            guard deadline > .now else { throw AdapterFailure(.deviceUnreachable, "the lock refused its key, or the link broke") }
        }
    }
}
