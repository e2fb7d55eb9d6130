import AdapterProtocol
import BLEStack
import WireBytes

// Pairing: the core is asked where a human has to compare or type something.
extension RadioService {
    /// A question that is open with the core.
    struct Prompt {
        let link: Int
        let question: PairingMachine.Question
    }

    /// How long an answer is of use: the peer waits 30 s.
    private static let promptSeconds = 30

    /// `radio.pair`.
    func pair(_ id: RequestID, _ params: RadioPairParams) {
        var passkey: Passkey?
        if let number = params.passkey {
            passkey = Passkey(number)
            guard passkey != nil, params.model == .passkey else { return answer(id, .invalidParams("passkey makes no sense")) }
        }
        let request = take(id) { value in
            guard case .paired(let security) = value else { return nil }
            return try? LineCodec.result(RadioPairResult(security: security.term), to: id)
        }
        engine?.give(.pair(request, link: params.link, PairingWish(model: AssociationModel(params.model), passkey: passkey)))
    }

    /// Asks the core's human.
    func ask(_ link: Int, _ question: PairingMachine.Question) {
        let prompt =
            switch question {
            case .compare(let number):
                PromptParams(
                    kind: .confirm, text: "Does the lock show \(Self.sixDigits(number))?", seconds: Self.promptSeconds, secret: false)
            case .typePasskey:
                PromptParams(kind: .passkey, text: "Which six digits does the lock show?", seconds: Self.promptSeconds, secret: true)
            }
        let id = prompts.issue(Prompt(link: link, question: question))
        promptOfLink[link] = id
        guard let line = try? LineCodec.request(.prompt, id: id, prompt) else { return said(link, .declined) }
        send(line)
    }

    /// Nobody needs the answer any more.
    func withdrawQuestion(_ link: Int) {
        guard let id = promptOfLink.removeValue(forKey: link), prompts.abandon(id) != nil else { return }
        notify(.cancel, CancelParams(id: id))
    }

    /// An answer of the core's.
    /// - Returns: false when nothing was asked: the core broke the protocol.
    func promptAnswered(_ id: RequestID, _ result: JSONObject?) -> Bool {
        switch prompts.claim(id) {
        case .open(let prompt):
            promptOfLink[prompt.link] = nil
            let answer = result.flatMap { try? StrictJSON.decode(PromptResult.self, from: .object($0)) }?.answer
            said(prompt.link, PairingAnswer(answer, to: prompt.question))
            return true
        case .late: return true
        case .answeredTwice, .neverIssued: return false
        }
    }

    private func said(_ link: Int, _ answer: PairingAnswer) { engine?.give(.answered(link: link, answer)) }

    private static func sixDigits(_ number: UInt32) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 6 - digits.count)) + digits
    }
}

extension PairingAnswer {
    /// Anything that is no answer to the question is a refusal.
    init(_ answer: JSONValue?, to question: PairingMachine.Question) {
        switch (question, answer) {
        case (.compare, .bool(let same)?): self = .compared(same: same)
        case (.typePasskey, .integer(let number)?):
            self = Int(exactly: number).flatMap { Passkey($0) }.map { .typed($0) } ?? .declined
        case (.typePasskey, .string(let text)?) where text.utf8.count == 6:
            self = Int(text).flatMap { Passkey($0) }.map { .typed($0) } ?? .declined
        case (.compare, _), (.typePasskey, _): self = .declined
        }
    }
}

extension AssociationModel {
    init(_ model: RadioPairParams.Model) {
        switch model {
        case .justWorks: self = .justWorks
        case .numeric: self = .numericComparison
        case .passkey: self = .passkeyEntry
        }
    }
}
