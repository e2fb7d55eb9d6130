import AdapterKit
import AdapterProtocol
import LockCrypto
import LockModel
import NukiProtocol
import WireBytes

/// The talk with one lock over one link: sealed questions and their answers, and what the lock says unasked.
///
/// Answers belong to questions by their kind, so that a state may be asked for while the motor runs. An answer that nobody waits for is dropped; a
/// message that is not for us, or not sealed with our key, is counted and changes nothing.
actor NukiTalk {
    /// How an order to the motor ended, by the lock's word.
    enum ActionEnd: Sendable, Equatable {
        case complete
        case refused(NukiError)
    }

    private static let answerTime = Duration.seconds(5)
    /// How long a question may wait until those before it are answered, or the motor has stopped.
    private static let turnTime = Duration.seconds(12)
    private static let maximumStrangers = 16
    private static let maximumMessages = 256

    nonisolated let link: RadioLink
    private let seal: NukiSeal
    private let onState: @Sendable (NukiState) async -> Void
    private var sealed = NukiAssembler(.sealed)
    private var plain = NukiAssembler(.plain)
    private var questions = OpenQuestions()
    /// Whether somebody has the turn: a challenge is good for one command and only while it is the last, so these are asked one after another.
    private var isTaken = false
    private var request: Request?
    private var strangers = 0
    private(set) var isOver = false

    /// What was asked with a challenge, and what of its answer has come.
    private struct Request {
        let command: NukiCommand
        let number: Int
        let isWhole: @Sendable ([NukiMessage]) -> Bool
        var messages: [NukiMessage] = []
    }

    init(_ link: RadioLink, seal: NukiSeal, onState: @escaping @Sendable (NukiState) async -> Void) {
        self.link = link
        self.seal = seal
        self.onState = onState
    }

    /// Subscribes; the lock forgets that with each link.
    func open() async throws {
        try await link.subscribe(NukiService.userData, service: NukiService.keyturner, indications: true)
        try await link.subscribe(NukiService.keyturnerData, service: NukiService.keyturner, indications: true)
    }

    /// Reads the link's news to its end.
    func follow() async {
        for await news in link.news {
            switch news {
            case .notified(_, NukiService.userData, let value): if let bytes = sealed.take(value) { await received(sealed: bytes) }
            case .notified(_, NukiService.keyturnerData, let value): if let bytes = plain.take(value) { received(plain: bytes) }
            case .notified: break
            case .disconnected(let reason): over(AdapterFailure(.deviceUnreachable, reason))
            }
        }
        over(AdapterFailure(.deviceUnreachable, "the link ended"))
    }

    // MARK: - Questions

    /// What the lock says of itself, asked now.
    func state() async throws -> NukiState {
        guard case .state(let state) = try await ask(NukiMessage.request(.keyturnerStates), .state) else { throw CancellationError() }
        return state
    }

    /// What the lock says of itself unasked, `nil` where it says nothing in that time.
    func nextState(within duration: Duration) async throws -> NukiState? {
        let number = try place(.state, duration)
        do {
            guard case .state(let state) = try await answer(to: number) else { return nil }
            return state
        } catch let failure as AdapterFailure where failure.code == .expired {
            return nil
        }
    }

    /// A challenge for one order. It is good once: what is made with it is never written twice.
    func challenge() async throws -> [UInt8] {
        guard case .bytes(let bytes) = try await ask(NukiMessage.request(.challenge), .challenge) else { throw CancellationError() }
        return bytes
    }

    /// Asks for something that needs a challenge, with the PIN where one is given. Never written twice.
    ///
    /// - Parameter isWhole: whether an answer of several messages is over with these.
    /// - Throws: ``NukiError`` as the lock refused it; ``AdapterFailure`` `deviceUnreachable` where it falls silent, `busy` where others take too long.
    func request(
        _ command: NukiCommand, _ body: [UInt8] = [], pin: NukiPIN? = nil, until isWhole: @escaping @Sendable ([NukiMessage]) -> Bool
    ) async throws -> [NukiMessage] {
        try await takeTurn()
        defer { leaveTurn() }
        let message = NukiMessage(command, body + (try await challenge()) + (pin?.bytes ?? []))
        let answer = try await ask(message, .messages) { self.request = Request(command: command, number: $0, isWhole: isWhole) }
        guard case .messages(let messages) = answer else { throw CancellationError() }
        return messages
    }

    /// Waits until what was asked before is answered; ``leaveTurn()`` must follow.
    func takeTurn() async throws {
        guard isTaken else {
            isTaken = true
            return
        }
        do { _ = try await answer(to: try place(.turn, Self.turnTime)) } catch let failure as AdapterFailure where failure.code == .expired
        {
            throw AdapterFailure(.busy, "the lock is busy with something else")
        }
    }

    /// Lets the next one ask.
    func leaveTurn() {
        request = nil
        if questions.has(.turn) { questions.answerFirst(.turn, .success(.turn)) } else { isTaken = false }
    }

    /// Writes an order to the motor, by who has the turn; ``end(of:)`` of what this gives waits for its end.
    ///
    /// - Parameter patience: how long the lock may take; then its last word counts as lost.
    func act(_ action: UInt8, appID: UInt32, challenge: [UInt8], patience: Duration) async throws -> Int {
        var payload = [action]
        payload.append(littleEndian: UInt64(appID), bytes: 4)
        payload.append(0)
        let number = try place(.end, patience)
        try await write(NukiMessage(.lockAction, payload + challenge))
        return number
    }

    /// Waits for the end of an order.
    /// - Returns: `nil` where the lock says nothing of it in time.
    func end(of number: Int) async throws -> ActionEnd? {
        do {
            guard case .end(let end) = try await answer(to: number) else { return nil }
            return end
        } catch let failure as AdapterFailure where failure.code == .expired {
            return nil
        }
    }

    /// Ends what has waited too long.
    func tick() { questions.expire(at: .now, AdapterFailure(.expired, "the lock does not answer")) }

    // MARK: - Hearing

    private func received(sealed bytes: [UInt8]) async {
        do throws(NukiSeal.Fault) {
            let message = try seal.open(bytes)
            strangers = 0
            await received(message)
        } catch {
            if case .message(.unknown) = error { return }
            strangers += 1
            if strangers > Self.maximumStrangers { over(AdapterFailure(.credentialRejected, "what it says is not sealed with our key")) }
        }
    }

    private func received(plain bytes: [UInt8]) {
        guard let message = try? NukiMessage(plain: bytes), message.command == .errorReport else { return }
        refused(NukiError(payload: message.payload))
    }

    private func received(_ message: NukiMessage) async {
        switch message.command {
        case .keyturnerStates:
            guard let state = try? NukiState(message.payload) else { return }
            // Each question has its own answer: one that was asked before something happened is none to what is asked after it.
            questions.answerFirst(.state, .success(.state(state)))
            await onState(state)
        case .challenge: if message.payload.count == 32 { questions.answerFirst(.challenge, .success(.bytes(message.payload))) }
        case .status where message.payload.first != 0: break
        case .status where questions.has(.end): questions.answerFirst(.end, .success(.end(.complete)))
        case .errorReport: refused(NukiError(payload: message.payload))
        default: gather(message)
        }
    }

    /// Adds a message to the answer that is waited for.
    private func gather(_ message: NukiMessage) {
        guard var open = request, open.messages.count < Self.maximumMessages else { return }
        open.messages.append(message)
        request = open
        guard open.isWhole(open.messages) else { return questions.extend(open.number, until: .now + Self.answerTime) }
        questions.answerFirst(.messages, .success(.messages(open.messages)))
    }

    /// The lock refused something: the order, where it says so, or where nothing else is open.
    private func refused(_ error: NukiError) {
        switch error.command {
        case NukiCommand.lockAction.rawValue: questions.answerFirst(.end, .success(.end(.refused(error))))
        case request?.command.rawValue where request != nil: questions.answerAll(.messages, .failure(error))
        case NukiCommand.requestData.rawValue:
            questions.answerFirst(.challenge, .failure(error))
            questions.answerAll(.state, .failure(error))
        default:
            guard questions.has(.challenge) || questions.has(.state) || questions.has(.messages) else {
                return questions.answerFirst(.end, .success(.end(.refused(error))))
            }
            for kind in [OpenQuestions.Kind.challenge, .state, .messages] { questions.answerAll(kind, .failure(error)) }
        }
    }

    private func over(_ failure: AdapterFailure) {
        isOver = true
        questions.endAll(failure)
    }

    // MARK: - Writing and waiting

    private func write(_ message: NukiMessage) async throws {
        try await link.write(try seal.seal(message), to: NukiService.userData, service: NukiService.keyturner)
    }

    private func ask(
        _ message: NukiMessage, _ kind: OpenQuestions.Kind, placed: (Int) -> Void = { _ in }
    ) async throws -> OpenQuestions.Answer {
        let number = try place(kind, Self.answerTime)
        placed(number)
        do { try await write(message) } catch {
            questions.leave(number)
            throw error
        }
        do { return try await answer(to: number) } catch let failure as AdapterFailure where failure.code == .expired {
            throw AdapterFailure(.deviceUnreachable, failure.message)
        }
    }

    private func place(_ kind: OpenQuestions.Kind, _ duration: Duration) throws -> Int {
        if isOver { throw AdapterFailure(.deviceUnreachable, "the link ended") }
        guard let number = questions.open(kind, until: .now + duration) else { throw AdapterFailure(.busy, "too much is asked of it") }
        return number
    }

    private func answer(to number: Int) async throws -> OpenQuestions.Answer {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { questions.wait(number, $0) }
        } onCancel: {
            Task { await self.leave(number) }
        }
    }

    private func leave(_ number: Int) { questions.leave(number) }
}
