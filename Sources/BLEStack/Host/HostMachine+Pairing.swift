/// How a link is to be paired.
package struct PairingWish: Equatable, Sendable {
    package let model: AssociationModel
    /// Where it is known beforehand; a human is asked otherwise.
    package let passkey: Passkey?

    package init(model: AssociationModel, passkey: Passkey? = nil) {
        self.model = model
        self.passkey = passkey
    }
}

/// What a human said to a question of ``HostEffect/ask(link:_:)``.
package enum PairingAnswer: Equatable, Sendable {
    case typed(Passkey)
    case compared(same: Bool)
    case declined
}

extension HostMachine {
    // MARK: - Inputs

    /// Pairs over a link that stands. The peer's record is kept under the name the link was asked for; its identity is in the bond.
    mutating func pair(_ id: HostRequestID, _ number: Int, _ wish: PairingWish, at now: Int64) {
        guard let handle = link(number), let link = links[handle], link.phase == .open else {
            return answer(id, .failure(unlinked(number)))
        }
        let delay = pace.delay(for: link.peer, at: now)
        guard delay == 0 else {
            return answer(id, .failure(.pairing(SMPFailure(stage: .idle, reason: .tooSoon(milliseconds: delay)))))
        }
        let plan = PairingMachine.Plan(
            model: wish.model, ownAddress: ownAddress, peerAddress: link.airAddress, passkey: wish.passkey,
            heldLevel: peers[link.peer]?.bond?.level, otherIdentities: identities(but: link.peer))
        do throws(SMPFailure) {
            guard let wanted = try links[handle]?.pairing.begin(plan, at: now) else { return }
            links[handle]?.pairingRequest = id
            carryOut(wanted, handle, at: now)
        } catch {
            answer(id, .failure(.pairing(error)))
        }
    }

    private func identities(but peer: BluetoothAddress) -> Set<BluetoothAddress> {
        var taken: Set<BluetoothAddress> = []
        for record in peers.values where record.address != peer {
            taken.insert(record.address)
            if let identity = record.bond?.identity { taken.insert(identity) }
        }
        return taken
    }

    mutating func answered(_ number: Int, _ said: PairingAnswer, at now: Int64) {
        guard let handle = link(number) else { return }
        switch said {
        case .typed(let passkey): pairing(handle, .typed(passkey), at: now)
        case .compared(let same): pairing(handle, .compared(same: same), at: now)
        case .declined: pairing(handle, .declined, at: now)
        }
    }

    /// Gives something to a link's pairing.
    mutating func pairing(_ handle: UInt16, _ input: PairingMachine.Input, at now: Int64) {
        carryOut(links[handle]?.pairing.handle(input, at: now) ?? [], handle, at: now)
    }

    // MARK: - What pairing wants

    private mutating func carryOut(_ wanted: [PairingMachine.Effect], _ handle: UInt16, at now: Int64) {
        for effect in wanted {
            guard let link = links[handle] else { return }
            switch effect {
            case .send(let payload): _ = sender.append(L2CAPPacket(channel: L2CAPPacket.security, payload), to: handle)
            case .ask(let question): effects.append(.ask(link: link.number, question))
            case .withdrawQuestion: effects.append(.withdrawQuestion(link: link.number))
            case .encrypt(let key):
                command(.leEnableEncryption(handle, longTermKey: key.withUnsafeBytes { $0.reversed() }), .encrypt(handle), at: now)
            case .bonded(let bond):
                links[handle]?.security = bond.level.security
                links[handle]?.unfinishedBond = bond
            case .failed(let failure): pairingFailed(handle, failure, at: now)
            case .disconnect: links[handle]?.leaves = "the pairing failed"
            }
        }
    }

    /// Keeps the bonds whose peers have all of our keys: who disconnects sooner leaves the peer without.
    mutating func finishBonds() {
        for handle in links.keys {
            if let bond = links[handle]?.unfinishedBond, sender.isClear(handle) { bonded(handle, bond) }
        }
    }

    /// The link went before the peer had our keys: what we have is worth nothing to it.
    mutating func abandonBond(_ handle: UInt16, at now: Int64) {
        guard links[handle]?.unfinishedBond != nil else { return }
        links[handle]?.unfinishedBond = nil
        pairingFailed(handle, SMPFailure(stage: .keys, reason: .disconnected), at: now)
    }

    private mutating func bonded(_ handle: UInt16, _ bond: Bond) {
        guard let link = links[handle] else { return }
        links[handle]?.unfinishedBond = nil
        var record = peers[link.peer] ?? PeerRecord(address: link.peer)
        record.bond = bond
        peers[link.peer] = record
        links[handle]?.pairingRequest = nil
        pace.succeeded(link.peer)
        effects.append(.keep(record))
        if let id = link.pairingRequest { answer(id, .success(.paired(bond.level.security))) }
    }

    private mutating func pairingFailed(_ handle: UInt16, _ failure: SMPFailure, at now: Int64) {
        guard let link = links[handle] else { return }
        if failure.reason.countsAgainstPeer { pace.failed(link.peer, at: now) }
        links[handle]?.pairingRequest = nil
        if let id = link.pairingRequest {
            answer(id, .failure(.pairing(failure)))
        } else {
            effects.append(.notice("\(link.peer) sent what belongs to no pairing: \(failure.reason.name)"))
        }
    }

    /// Ends the links whose last words were given to the controller.
    mutating func endLeaving(at now: Int64) {
        for handle in links.keys {
            if let words = links[handle]?.leaves { close(handle, words, at: now) }
        }
    }
}

extension BondLevel {
    var security: LinkSecurity {
        switch self {
        case .encrypted: .encrypted
        case .authenticated: .authenticated
        }
    }
}
