extension HostMachine {
    // MARK: - Coming up

    /// How often a controller is brought up on one line before the line is opened anew.
    private static let maximumTries = 2

    mutating func startUp(tries: Int, at now: Int64) {
        commands = CommandQueue()
        scan.reset()
        controller = .starting(ControllerStartUp(ownAddress: ownAddress), tries: tries)
        command(HCICommand(.reset), .startUp(.reset), at: now)
        if status.state != .recovering { tell(.recovering, status.cause, nil) }
    }

    mutating func started(_ step: ControllerStartUp.Step, _ status: HCIStatus, _ returned: [UInt8], at now: Int64) {
        guard case .starting(var sequence, let tries) = controller else { return }
        let progress = sequence.answered(step, status, returned)
        switch progress {
        case .next(let next):
            controller = .starting(sequence, tries: tries)
            command(sequence.command(next), .startUp(next), at: now)
        case .done: up(sequence.controller, at: now)
        case .unsupported(let step): reopen(.unsupported, "the controller can't do \(step): \(status)", at: now)
        }
    }

    private mutating func up(_ found: ControllerStartUp.Controller, at now: Int64) {
        controller = .up(found)
        sender = ACLSender(dataPackets: found.dataPackets, dataBytes: found.dataBytes)
        connectTroubles = 0
        scan.begin(at: now, timings)
        let family = found.air == .legacy ? "legacy" : "extended"
        tell(
            .up, nil,
            "\(found.publicAddress) by company \(found.manufacturer), HCI \(found.version), \(family), "
                + "\(found.dataPackets) buffers of \(found.dataBytes) bytes")
    }

    var air: AirCommands? {
        guard case .up(let found) = controller else { return nil }
        return found.air
    }

    // MARK: - Going down

    mutating func stuck(_ words: String, at now: Int64) { recover(.controllerStuck, words, at: now) }

    /// Everything on the controller is given up, and it is reset; when it is not up by then, or for the second time, its line is opened anew.
    mutating func recover(_ cause: HostStatus.Cause, _ words: String, at now: Int64) {
        switch controller {
        case .absent: return
        case .starting(_, let tries) where tries >= Self.maximumTries: return reopen(cause, words, at: now)
        case .starting(_, let tries):
            effects.append(.notice("the controller is reset: \(words)"))
            abandonAll(at: now)
            tell(.recovering, cause, words)
            startUp(tries: tries + 1, at: now)
        case .up:
            effects.append(.notice("the controller is reset: \(words)"))
            abandonAll(at: now)
            tell(.recovering, cause, words)
            startUp(tries: 1, at: now)
        }
    }

    mutating func reopen(_ cause: HostStatus.Cause, _ words: String, at now: Int64) {
        lose(cause, words, at: now)
        effects.append(.reopen)
    }

    mutating func lose(_ cause: HostStatus.Cause, _ words: String, at now: Int64) {
        controller = .absent
        commands = CommandQueue()
        scan.reset()
        abandonAll(at: now)
        tell(.absent, cause, words)
    }

    private mutating func abandonAll(at now: Int64) {
        for handle in links.keys { endLink(handle, "controllerLost", at: now) }
        links = [:]
        sender = ACLSender(dataPackets: 1, dataBytes: 27)
        for attempt in attempts { answer(attempt.id, .failure(.radioUnavailable)) }
        attempts = []
        initiation = nil
        listensUntil = nil
        heard = [:]
    }
}
