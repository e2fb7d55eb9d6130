import AdapterProtocol
import LockModel
import WireBytes

/// Pairing, as an adapter's supervisor sees it: looking, choosing, and the questions that may be put meanwhile.
///
/// What an adapter says or asks of a pairing while none is under way is refused; a question beside an open one is refused, and the next one ends the adapter.
extension AdapterSupervisor {
    /// How long pairing with one lock may take, the person included.
    package static let pairingMilliseconds: Int64 = 600_000
    private static let shortMilliseconds: Int64 = 30_000
    /// Questions of one pairing; who goes on asking is ended.
    private static let maximumPrompts = 50

    /// What a pairing under way tells.
    package struct PairingHandlers {
        package var found: (PairCandidate) -> Void
        package var progress: (PairProgressParams) -> Void
        /// A question for the person; answer by the reply.
        package var prompt: (PromptParams, ChildReply) -> Void

        package init(
            found: @escaping (PairCandidate) -> Void, progress: @escaping (PairProgressParams) -> Void,
            prompt: @escaping (PromptParams, ChildReply) -> Void
        ) {
            self.found = found
            self.progress = progress
            self.prompt = prompt
        }
    }

    /// A pairing under way.
    struct Pairing {
        let handlers: PairingHandlers
        var prompts = 0
        var isAsking = false
        /// Further questions while one was open.
        var refusedPrompts = 0
    }

    /// Looks for locks; what it finds is told until ``endPairing()``.
    package func startPairing(
        options: [String: String], _ handlers: PairingHandlers, _ done: @escaping (Result<Nothing, CallFailure>) -> Void
    ) {
        pairing = Pairing(handlers: handlers)
        child.request(.pairStart, PairStartParams(options: options), timeoutMilliseconds: Self.shortMilliseconds) { [weak self] answer in
            if case .failure = answer { self?.pairing = nil }
            done(answer)
        }
    }

    /// Pairs with one that was found.
    package func choose(_ candidate: String, _ done: @escaping (Result<PairChooseResult, CallFailure>) -> Void) {
        child.request(.pairChoose, PairChooseParams(candidate: candidate), timeoutMilliseconds: Self.pairingMilliseconds, done)
    }

    /// Stops looking, and has an open choice fail.
    package func cancelPairing() {
        guard pairing != nil else { return }
        child.request(.pairCancel, Nothing(), timeoutMilliseconds: Self.shortMilliseconds) { _ in }
    }

    /// Nothing more is told of this pairing.
    package func endPairing() { pairing = nil }

    /// Has a lock show itself.
    package func identify(_ lock: LockID, _ done: @escaping (Result<Nothing, CallFailure>) -> Void) {
        child.request(.identify, LockParams(lock: lock), timeoutMilliseconds: Self.shortMilliseconds, done)
    }

    /// Removes what was set in a lock, and its key.
    package func unpair(_ lock: LockID, _ done: @escaping (Result<Nothing, CallFailure>) -> Void) {
        child.request(.unpair, LockParams(lock: lock), timeoutMilliseconds: Self.shortMilliseconds * 2, done)
    }

    func asked(prompt: PromptParams, _ reply: ChildReply) {
        guard pairing != nil else { return reply.fail(.invalidRequest("nobody is pairing")) }
        if let fault = prompt.fault { return reply.fail(.invalidParams(fault)) }
        guard pairing?.isAsking == false else {
            pairing?.refusedPrompts += 1
            if pairing?.refusedPrompts == 2 { return child.fail(.flood) }
            return reply.fail(RPCError(.busy, "one question at a time"))
        }
        pairing?.prompts += 1
        guard let prompts = pairing?.prompts, prompts <= Self.maximumPrompts else { return child.fail(.flood) }
        pairing?.isAsking = true
        pairing?.handlers.prompt(
            prompt.safe,
            reply.afterwards { [weak self] in
                self?.pairing?.isAsking = false
                self?.pairing?.refusedPrompts = 0
            })
    }
}

extension PromptParams {
    private static let maximumCharacters = 500
    private static let maximumChoices = 16
    private static let maximumChoiceCharacters = 100

    /// What is wrong with it, `nil` for a question that may be put.
    var fault: String? {
        if text.isEmpty || text.count > Self.maximumCharacters { return "text: 1 to 500 characters" }
        if let seconds, !(1...600).contains(seconds) { return "seconds: 1 to 600" }
        guard kind == .choice else { return choices == nil ? nil : "choices: with `choice` alone" }
        guard let choices, (1...Self.maximumChoices).contains(choices.count), Set(choices).count == choices.count else {
            return "choices: 1 to 16, each once"
        }
        return choices.allSatisfy { !$0.isEmpty && $0.count <= Self.maximumChoiceCharacters } ? nil : "choices: 1 to 100 characters each"
    }

    /// The same with everything in it that could move a terminal's cursor made visible.
    package var safe: PromptParams {
        PromptParams(
            kind: kind, text: VisibleText.of(text), choices: choices?.map(VisibleText.of), seconds: seconds,
            secret: secret)
    }
}
