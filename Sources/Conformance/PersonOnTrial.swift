import AdapterProtocol
import WireBytes

/// Whoever pairs, as the kit plays it: does at the stand-in what is asked, and says the PIN it gave.
final class PersonOnTrial {
    /// The questions that were put, in order.
    private(set) var prompts: [PromptParams] = []
    /// Answers none from now on, as somebody who has left.
    var isAway = false
    private let device: StandIn
    private let transcript: Transcript

    init(_ device: StandIn, _ transcript: Transcript) {
        self.device = device
        self.transcript = transcript
    }

    /// Answers a question.
    func answer(_ prompt: PromptParams) -> PromptResult {
        prompts.append(prompt)
        if let fault = Self.fault(of: prompt) { transcript.note(.question, fault) }
        if isAway { return .cancelled }
        switch prompt.kind {
        case .confirm, .press:
            if prompt.kind == .press { device.press() }
            return .answered(true)
        case .choice: return (prompt.choices?.first).map { .answered(.string($0)) } ?? .cancelled
        case .number: return (device.pin.flatMap { Int64($0) }).map { .answered(.integer($0)) } ?? .cancelled
        case .passkey, .pin, .dsk, .qr, .text: return device.pin.map { .answered(.string($0)) } ?? .cancelled
        }
    }

    /// Why a terminal could not show it as it is; `nil` where it can.
    static func fault(of prompt: PromptParams) -> String? {
        if prompt.text.isEmpty || prompt.text.count > 500 { return "its question has \(prompt.text.count) characters, not 1 to 500" }
        let shown = [prompt.text] + (prompt.choices ?? [])
        let isClean = shown.allSatisfy { $0.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control } }
        if !isClean { return "its question holds control characters" }
        if (prompt.kind == .choice) != (prompt.choices?.isEmpty == false) { return "a choice has choices, and nothing else has" }
        return nil
    }
}
