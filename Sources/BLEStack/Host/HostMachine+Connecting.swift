extension HostMachine {
    /// So many failures in a row, with the peer heard each time, are the controller's.
    private static let maximumConnectTroubles = 3

    // MARK: - Wishes

    mutating func connect(_ id: HostRequestID, _ wish: ConnectWish, at now: Int64) {
        guard case .up = controller else { return answer(id, .failure(.radioUnavailable)) }
        // One that is being ended is waited for.
        let isLinked = links.values.contains { $0.peer == wish.peer && $0.phase != .closing }
        let isTaken = isLinked || attempts.contains { $0.wish.peer == wish.peer }
        guard !isTaken, attempts.count < Self.maximumAttempts else { return answer(id, .failure(.busy)) }
        guard wish.security <= (peers[wish.peer]?.bond?.level.security ?? .none) else { return answer(id, .failure(.notPaired)) }
        attempts.append(ConnectAttempt(id: id, wish: wish, deadline: now + wish.timeoutMilliseconds))
    }

    /// Where a peer can be reached: at its own address, or at the private one it was heard under lately.
    private func target(_ peer: BluetoothAddress, at now: Int64) -> BluetoothAddress? {
        guard !links.values.contains(where: { $0.peer == peer }) else { return nil }
        if let heard = heard[peer], now - heard.at < timings.privateAddressMilliseconds { return heard.address }
        return peers[peer]?.identityKey == nil ? peer : nil
    }

    /// Whether scanning has to rest for an attempt.
    var isAboutToConnect: Bool {
        initiation == nil && listensUntil == nil
            && attempts.contains { peers[$0.wish.peer]?.identityKey == nil || heard[$0.wish.peer] != nil }
    }

    /// Begins the attempt whose turn it is, once scanning rests.
    mutating func pursue(at now: Int64) {
        for (peer, heard) in heard where now - heard.at >= timings.privateAddressMilliseconds { self.heard[peer] = nil }
        if let end = listensUntil, now >= end { listensUntil = nil }
        guard let air, initiation == nil, listensUntil == nil, scan.phase == .off, links.count < Int(UInt8.max) else { return }
        guard let index = attempts.firstIndex(where: { target($0.wish.peer, at: now) != nil }),
            let target = target(attempts[index].wish.peer, at: now)
        else { return }
        initiation = Initiation(peer: attempts[index].wish.peer, target: target, phase: .asked)
        command(air.createConnection(to: target, .lock), .connect, at: now)
    }

    // MARK: - The controller's answers

    mutating func connectBegun(_ status: HCIStatus, at now: Int64) {
        guard var begun = initiation, begun.phase == .asked else { return }
        guard status.isSuccess else {
            initiation = nil
            return connectFailed(begun.peer, "\(status)", isControllers: status != .connectionLimit, at: now)
        }
        begun.phase = .trying
        begun.deadline = now + timings.turnMilliseconds
        initiation = begun
        if begun.isUnwanted { stopTrying(at: now) }
    }

    private mutating func stopTrying(at now: Int64) {
        guard let begun = initiation else { return }
        switch begun.phase {
        case .asked: initiation?.isUnwanted = true
        case .trying:
            initiation?.phase = .stopping
            initiation?.deadline = now + timings.endMilliseconds
            command(HCICommand(.leCreateConnectionCancel), .cancelConnect, at: now)
        case .stopping: break
        }
    }

    /// Whatever it says, a connection complete event follows: with status 0x02 when it was in time, with success when it was not.
    mutating func cancelTaken(_ status: HCIStatus, at now: Int64) {
        if !status.isSuccess { effects.append(.notice("the controller does not stop connecting: \(status)")) }
    }

    mutating func connectionComplete(_ connection: HCIEvent.LEConnection, at now: Int64) {
        guard connection.status.isSuccess else {
            guard let ended = initiation else { return }
            initiation = nil
            // Stopped as we asked: the attempt waits for its next turn behind the others, if there is still one.
            guard connection.status != .unknownConnection || ended.phase != .stopping else {
                guard let index = attempts.firstIndex(where: { $0.wish.peer == ended.peer }) else { return }
                attempts.append(attempts.remove(at: index))
                if hasListeners { listensUntil = now + timings.listeningMilliseconds }
                return
            }
            return connectFailed(ended.peer, "\(connection.status)", isControllers: false, at: now)
        }
        guard let reached = initiation, connection.isCentral, reached.target == connection.peer else {
            // Nobody's: left over, or taken by somebody else.
            return command(.disconnect(connection.handle), .courtesy, at: now)
        }
        initiation = nil
        connectTroubles = 0
        guard let index = attempts.firstIndex(where: { $0.wish.peer == reached.peer }) else {
            return beginLink(connection.handle, reached, nil, at: now)
        }
        beginLink(connection.handle, reached, attempts.remove(at: index), at: now)
    }

    /// An attempt the controller ended: the caller decides about another.
    private mutating func connectFailed(_ peer: BluetoothAddress, _ words: String, isControllers: Bool, at now: Int64) {
        if let index = attempts.firstIndex(where: { $0.wish.peer == peer }) {
            answer(attempts.remove(at: index).id, .failure(.notEstablished(words)))
        }
        if isControllers { trouble("can't connect: \(words)", at: now) }
    }

    private mutating func trouble(_ words: String, at now: Int64) {
        connectTroubles += 1
        if connectTroubles >= Self.maximumConnectTroubles { recover(.cannotConnect, words, at: now) }
    }

    /// Whether news could be missed while the controller tries to connect.
    private var hasListeners: Bool { listening != .off || !peers.isEmpty }

    // MARK: - Time and ends

    mutating func passAttempts(_ now: Int64) {
        for attempt in attempts where now >= attempt.deadline { expired(attempt, at: now) }
        guard case .up = controller, let begun = initiation, let deadline = begun.deadline, now >= deadline else { return }
        if begun.phase == .stopping {
            initiation = nil
            return stuck("it does not stop connecting", at: now)
        }
        // A private address that is not answered may have changed: it has to be heard anew.
        if begun.target.isResolvable { heard[begun.peer] = nil }
        let hasOthers = attempts.contains { $0.wish.peer != begun.peer && target($0.wish.peer, at: now) != nil }
        if hasOthers || attempts.isEmpty || hasListeners || begun.target.isResolvable {
            stopTrying(at: now)
        } else {
            initiation?.deadline = now + timings.turnMilliseconds
        }
    }

    private mutating func expired(_ attempt: ConnectAttempt, at now: Int64) {
        // The trouble of the one before may have ended all.
        guard attempts.contains(where: { $0.id == attempt.id }) else { return }
        attempts.removeAll { $0.id == attempt.id }
        let wasTrying = initiation?.peer == attempt.wish.peer
        // Scanning rests while the controller tries, so this is from shortly before.
        let wasHeard = heard[attempt.wish.peer].map { now - $0.at < attempt.wish.timeoutMilliseconds + timings.heardMilliseconds } ?? false
        if wasTrying { stopTrying(at: now) }
        answer(attempt.id, .failure(.notInReach(wasHeard: wasHeard)))
        if wasTrying && wasHeard { trouble("peers that advertise can't be connected to", at: now) }
    }

    /// - Returns: whether the request was an attempt, which is over now.
    mutating func cancelAttempt(where matches: (ConnectAttempt) -> Bool, at now: Int64) -> Bool {
        guard let index = attempts.firstIndex(where: matches) else { return false }
        let attempt = attempts.remove(at: index)
        if initiation?.peer == attempt.wish.peer { stopTrying(at: now) }
        answer(attempt.id, .failure(.cancelled))
        return true
    }
}
