import AdapterKit
import AdapterProtocol
import AugustProtocol
import LockModel

/// The talk with one lock over one link: the handshake, then commands one at a time with the lock's gap between them, and what the lock says unasked.
///
/// A frame is ciphered right before it is written, and written once. One that can't be opened ends the talk: the streams are out of step, and what would be
/// sent again is noise to the lock. So does a question that stays unanswered, unless it is one that some locks never answer.
///
/// What must never break: the bytes of an order are written at most once, after its gate.
actor AugustTalk {
    /// An order that was written.
    struct Run: Sendable {
        fileprivate let end: Int
        /// Whether the lock said that it got it.
        let isAcknowledged: Bool
    }

    /// The lock did not take the key, or the link broke while it was tried, which looks the same.
    struct KeyRefused: Error {}

    static let answerTime = Duration.seconds(8)
    /// For what some locks never answer.
    static let doubtfulTime = Duration.seconds(3)
    static let resultTime = Duration.seconds(12)
    /// Once a lock has told where its bolt came to rest, its result follows at once, or was lost.
    private static let afterRestTime = Duration.seconds(2)
    private static let gap = Duration.milliseconds(AugustService.gapMilliseconds)

    nonisolated let link: RadioLink
    private let onPush: @Sendable (AugustAnswer) async -> Void
    private var handshake: AugustHandshake
    private var openDeadline: ContinuousClock.Instant?
    private var session: AugustSession?
    private var opened: CheckedContinuation<Void, any Error>?
    private var questions = AugustQuestions()
    private var turns = AugustTurns()
    /// The end of an order that is waited for.
    private var end: Int?
    private var heardAt: ContinuousClock.Instant?
    private(set) var ended: AdapterFailure?

    init(_ link: RadioLink, _ credentials: AugustCredentials, onPush: @escaping @Sendable (AugustAnswer) async -> Void) {
        self.link = link
        self.onPush = onPush
        handshake = AugustHandshake(credentials)
    }

    var isOver: Bool { ended != nil }
    /// It ended by the lock or the air, and not because it was closed here.
    private(set) var wasLost = false

    /// Agrees on a session. The link's news have to be read by ``follow()`` meanwhile.
    /// - Throws: ``KeyRefused``; ``AdapterFailure`` where the link does not carry it.
    func open() async throws {
        try await link.subscribe(AugustService.secureRead, service: AugustService.service, indications: true)
        openDeadline = .now + Self.answerTime
        do {
            try await write(secure: handshake.begin())
            try await withTaskCancellationHandler {
                try await withCheckedThrowingContinuation { (waiter: CheckedContinuation<Void, any Error>) in
                    if let ended { return waiter.resume(throwing: ended) }
                    if session != nil { return waiter.resume() }
                    opened = waiter
                }
            } onCancel: {
                Task { await self.over(AdapterFailure(.cancelled, "given up")) }
            }
        } catch let failure as AdapterFailure where failure.att == AugustService.wrongKey || failure.code == .deviceUnreachable {
            throw KeyRefused()
        } catch is AugustHandshake.Failure {
            throw KeyRefused()
        }
        openDeadline = nil
        try await link.subscribe(AugustService.commandRead, service: AugustService.service, indications: true)
    }

    /// Says goodbye.
    func leave() async {
        guard !isOver, let bytes = try? session?.goodbye(), (try? await takeTurn()) != nil else { return }
        defer { turns.give() }
        guard (try? await awaitGap()) != nil else { return }
        try? await write(secure: bytes)
    }

    /// Reads the link's news to its end.
    func follow() async {
        for await news in link.news {
            switch news {
            case .notified(_, AugustService.commandRead, let value): await received(value)
            case .notified(_, AugustService.secureRead, let value): await received(secure: value)
            case .notified: break
            case .disconnected(let reason):
                wasLost = !isOver
                over(AdapterFailure(.deviceUnreachable, reason))
            }
        }
        over(AdapterFailure(.deviceUnreachable, "the link ended"))
    }

    /// Ends what has waited too long.
    func tick() {
        let silent = AdapterFailure(.expired, "the lock does not answer")
        if let openDeadline, openDeadline <= .now { over(silent) }
        questions.expire(at: .now, silent)
    }

    // MARK: - Saying

    /// Asks, and waits for the answer that fits.
    /// - Parameter isDoubtful: some locks never answer it: then that ends nothing, and it waits less long.
    /// - Throws: ``AdapterFailure`` `expired` where a doubtful question has no answer; `deviceUnreachable` where any other has none, and the talk is over.
    func ask(
        _ frame: AugustFrame, isDoubtful: Bool = false, _ fits: @escaping @Sendable (AugustAnswer) -> Bool
    ) async throws -> AugustAnswer {
        try await takeTurn()
        defer { turns.give() }
        let number = try place(isDoubtful ? Self.doubtfulTime : Self.answerTime, fits)
        do { try await write(frame) } catch {
            questions.leave(number)
            throw error
        }
        do { return try await answer(to: number) } catch let failure as AdapterFailure where failure.code == .expired && !isDoubtful {
            over(AdapterFailure(.deviceUnreachable, failure.message))
            throw AdapterFailure(.deviceUnreachable, failure.message)
        }
    }

    /// Writes an order to the motor, once, and waits until the lock says that it got it or how it ended.
    ///
    /// - Parameters:
    ///   - deadline: nobody waits for it any longer.
    ///   - gate: passed right before the first byte; what it throws goes through, and nothing was sent.
    /// - Throws: anything else after the gate means that it may have been sent.
    func drive(_ order: AugustOrder, until deadline: ContinuousClock.Instant, gate: @Sendable () throws -> Void) async throws -> Run {
        try await takeTurn()
        defer { turns.give() }
        let (opcode, sub) = (order.opcode.rawValue, order.sub)
        let patience = deadline - .now
        let got = try place(min(Self.answerTime, patience)) { answer in
            if case .ended(opcode, _) = answer { return true }
            return answer == .acknowledged(opcode: opcode, sub: sub)
        }
        let end = try place(min(Self.resultTime, patience)) { if case .ended(opcode, _) = $0 { true } else { false } }
        self.end = end
        do { try await write(order.frame, gate: gate) } catch {
            questions.leave(got)
            questions.leave(end)
            throw error
        }
        do {
            _ = try await answer(to: got)
            return Run(end: end, isAcknowledged: true)
        } catch let failure as AdapterFailure where failure.code == .expired {
            return Run(end: end, isAcknowledged: false)
        }
    }

    /// How an order ended; `nil` where the lock does not say in time, or the talk is over.
    func end(of run: Run) async throws -> AugustResult? {
        defer { end = nil }
        do {
            guard case .ended(_, let result) = try await answer(to: run.end) else { return nil }
            return result
        } catch is AdapterFailure {
            return nil
        }
    }

    // MARK: - Hearing

    private func received(_ bytes: [UInt8]) async {
        heardAt = .now
        guard session != nil else { return }
        do throws(AugustSession.Failure) {
            guard let frame = try session?.open(bytes) else { return }
            let answer = AugustAnswer(frame)
            let isAnswer = questions.give(answer)
            if let end, !isAnswer, answer.isAtRest { questions.hurry(end, until: .now + Self.afterRestTime) }
            // What was asked may be stale and is for who asked; what the lock says of itself is for all.
            if !isAnswer || frame.bytes[16] == 0 { await onPush(answer) }
        } catch {
            await damaged("a frame of the lock's could not be opened: the session is out of step")
        }
    }

    private func received(secure bytes: [UInt8]) async {
        guard session == nil else { return }
        do throws(AugustHandshake.Failure) {
            switch try handshake.take(bytes) {
            case .write(let next): do { try await write(secure: next) } catch { over(Self.failure(error)) }
            case .done(let session):
                self.session = session
                opened?.resume()
                opened = nil
            }
        } catch {
            await damaged("the lock's answer is not made with our key")
        }
    }

    private func damaged(_ words: String) async {
        over(AdapterFailure(.deviceUnreachable, words))
        await link.disconnect()
    }

    /// Nothing is said or heard any more.
    func over(_ failure: AdapterFailure) {
        guard ended == nil else { return }
        ended = failure
        opened?.resume(throwing: failure)
        opened = nil
        questions.endAll(failure)
    }

    // MARK: - Writing and waiting

    private func write(_ frame: AugustFrame, gate: @Sendable () throws -> Void = {}) async throws {
        try await awaitGap()
        guard session?.isOver == false else { throw ended ?? AdapterFailure(.deviceUnreachable, "there is no session") }
        try gate()
        guard let bytes = try session?.seal(frame) else { return }
        do { try await link.write(bytes, to: AugustService.commandWrite, service: AugustService.service) } catch {
            // The stream has gone on, and nobody knows whether the lock's has.
            over(Self.failure(error))
            throw error
        }
    }

    private func write(secure bytes: [UInt8]) async throws {
        try await link.write(bytes, to: AugustService.secureWrite, service: AugustService.service)
    }

    private func awaitGap() async throws {
        while let heardAt, heardAt + Self.gap > .now { try await Task.sleep(until: heardAt + Self.gap, clock: .continuous) }
        if let ended { throw ended }
    }

    private func takeTurn() async throws {
        if let ended { throw ended }
        guard !turns.takeIfFree() else { return }
        let number = turns.number()
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation {
                turns.wait(number, $0, isCancelled: Task.isCancelled, AdapterFailure(.busy, "too much is asked of it"))
            }
        } onCancel: {
            Task { await self.leaveTurn(number) }
        }
    }

    private func leaveTurn(_ number: Int) { turns.leave(number) }

    private func place(_ patience: Duration, _ fits: @escaping @Sendable (AugustAnswer) -> Bool) throws -> Int {
        if let ended { throw ended }
        guard let number = questions.open(until: .now + Self.gap + patience, fits) else {
            throw AdapterFailure(.busy, "too much is asked of it")
        }
        return number
    }

    private func answer(to number: Int) async throws -> AugustAnswer {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { questions.wait(number, $0) }
        } onCancel: {
            Task { await self.leave(number) }
        }
    }

    private func leave(_ number: Int) { questions.leave(number) }

    private static func failure(_ error: any Error) -> AdapterFailure {
        error as? AdapterFailure ?? AdapterFailure(.deviceUnreachable, "the link carried no more")
    }
}

extension AugustAnswer {
    /// A bolt that is told to be at rest.
    fileprivate var isAtRest: Bool {
        switch self {
        case .state(let state), .stateAndDoor(let state, _): !state.isMoving
        default: false
        }
    }
}
