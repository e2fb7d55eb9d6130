import LockCrypto

// Commitments, nonces and checks: phase 2 of LE Secure Connections (Core 5.4, Vol 3 Part H 2.3.5.6).
extension PairingMachine {
    /// The x of the debug key, whose private half everybody knows (2.3.5.6.1).
    package static let debugX: [UInt8] = [
        0x20, 0xB0, 0x03, 0xD2, 0xF2, 0x97, 0xBE, 0x2C, 0x5E, 0x2C, 0x83, 0xA7, 0xE9, 0xF9, 0xA5, 0xB9, 0xEF, 0xF4, 0x91, 0x11, 0xAC, 0xF4,
        0xFD, 0xDB, 0xCC, 0x03, 0x01, 0x48, 0x0E, 0x35, 0x9D, 0xE6,
    ]

    /// Passkey entry: our commitment to one bit.
    mutating func commit(_ exchange: Exchange, _ passkey: Passkey, round: Int, at now: Int64) -> [Effect] {
        var exchange = exchange
        exchange = Exchange(agreed: exchange.agreed.with(passkey), peerX: exchange.peerX, shared: exchange.shared)
        let nonce = entropy.nonce()
        let commitment = try? SMPFunctions.f4(
            u: exchange.agreed.key.publicX, v: exchange.peerX, x: nonce, z: passkey.commitment(round: round))
        guard let commitment else { return end(.internalFault) }
        return wait(in: .confirm(exchange, Round(number: round, nonce: nonce)), at: now, [.send(SMPPDU.confirm(commitment).wireBytes)])
    }

    /// The nonce the peer committed to: another round, or the keys.
    mutating func takeRandom(_ exchange: Exchange, _ round: Round, _ commitment: [UInt8], _ nonce: [UInt8], at now: Int64) -> [Effect] {
        let passkey = exchange.agreed.passkey
        let expected = try? SMPFunctions.f4(
            u: exchange.peerX, v: exchange.agreed.key.publicX, x: nonce, z: passkey?.commitment(round: round.number) ?? 0)
        guard let expected else { return end(.internalFault) }
        guard isSame(expected, commitment) else { return end(.confirmMismatch) }
        if let passkey, round.number + 1 < Passkey.bits { return commit(exchange, passkey, round: round.number + 1, at: now) }
        return takeKeys(exchange, own: round.nonce, peer: nonce, at: now)
    }

    private mutating func takeKeys(_ exchange: Exchange, own: [UInt8], peer: [UInt8], at now: Int64) -> [Effect] {
        let agreed = exchange.agreed
        let made = try? SMPFunctions.f5(
            w: exchange.shared, n1: own, n2: peer, a1: agreed.plan.ownAddress.smpBytes, a2: agreed.plan.peerAddress.smpBytes)
        guard let made else { return end(.internalFault) }
        let keys = Keys(agreed: agreed, macKey: made.macKey, longTermKey: made.longTermKey, ownNonce: own, peerNonce: peer)
        switch agreed.plan.model {
        case .justWorks, .passkeyEntry: return sendCheck(keys, at: now)
        case .numericComparison:
            let number = try? SMPFunctions.g2(u: agreed.key.publicX, v: exchange.peerX, x: own, y: peer)
            guard let number else { return end(.internalFault) }
            return wait(in: .comparison(keys), at: now, [.ask(.compare(number: number))])
        }
    }

    /// Our check of everything both said; the peer answers with its own.
    mutating func sendCheck(_ keys: Keys, at now: Int64) -> [Effect] {
        guard let check = try? keys.check(byCentral: true) else { return end(.internalFault) }
        return wait(in: .check(keys), at: now, [.send(SMPPDU.dhKeyCheck(check).wireBytes)])
    }

    /// The peer's check: if it fits, the link is encrypted with the new key.
    mutating func takeCheck(_ keys: Keys, _ check: [UInt8], at now: Int64) -> [Effect] {
        guard let expected = try? keys.check(byCentral: false) else { return end(.internalFault) }
        guard isSame(expected, check) else { return end(.checkMismatch) }
        return wait(in: .encryption(keys), at: now, [.encrypt(keys.longTermKey)])
    }
}

extension PairingMachine.Agreed {
    func with(_ passkey: Passkey) -> Self {
        var copy = self
        copy.passkey = passkey
        return copy
    }
}

extension PairingMachine.Keys {
    /// Ea or Eb.
    fileprivate func check(byCentral: Bool) throws(CryptoFailure) -> [UInt8] {
        let r = agreed.passkey?.checkedBytes ?? [UInt8](repeating: 0, count: 16)
        let own = agreed.plan.ownAddress.smpBytes
        let peer = agreed.plan.peerAddress.smpBytes
        return byCentral
            ? try SMPFunctions.f6(
                w: macKey, n1: ownNonce, n2: peerNonce, r: r, ioCapability: agreed.request.checkedBytes, a1: own, a2: peer)
            : try SMPFunctions.f6(
                w: macKey, n1: peerNonce, n2: ownNonce, r: r, ioCapability: agreed.response.checkedBytes, a1: peer, a2: own)
    }
}
