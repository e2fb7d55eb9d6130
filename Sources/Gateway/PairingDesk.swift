import AdapterHost
import AdapterProtocol
import LinuxIO
import LockModel
import WireBytes

/// The one pairing that may run in the gateway: it looks, asks and waits here, so that it survives the terminal it was begun from.
///
/// Inputs are the installer's requests and what the adapter tells; the way out is the ``view``, told whenever it changed, and a paired lock handed on
/// to be kept. A question is put to nobody in particular: whoever answers first has answered.
///
/// **Bounds**: 64 candidates, one question, ten minutes a choice, fifteen without a word from an installer.
///
/// What must never break: a lock is handed on only while its pairing is the one under way, and each question is answered once.
final class PairingDesk {
    static let maximumCandidates = 64
    private static let idleMilliseconds: Int64 = 900_000
    private static let questionSeconds = 120

    struct Handlers {
        /// The view is another.
        var changed: (PairView) -> Void
        /// A lock was paired: keep it, then say what failed, or nothing.
        var keep: (Paired, @escaping (RPCError?) -> Void) -> Void
        /// The pairing is over; what was open for it may be closed.
        var ended: (AdapterName) -> Void
        var now: () -> Timestamp
    }

    /// A lock that an adapter has paired with, and what it is to be here.
    struct Paired {
        var adapter: AdapterName
        var request: PairTakeRequest
        var result: PairChooseResult
    }

    private struct Session {
        let number: Int
        let adapter: AdapterSupervisor
        let name: AdapterName
        var answer: (prompt: PromptParams, reply: ChildReply, timer: TimerToken)?
    }

    private let loop: EventLoop
    private let handlers: Handlers
    private(set) var view = PairView(state: .idle)
    private var session: Session?
    private var idle: TimerToken?
    private var sessions = 0
    private var prompts = 0

    init(loop: EventLoop, handlers: Handlers) {
        self.loop = loop
        self.handlers = handlers
    }

    /// Whose pairing is under way.
    var adapter: AdapterName? { session?.name }

    // MARK: The installer

    /// Begins to look.
    func begin(
        _ name: AdapterName, _ adapter: AdapterSupervisor, options: [String: String], replaces: LockID?,
        _ done: @escaping (RPCError?) -> Void
    ) throws {
        if let session {
            throw RPCError(
                code: -32002, message: "A pairing of \(session.name) is under way: `lockbridge pair --resume` or `--cancel`.", reason: .busy
            )
        }
        guard adapter.child.state == .up else {
            throw RPCError(
                code: -32002, message: "\(name) does not run now; `lockbridge adapter list` tells why.", reason: .adapterFailed)
        }
        sessions += 1
        let number = sessions
        session = Session(number: number, adapter: adapter, name: name)
        view = PairView(state: .searching, adapter: name)
        view.replaces = replaces
        heard()
        adapter.startPairing(
            options: options,
            AdapterSupervisor.PairingHandlers(
                found: { [weak self] in self?.during(number)?.found($0) },
                progress: { [weak self] in self?.during(number)?.progressed($0) },
                prompt: { [weak self] prompt, reply in
                    guard let self, session?.number == number else { return reply.succeed(PromptResult.cancelled) }
                    ask(prompt, reply)
                })
        ) { [weak self] answer in
            if case .failure(let failure) = answer { self?.during(number)?.fail(RPCError(failure)) }
            if case .failure(let failure) = answer { done(RPCError(failure)) } else { done(nil) }
        }
        changed()
    }

    /// Pairs with one of the found.
    func choose(_ request: PairTakeRequest) throws {
        guard let session, view.state == .searching else {
            throw RPCError(code: -32002, message: "Nothing is being looked for: `lockbridge pair ADAPTER`.", reason: .actionNotAllowed)
        }
        guard view.candidates.contains(where: { $0.candidate == request.candidate }) else {
            throw RPCError(code: -32002, message: "None of the found is called \(request.candidate).", reason: .unknownLock)
        }
        heard()
        view.state = .pairing
        view.lock = request.lock
        let number = session.number
        session.adapter.choose(request.candidate) { [weak self] answer in
            guard let desk = self?.during(number) else { return }
            switch answer {
            case .success(let result): desk.paired(Paired(adapter: session.name, request: request, result: result), number)
            case .failure(let failure): desk.fail(RPCError(failure))
            }
        }
        changed()
    }

    /// Answers the open question.
    func answer(_ request: PairAnswerRequest) throws {
        guard let question = view.question, question.prompt == request.prompt, let open = session?.answer else {
            throw RPCError(code: -32002, message: "This question is not open any more.", reason: .expired)
        }
        heard()
        guard let answer = request.answer else { return close(open.reply, .cancelled) }
        guard let answer = open.prompt.accepted(answer) else { throw RPCError.invalidParams(open.prompt.wanted) }
        close(open.reply, .answered(answer))
    }

    /// Gives the pairing up.
    func cancel() throws {
        guard session != nil else { throw RPCError(code: -32002, message: "No pairing is under way.", reason: .actionNotAllowed) }
        view.state = .cancelled
        session?.adapter.cancelPairing()
        end()
    }

