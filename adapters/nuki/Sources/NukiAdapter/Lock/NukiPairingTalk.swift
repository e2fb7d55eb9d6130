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

    /// Pairs, or says why not.
    /// - Throws: ``AdapterFailure``: `notPaired` out of pairing mode, `credentialRejected` for a wrong PIN or an impostor, `deviceUnreachable` when the
    ///   lock falls silent.
    func pair(_ pairing: NukiPairing, pin: UInt32?) async throws -> (NukiPairing.Authorization, pin: UInt32?) {
        var pairing = pairing
        var given = pin
        try await link.subscribe(characteristic, service: service, indications: true)
        try await write(pairing.begin())
        var assembler = NukiAssembler(.plain)
        var news = link.news.makeAsyncIterator()
        while let piece = try await next(&news) {
            if assembler.form == .plain && pairing.expectsSealed { assembler = NukiAssembler(.sealed) }
            guard let message = assembler.take(piece) ?? refusal(piece) else { continue }
            var step: NukiPairing.Step
            do throws(NukiPairing.Failure) {
                step = try pairing.take(message)
                if step == .askForPIN {
                    let pin: UInt32
                    do { pin = try await askForPIN(given) } catch { throw NukiPairing.Failure.malformed }
                    given = pin
                    step = try pairing.take(pin: pin)
                }
            } catch {
                throw Self.failure(error)
            }
            switch step {
            case .write(let bytes): try await write(bytes)
            case .done(let authorization): return (authorization, given)
            case .wait, .askForPIN: break
            }
        }
        throw AdapterFailure(.deviceUnreachable, "the lock ended the link while it was paired")
    }

    /// A refusal may come plain where a sealed message is expected.
    private func refusal(_ piece: [UInt8]) -> [UInt8]? { (try? NukiMessage(plain: piece)).map { _ in piece } }

    private func askForPIN(_ known: UInt32?) async throws -> UInt32 {
        if let known { return known }
        let text = try await desk.text(PromptParams(kind: .pin, text: "The lock's six-digit PIN, from its card or app:", secret: true))
        guard text.utf8.count == 6, let pin = UInt32(text) else { throw AdapterFailure(.credentialRejected, "a PIN has six digits") }
        return pin
    }

    private func write(_ bytes: [UInt8]) async throws { try await link.write(bytes, to: characteristic, service: service) }

    /// The next indication of the pairing's; `nil` when the link has ended.
    private func next(_ news: inout AsyncStream<RadioLink.News>.Iterator) async throws -> [UInt8]? {
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
