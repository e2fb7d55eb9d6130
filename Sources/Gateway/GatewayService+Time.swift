import AdapterProtocol
import GatewayCore
import LockCrypto
import LockModel
import WireBytes

/// The clock as the machine judges it, and the nonces that stand in for it.
extension GatewayService {
    var clockView: ClockView {
        let raw = time.now()
        let (now, doubt) = machine.judged(raw)
        return ClockView(
            wall: now.wall, trust: now.trust, doubt: doubt,
            floor: machine.ledger.floor?.known(atBootMilliseconds: raw.bootMilliseconds, of: machine.settings.bootID))
    }

    /// A fresh nonce while one is needed, and none once it is not.
    func giveChallenge() {
        let isNeeded = machine.needsChallenge(time.now())
        guard isNeeded || hasChallenge else { return }
        hasChallenge = isNeeded
        feed(.challenge(isNeeded ? Base64URL.encode(randomBytes(16)) : nil))
    }

    /// Twice in a nonce's life.
    func giveChallenges() {
        giveChallenge()
        _ = loop.schedule(afterMilliseconds: GatewayMachine.challengeMilliseconds / 2) { [weak self] in self?.giveChallenges() }
    }

    func publish(challenge nonce: String?, to principal: PrincipalID, on name: BusName) {
        guard let bus = buses[name] else { return }
        let seconds = Int(GatewayMachine.challengeMilliseconds / 1000)
        let payload = nonce.flatMap { try? StrictJSON.encode(ChallengeDocument(nonce: $0, expiresInSeconds: seconds)) } ?? []
        bus.publish(
            BusLink.Publication(
                topic: bus.topics.challenge(principal), payload: payload, isRetained: true,
                contentType: payload.isEmpty ? nil : "application/json", expirySeconds: payload.isEmpty ? nil : seconds))
    }
}

/// `P/to/{principal}/challenge`, retained while time is not trusted (`bus`, the table).
struct ChallengeDocument: Encodable {
    var nonce: String
    var expiresInSeconds: Int
}
