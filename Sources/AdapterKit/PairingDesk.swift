import AdapterProtocol
import LockModel
import WireBytes

/// The person who pairs, at the other end of the gateway. Given to ``LockAdapter/startPairing(options:desk:)`` and ``LockAdapter/choose(_:desk:)``.
public struct PairingDesk: Sendable {
    let link: AdapterLink
    let questions: Questions

    /// Tells of a lock that could be paired; again where something changed.
    public func found(_ candidate: PairCandidate) {
        guard let line = try? LineCodec.notification(.pairFound, candidate) else { return }
        link.notify(NotificationPacer.Entry(subject: .event, line: line))
    }

    /// Tells how far pairing got: step `step` of `of`, in one line.
    public func progress(_ step: Int, of total: Int, _ text: String) {
        guard let line = try? LineCodec.notification(.pairProgress, ProgressParams(step: step, of: total, text: text)) else { return }
        link.notify(NotificationPacer.Entry(subject: .event, line: line))
    }

    /// Asks for a text: `text`, `pin`, `passkey`, `dsk`, `qr`, or one of the `choices`.
    /// - Throws: ``AdapterFailure`` `cancelled` where nobody answered in time.
    public func text(_ prompt: PromptParams) async throws -> String {
        guard let text = try await answer(prompt).string else { throw AdapterFailure(.unsupported, "the answer is no text") }
        return text
    }

    /// Asks for a whole number.
    /// - Throws: ``AdapterFailure`` `cancelled` where nobody answered in time.
    public func number(_ text: String) async throws -> Int {
        guard let number = try await answer(PromptParams(kind: .number, text: text)).integer else {
            throw AdapterFailure(.unsupported, "the answer is no number")
        }
        return Int(number)
    }

    /// Asks for a yes (`confirm`), or has something done at the lock (`press`).
    /// - Throws: ``AdapterFailure`` `cancelled` where nobody answered in time.
    public func confirm(_ kind: PromptParams.Kind = .confirm, _ text: String) async throws -> Bool {
        try await answer(PromptParams(kind: kind, text: text)).bool ?? false
    }

    private func answer(_ prompt: PromptParams) async throws -> JSONValue {
        guard let answer = try await questions.ask(.prompt, prompt).answer else { throw AdapterFailure(.cancelled, "nobody answered") }
        return answer
    }
}

/// A lock that was paired: what the core seals for its next `add`.
public struct PairedLock<VendorState: Codable & Sendable>: Sendable {
    /// Keys and addresses.
    public var vendorState: VendorState
    /// As ``LockAdapter/add(_:vendorState:)`` will tell it.
    public var lock: LockAddResult

    /// A lock that was paired.
    public init(vendorState: VendorState, lock: LockAddResult) {
        self.vendorState = vendorState
        self.lock = lock
    }
}
