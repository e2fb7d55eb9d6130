extension HostMachine {
    private static let maximumParameterWishes = 16

    // MARK: - Beginning

    mutating func beginLink(_ handle: UInt16, _ reached: Initiation, _ attempt: ConnectAttempt?, at now: Int64) {
        let record = peers[reached.peer]
        // A handle in use is one whose end was not told.
        if links[handle] != nil { endLink(handle, "controllerLost", at: now) }
        links[handle] = Link(
            number: nextLink, peer: reached.peer, airAddress: reached.target, attempt: attempt, phase: .opening,
            session: GATTSession(database: record?.database))
        nextLink += 1
        sender.open(handle)
        guard attempt != nil else { return close(handle, "nobody wants it any more", at: now) }
        if let bond = record?.bond {
            links[handle]?.phase = .encrypting
            links[handle]?.phaseDeadline = now + timings.encryptionMilliseconds
            let key: [UInt8] = bond.longTermKey.withUnsafeBytes { $0.reversed() }
            command(.leEnableEncryption(handle, longTermKey: key), .encrypt(handle), at: now)
        } else {
            openSession(handle, at: now)
        }
    }

    private mutating func openSession(_ handle: UInt16, at now: Int64) {
        links[handle]?.phase = .opening
        links[handle]?.phaseDeadline = nil
        carryOut(links[handle]?.session.open(at: now) ?? [], handle, at: now)
    }

    // MARK: - Encryption

    mutating func encryptionBegun(_ handle: UInt16, _ status: HCIStatus, at now: Int64) {
        guard !status.isSuccess else { return }
        if links[handle]?.phase == .encrypting {
            notEncrypted(handle, status, at: now)
        } else {
            pairing(handle, .encryptionChanged(status: status.rawValue, isOn: false), at: now)
        }
    }

    mutating func encryptionChanged(_ handle: UInt16, _ status: HCIStatus, isOn: Bool, at now: Int64) {
        guard let link = links[handle] else { return }
        switch link.phase {
        case .encrypting:
            guard status.isSuccess, isOn, let bond = peers[link.peer]?.bond else { return notEncrypted(handle, status, at: now) }
            links[handle]?.security = bond.level.security
            openSession(handle, at: now)
        case .opening, .open:
            // Once on, it stays on for as long as the link.
            if !isOn && link.security > .none { return close(handle, "the link lost its encryption", at: now) }
            pairing(handle, .encryptionChanged(status: status.rawValue, isOn: isOn), at: now)
        case .closing: break
        }
    }

    private mutating func notEncrypted(_ handle: UInt16, _ status: HCIStatus, at now: Int64) {
        guard let link = links[handle], link.phase == .encrypting else { return }
        if let attempt = link.attempt {
            links[handle]?.attempt = nil
            answer(attempt.id, .failure(status == .keyMissing ? .bondLost : .notEncrypted(status)))
        }
        close(handle, "not encrypted: \(status)", at: now)
    }

    // MARK: - Data

    mutating func data(_ fragment: ACLFragment, at now: Int64) {
        guard let phase = links[fragment.handle]?.phase, phase != .closing else { return }
        do throws(L2CAPReassembly.Fault) {
            guard let packet = try links[fragment.handle]?.reassembly.take(fragment) else { return }
            switch packet.channel {
            case L2CAPPacket.attribute:
                // What a peer with a key says before the link is encrypted might be anybody's.
                guard phase != .encrypting else { return }
                carryOut(links[fragment.handle]?.session.receive(packet.payload, at: now) ?? [], fragment.handle, at: now)
            case L2CAPPacket.signalling: signalled(packet.payload, fragment.handle, at: now)
            case L2CAPPacket.security: pairing(fragment.handle, .received(packet.payload), at: now)
            default: break
            }
        } catch {
            close(fragment.handle, "the peer broke its packets wrongly: \(error)", at: now)
        }
    }

    private mutating func signalled(_ payload: [UInt8], _ handle: UInt16, at now: Int64) {
        guard let signal = try? L2CAPSignal(payload) else { return }
        switch signal {
        case .answer: break
        case .unknown(let identifier): _ = sender.append(L2CAPSignal.reject(identifier: identifier), to: handle)
        case .parameterUpdateRequest(let identifier, let wish):
            links[handle]?.parameterWishes += 1
            let isAccepted = wish.isAcceptable && (links[handle]?.parameterWishes ?? 0) <= Self.maximumParameterWishes
            _ = sender.append(L2CAPSignal.parameterUpdateResponse(identifier: identifier, isAccepted: isAccepted), to: handle)
            if isAccepted { command(.leConnectionUpdate(handle, wish), .courtesy, at: now) }
        }
    }

    // MARK: - What GATT wants

    mutating func carryOut(_ wanted: [GATTSession.Effect], _ handle: UInt16, at now: Int64) {
        for effect in wanted {
            guard let link = links[handle] else { return }
            switch effect {
            case .send(let packet, let mark): send(packet, mark, handle)
            case .ready(let mtu):
                links[handle]?.phase = .open
                guard let attempt = link.attempt else { continue }
                links[handle]?.attempt = nil
                links[handle]?.isAnnounced = true
                answer(attempt.id, .success(.connected(link: link.number, mtu: mtu, link.security)))
            case .finished(let id, .success(let value)): answer(id, .success(value == .done ? .done : .value(value)))
            case .finished(let id, .failure(let failure)): answer(id, .failure(.gatt(failure)))
            case .notified(let service, let characteristic, let value):
                effects.append(.notified(link: link.number, service: service, characteristic: characteristic, value))
            case .remember(let database):
                guard peers[link.peer] != nil else { continue }
                peers[link.peer]?.database = database
                if let record = peers[link.peer] { effects.append(.keep(record)) }
            case .breakOff(let why): close(handle, why, at: now)
            }
        }
    }

    private mutating func send(_ packet: [UInt8], _ mark: HostRequestID?, _ handle: UInt16) {
        let isTaken = sender.append(L2CAPPacket(channel: L2CAPPacket.attribute, packet), to: handle, mark: mark)
        guard let mark else { return }
        if isTaken { links[handle]?.marks.insert(mark) } else { answer(mark, .failure(.gatt(.queueFull))) }
    }

    mutating func leftWithMark(_ mark: HostRequestID) {
        for handle in links.keys where links[handle]?.marks.remove(mark) != nil { answer(mark, .success(.done)) }
    }

    // MARK: - What is asked of a link

    mutating func operate(_ id: HostRequestID, _ number: Int, _ operation: GATTOperation, at now: Int64) {
        guard let handle = link(number), links[handle]?.phase == .open else {
            return answer(id, .failure(unlinked(number)))
        }
        carryOut(links[handle]?.session.operate(id, operation, at: now) ?? [], handle, at: now)
    }

    func unlinked(_ number: Int) -> HostFailure {
        // A number that was given once belongs to a link that is gone.
        (1..<nextLink).contains(number) ? .gatt(.linkEnded("closed", sent: false)) : .unknownLink
    }

    mutating func disconnect(_ id: HostRequestID, _ number: Int, at now: Int64) {
        guard let handle = link(number) else {
            return answer(id, (1..<nextLink).contains(number) ? .success(.done) : .failure(.unknownLink))
        }
        links[handle]?.closers.append(id)
        links[handle]?.isAnnounced = false
        close(handle, "closed", at: now)
    }

    mutating func drop(_ id: HostRequestID, _ peer: BluetoothAddress, at now: Int64) {
        _ = cancelAttempt(where: { $0.wish.peer == peer }, at: now)
        guard let handle = links.first(where: { $0.value.peer == peer })?.key else { return answer(id, .success(.done)) }
        links[handle]?.closers.append(id)
        close(handle, "dropped", at: now)
    }

    mutating func cancel(_ id: HostRequestID, at now: Int64) {
        if cancelAttempt(where: { $0.id == id }, at: now) { return }
        for handle in links.keys {
            if links[handle]?.session.withdraw(id) == true { return answer(id, .failure(.cancelled)) }
            if links[handle]?.pairingRequest == id { return pairing(handle, .cancel, at: now) }
            if links[handle]?.attempt?.id == id {
                links[handle]?.attempt = nil
                answer(id, .failure(.cancelled))
                return close(handle, "cancelled", at: now)
            }
        }
    }

    // MARK: - Ending

    /// Ends a link from our side: what waits on it is answered at once, and its number when the controller says that it is gone.
    mutating func close(_ handle: UInt16, _ words: String, at now: Int64) {
        guard let link = links[handle], link.phase != .closing else { return }
        links[handle]?.phase = .closing
        links[handle]?.endWords = words
        links[handle]?.phaseDeadline = now + timings.endMilliseconds
        fail(handle, words, at: now)
        command(.disconnect(handle), .disconnect(handle), at: now)
    }

    private mutating func fail(_ handle: UInt16, _ words: String, at now: Int64) {
        guard let link = links[handle] else { return }
        if let attempt = link.attempt {
            links[handle]?.attempt = nil
            answer(attempt.id, .failure(.notEstablished(words)))
        }
        pairing(handle, .disconnected, at: now)
        abandonBond(handle, at: now)
        carryOut(links[handle]?.session.end(words) ?? [], handle, at: now)
        links[handle]?.marks = []
        for mark in link.marks.sorted() { answer(mark, .failure(.gatt(.linkEnded(words, sent: true)))) }
    }

    mutating func disconnectBegun(_ handle: UInt16, _ status: HCIStatus, at now: Int64) {
        // It knows no such connection: its end was told, or will not be.
        if !status.isSuccess { endLink(handle, "closed", at: now) }
    }

    mutating func linkEnded(_ handle: UInt16, _ words: String, _ reason: HCIStatus, at now: Int64) {
        if links[handle]?.phase == .encrypting, let attempt = links[handle]?.attempt, reason == .micFailure || reason == .keyMissing {
            links[handle]?.attempt = nil
            answer(attempt.id, .failure(reason == .keyMissing ? .bondLost : .notEncrypted(reason)))
        }
        endLink(handle, words, at: now)
    }

    /// The link is gone.
    mutating func endLink(_ handle: UInt16, _ words: String, at now: Int64) {
        let words = links[handle]?.endWords ?? words
        fail(handle, words, at: now)
        sender.close(handle, at: now)
        guard let link = links.removeValue(forKey: handle) else { return }
        if link.isAnnounced { effects.append(.disconnected(link: link.number, reason: words)) }
        for closer in link.closers { answer(closer, .success(.done)) }
    }

    // MARK: - Time

    mutating func passLinks(_ now: Int64) {
        for handle in links.keys {
            guard let link = links[handle] else { continue }
            if let deadline = link.phaseDeadline, now >= deadline {
                switch link.phase {
                case .closing: return stuck("it does not end a link", at: now)
                case .encrypting: notEncrypted(handle, .connectionTimeout, at: now)
                case .opening, .open: break
                }
            }
            if let attempt = link.attempt, now >= attempt.deadline {
                links[handle]?.attempt = nil
                answer(attempt.id, .failure(.notInReach(wasHeard: true)))
                close(handle, "it took too long", at: now)
            }
            carryOut(links[handle]?.session.tick(at: now) ?? [], handle, at: now)
            if let deadline = link.pairing.deadline, now >= deadline { pairing(handle, .time, at: now) }
        }
    }
}