    /// Somebody looks: it is not given up for a while.
    func heard() {
        if let idle { loop.cancel(idle) }
        idle = loop.schedule(afterMilliseconds: Self.idleMilliseconds) { [weak self] in try? self?.cancel() }
    }

    // MARK: The adapter

    /// An adapter went down; its pairing is over.
    func lost(_ name: AdapterName) {
        guard session?.name == name else { return }
        fail(RPCError(code: -32002, message: "The adapter ended; see its log, then begin again.", reason: .adapterFailed))
    }

    /// A question that belongs to the pairing and comes from elsewhere than its adapter, such as the radio.
    func ask(_ prompt: PromptParams, _ reply: ChildReply) {
        guard session != nil, session?.answer == nil else { return reply.succeed(PromptResult.cancelled) }
        prompts += 1
        let seconds = prompt.seconds ?? Self.questionSeconds
        let timer = loop.schedule(afterMilliseconds: Int64(seconds) * 1000) { [weak self] in self?.close(reply, .cancelled) }
        session?.answer = (prompt, reply, timer)
        view.question = PairView.Question(
            prompt: prompts, kind: prompt.kind, text: prompt.text, choices: prompt.choices,
            secret: prompt.secret ?? (prompt.kind == .pin), until: handlers.now().advanced(byMilliseconds: Int64(seconds) * 1000))
        changed()
    }

    private func during(_ number: Int) -> PairingDesk? { session?.number == number ? self : nil }

    private func found(_ candidate: PairCandidate) {
        guard let candidate = candidate.safe else { return }
        if let index = view.candidates.firstIndex(where: { $0.candidate == candidate.candidate }) {
            guard view.candidates[index] != candidate else { return }
            view.candidates[index] = candidate
        } else {
            guard view.candidates.count < Self.maximumCandidates else { return }
            view.candidates.append(candidate)
        }
        changed()
    }

    private func progressed(_ progress: PairProgressParams) {
        guard (0...1000).contains(progress.step), (0...1000).contains(progress.of) else { return }
        view.progress = ProgressParams(step: progress.step, of: progress.of, text: VisibleText.line(progress.text, 200))
        changed()
    }

    private func paired(_ lock: Paired, _ number: Int) {
        handlers.keep(lock) { [weak self] failure in
            guard let desk = self?.during(number) else { return }
            if let failure { return desk.fail(failure) }
            desk.view.state = .paired
            desk.view.model = VisibleText.line(lock.result.model, 100)
            desk.view.firmware = lock.result.firmware.map { VisibleText.line($0, 100) }
            desk.end()
        }
    }

    // MARK: The end

    private func close(_ reply: ChildReply, _ result: PromptResult) {
        if let timer = session?.answer?.timer { loop.cancel(timer) }
        session?.answer = nil
        view.question = nil
        reply.succeed(result)
        changed()
    }

    private func fail(_ error: RPCError) {
        view.state = .failed
        view.reason = error.reason
        view.message = VisibleText.line(error.message, 500)
        end()
    }

    private func end() {
        if let open = session?.answer { close(open.reply, .cancelled) }
        if let idle { loop.cancel(idle) }
        idle = nil
        let name = session?.name
        session?.adapter.endPairing()
        session = nil
        view.question = nil
        changed()
        if let name { handlers.ended(name) }
    }

    private func changed() { handlers.changed(view) }
}

extension PairCandidate {
    /// The same with everything in it that could move a terminal's cursor made visible; `nil` for one that can't be named.
    fileprivate var safe: PairCandidate? {
        guard (1...64).contains(candidate.utf8.count), candidate.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
        return PairCandidate(candidate: candidate, name: VisibleText.line(name, 64), model: VisibleText.line(model, 64), rssi: rssi)
    }
}

extension PromptParams {
    /// The answer as the adapter is given it, `nil` where it is of another kind than was asked for.
    fileprivate func accepted(_ answer: JSONValue) -> JSONValue? {
        switch kind {
        case .confirm, .press: answer.bool.map { .bool($0) }
        case .choice: answer.string.flatMap { text in choices?.contains(text) == true ? answer : nil }
        case .number: answer.integer.map { .integer($0) }
        case .passkey: answer.string.flatMap { $0.utf8.count == 6 && $0.utf8.allSatisfy(Self.isDigit) ? answer : nil }
        case .pin: answer.string.flatMap { (1...32).contains($0.utf8.count) ? answer : nil }
        case .dsk: answer.string.flatMap { (5...47).contains($0.utf8.count) ? answer : nil }
        case .qr, .text: answer.string.flatMap { (1...500).contains($0.utf8.count) ? answer : nil }
        }
    }

    fileprivate var wanted: String {
        switch kind {
        case .confirm, .press: "answer: true or false"
        case .choice: "answer: one of the choices"
        case .number: "answer: a whole number"
        case .passkey: "answer: six digits"
        case .pin: "answer: 1 to 32 characters"
        case .dsk: "answer: the digits printed on the lock"
        case .qr, .text: "answer: 1 to 500 characters"
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}
