import AdapterKit
import AdapterProtocol
import LockCrypto
import NukiProtocol

/// Carries a pairing over one link: writes what the machine says, gives it what the lock says, asks the person for the PIN.
struct NukiPairingTalk {
    let link: RadioLink
    let generation: NukiPairing.Generation
    let desk: PairingDesk

    private var service: String { generation == .five ? NukiService.pairingFive : NukiService.pairing }
    private var characteristic: String { generation == .five ? NukiService.pairingFiveData : NukiService.pairingData }

    /// How long the lock may take for one answer; then it counts as silent, and its link is closed. The person may take longer.
    private static let stepTime = Duration.seconds(10)

    /// Pairs, or says why not.
    /// - Throws: ``AdapterFailure``: `notPaired` out of pairing mode, `credentialRejected` for a wrong PIN or an impostor, `cancelled` where nobody says the
    ///   PIN, `deviceUnreachable` when the lock falls silent.
    func pair(_ pairing: NukiPairing, pin: UInt32?) async throws -> (NukiPairing.Authorization, pin: UInt32?) {
        var pairing = pairing
        var given = pin
        var news = link.news.makeAsyncIterator()
        var next: [UInt8]? = pairing.begin()
        try await link.subscribe(characteristic, service: service, indications: true)
        while true {
            let message = try await exchange(next, &news, isSealed: pairing.expectsSealed)
            switch try Self.told({ () throws(NukiPairing.Failure) in try pairing.take(message) }) {
            case .write(let bytes): next = bytes
            case .wait: next = nil
            case .done(let authorization): return (authorization, given)
            case .askForPIN:
                let pin = try await askForPIN(given)
                given = pin
                guard case .write(let bytes) = try Self.told({ () throws(NukiPairing.Failure) in try pairing.take(pin: pin) }) else {
                    throw AdapterFailure(.unsupported, "the cryptographic library failed")
                }
                next = bytes
            }
        }
    }

    private static func told<Value>(_ body: () throws(NukiPairing.Failure) -> Value) throws -> Value {
        do { return try body() } catch { throw failure(error) }
    }

    /// Writes a message where there is one, and waits for the lock's next.
    private func exchange(
        _ message: [UInt8]?, _ news: inout AsyncStream<RadioLink.News>.Iterator, isSealed: Bool
    ) async throws -> [UInt8] {
        // Ends with this scope, unless the lock is silent for too long.
        async let _: Void = Self.hangUp(link, after: Self.stepTime)
        if let message { try await link.write(message, to: characteristic, service: service) }
        var assembler = NukiAssembler(isSealed ? .sealed : .plain)
        while let piece = await next(&news) { if let whole = assembler.take(piece) ?? refusal(piece) { return whole } }
        throw AdapterFailure(.deviceUnreachable, "the lock fell silent while it was paired, or ended the link")
    }

    private static func hangUp(_ link: RadioLink, after time: Duration) async {
        guard (try? await Task.sleep(for: time)) != nil else { return }
        await link.disconnect()
    }

    /// A refusal may come plain where a sealed message is expected.
    private func refusal(_ piece: [UInt8]) -> [UInt8]? { (try? NukiMessage(plain: piece)).map { _ in piece } }

    private func askForPIN(_ known: UInt32?) async throws -> UInt32 {
        if let known { return known }
        let text = try await desk.text(PromptParams(kind: .pin, text: "The lock's six-digit PIN, from its card or app:", secret: true))
        guard let pin = NukiPIN(text, .five) else { throw AdapterFailure(.credentialRejected, "a PIN has six digits, and is not zero") }
        return pin.kept
    }

    /// The next indication of the pairing's; `nil` when the link has ended.
    private func next(_ news: inout AsyncStream<RadioLink.News>.Iterator) async -> [UInt8]? {
        while let each = await news.next() {
            switch each {
            case .notified(_, characteristic, let value): return value
            case .notified: continue
            case .disconnected: return nil
            }
        }
        return nil
    }

    static func failure(_ failure: NukiPairing.Failure) -> AdapterFailure {
        switch failure {
        case .refused(let error): error.failure
        case .outOfTurn(let command):
            AdapterFailure(.deviceUnreachable, "the lock said \(command) out of turn; press its button and try again")
        case .malformed: AdapterFailure(.deviceUnreachable, "the lock said what makes no sense; press its button and try again")
        case .impostor:
            AdapterFailure(.credentialRejected, "what answers does not know the key it claims: something stands between us and the lock")
        case .crypto: AdapterFailure(.unsupported, "the cryptographic library failed")
        }
    }
}
