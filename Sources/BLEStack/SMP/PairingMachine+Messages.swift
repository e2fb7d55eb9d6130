import LockCrypto
import WireBytes

extension PairingMachine {
    /// A payload of channel 6: what may come at any time first, then the one message that is waited for.
    mutating func received(_ payload: [UInt8], at now: Int64) -> [Effect] {
        if case .ended = phase { return [] }
        let message: SMPPDU?
        do throws(ByteFault) { message = try SMPPDU.decode(payload) } catch { return end(.malformed) }
        switch message {
        case nil: return []
        case .failed(let code): return isActive ? end(.refusedByPeer(code)) : []
        // Who holds a bond has encrypted already; without one, a pairing begins here or not at all (2.4.6).
        case .securityRequest: return []
        case .some(let message): return take(message, at: now)
        }
    }

    private mutating func take(_ message: SMPPDU, at now: Int64) -> [Effect] {
        switch (phase, message) {
        case (.features(let plan, let request), .pairingResponse(let response)):
            return takeResponse(plan, request, response, at: now)
        case (.publicKey(let agreed), .publicKey(let x, let y)):
            return takePublicKey(agreed, x, y, at: now)
        case (.confirm(let exchange, let round), .confirm(let commitment)):
            let random = Effect.send(SMPPDU.random(round.nonce).wireBytes)
            return wait(in: .random(exchange, round, commitment: commitment), at: now, [random])
        case (.random(let exchange, let round, let commitment), .random(let nonce)):
            return takeRandom(exchange, round, commitment, nonce, at: now)
        case (.check(let keys), .dhKeyCheck(let check)):
            return takeCheck(keys, check, at: now)
        case (.keys(let keys, nil), .identityInformation(let key)) where keys.agreed.response.peripheralKeys.contains(.identity):
            return wait(in: .keys(keys, identityResolvingKey: key), at: now, [])
        case (.keys(let keys, let key?), .identityAddress(let identity)):
            return takeIdentity(keys, key, identity)
        case (.keys, .encryptionInformation), (.keys, .centralIdentification), (.keys, .signingInformation),
            (.bonded, .encryptionInformation), (.bonded, .centralIdentification), (.bonded, .signingInformation):
            return []
        case (.idle, _), (.features, _), (.publicKey, _), (.passkey, _), (.confirm, _), (.random, _), (.comparison, _), (.check, _),
            (.encryption, _), (.keys, _), (.bonded, _):
            return end(.outOfOrder(message.code))
        case (.ended, _):
            return []
        }
    }

    private mutating func takeResponse(_ plan: Plan, _ request: PairingFeatures, _ response: PairingFeatures, at now: Int64) -> [Effect] {
        guard response.authentication.contains(.secureConnections) else { return end(.noSecureConnections) }
        guard response.authentication.contains(.bonding) else { return end(.noBonding) }
        guard response.maximumKeySize == Bond.keySize else { return end(.keySize(response.maximumKeySize)) }
        guard response.centralKeys.isSubset(of: request.centralKeys), response.peripheralKeys.isSubset(of: request.peripheralKeys) else {
            return end(.keysNotAsked)
        }
        let outcome = AssociationOutcome(central: request, peripheral: response)
        guard outcome.isAsEnrolled(plan.model) else { return end(.otherModel(outcome)) }
        let key = entropy.agreementKey()
        let passkey = plan.model == .passkeyEntry ? plan.passkey : nil
        let agreed = Agreed(plan: plan, request: request, response: response, key: key, passkey: passkey)
        let sent = Effect.send(SMPPDU.publicKey(x: key.publicX, y: key.publicY).wireBytes)
        let effects = wait(in: .publicKey(agreed), at: now, [sent])
        return isAsking ? effects + [.ask(.typePasskey)] : effects
    }

    private mutating func takePublicKey(_ agreed: Agreed, _ x: [UInt8], _ y: [UInt8], at now: Int64) -> [Effect] {
        guard !isSame(x, agreed.key.publicX) else { return end(.keyReflected) }
        guard x != Self.debugX else { return end(.keyIsDebug) }
        let shared: SecretBytes
        do throws(CryptoFailure) { shared = try agreed.key.sharedSecret(peerX: x, peerY: y) } catch { return end(.keyNotOnCurve) }
        let exchange = Exchange(agreed: agreed, peerX: x, shared: shared)
        switch agreed.plan.model {
        case .justWorks, .numericComparison:
            return wait(in: .confirm(exchange, Round(number: 0, nonce: entropy.nonce())), at: now, [])
        case .passkeyEntry:
            guard let passkey = agreed.passkey else {
                // The human's time runs from when the peer's last message came.
                return wait(in: .passkey(exchange), at: now, [])
            }
            return commit(exchange, passkey, round: 0, at: now)
        }
    }

    private mutating func takeIdentity(_ keys: Keys, _ key: SecretBytes, _ identity: BluetoothAddress) -> [Effect] {
        guard identity.isIdentity else { return end(.identityNotFixed) }
        let hasKey = key.withUnsafeBytes { $0.contains { $0 != 0 } }
        return finish(keys, identity: identity, identityResolvingKey: hasKey ? key : nil)
    }

    // MARK: - The human, and the controller

    mutating func typed(_ passkey: Passkey, at now: Int64) -> [Effect] {
        guard isAsking else { return [] }
        switch phase {
        case .publicKey(var agreed):
            agreed.passkey = passkey
            phase = .publicKey(agreed)
            return []
        case .passkey(let exchange): return commit(exchange, passkey, round: 0, at: now)
        case .idle, .features, .confirm, .random, .comparison, .check, .encryption, .keys, .bonded, .ended: return []
        }
    }

    mutating func compared(_ same: Bool, at now: Int64) -> [Effect] {
        guard case .comparison(let keys) = phase else { return [] }
        return same ? sendCheck(keys, at: now) : end(.declined)
    }

    mutating func encryptionChanged(_ status: UInt8, _ isOn: Bool, at now: Int64) -> [Effect] {
        guard isActive else { return [] }
        guard status == 0, isOn else { return end(.encryptionFailed(status)) }
        guard case .encryption(let keys) = phase else { return [] }
        if keys.agreed.response.peripheralKeys.contains(.identity) {
            return wait(in: .keys(keys, identityResolvingKey: nil), at: now, [])
        }
        let peer = keys.agreed.plan.peerAddress
        guard peer.isIdentity else { return end(.identityNotFixed) }
        return finish(keys, identity: peer, identityResolvingKey: nil)
    }

    /// The peer has given what it would: ours follows, and the bond is made.
    private mutating func finish(_ keys: Keys, identity: BluetoothAddress, identityResolvingKey: SecretBytes?) -> [Effect] {
        let plan = keys.agreed.plan
        guard !plan.otherIdentities.contains(identity) else { return end(.identityTaken) }
        var effects: [Effect] = []
        if keys.agreed.response.centralKeys.contains(.identity) {
            // All zeros: our address does not change, and there is nothing to resolve.
            var none = [UInt8](repeating: 0, count: 16)
            effects.append(.send(SMPPDU.identityInformation(SecretBytes(wiping: &none)).wireBytes))
            effects.append(.send(SMPPDU.identityAddress(plan.ownAddress).wireBytes))
        }
        phase = .bonded
        deadline = nil
        let bond = Bond(
            longTermKey: keys.longTermKey, level: plan.model.level, identity: identity, identityResolvingKey: identityResolvingKey,
            ownAddress: plan.ownAddress)
        return effects + [.bonded(bond)]
    }
}
