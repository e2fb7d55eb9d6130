import WireBytes

/// One question while a controller comes up, in the order in which they are asked.
enum StartStep: Int, CaseIterable, Sendable {
    case capabilities, initialData, library, wideIDs, network, transmitReports, longRange
}

/// What was learnt so far.
struct StartUp: Sendable {
    var capabilities: SerialCapabilities?
    var initial: InitialData?
    var library: LibraryVersion?
    var network: NetworkIdentity?
    var width = NodeIDWidth.eight
    var longRange: [NodeID] = []
    var longRangePart: UInt8 = 0
}

/// Bringing a controller up, and back.
extension ControllerMachine {
    /// The functions nothing works without.
    private static let needed: [SerialFunction] = [.getInitData, .memoryGetID, .sendData, .addNode, .removeNode, .getNodeProtocolInfo]

    mutating func opened(at now: Int64) {
        endAll(.lineLost)
        identity = nil
        take(line.opened(), at: now)
        // It has been reset already, and its line closed for that.
        guard !expectsReopening else {
            expectsReopening = false
            return startUp(at: now)
        }
        reset(at: now)
    }

    mutating func closed(_ words: String) {
        let wasClosed = phase == .closed
        phase = .closed
        identity = nil
        endAll(.lineLost)
        guard !wasClosed || recoveries == 0 else { return reopen() }
        if !expectsReopening { effects.append(.down(.lineLost(words))) }
        reopen()
    }

    /// Has it begin anew, and waits for its word that it has.
    private mutating func reset(at now: Int64) {
        phase = .resetting(until: now + timings.line.acknowledgementMilliseconds + timings.startMilliseconds)
        expectsReopening = true
        begin(.nobody, SerialCall(.softReset, response: .none), at: now)
    }

    mutating func startUp(at now: Int64) {
        expectsReopening = false
        current = nil
        learnt = StartUp()
        ask(.capabilities, at: now)
    }

    /// It said that it began anew: as we asked, or by itself, when all that was under way is lost.
    mutating func begunAnew(_ report: StartedReport, at now: Int64) {
        if case .resetting = phase { return startUp(at: now) }
        guard phase == .up else { return }
        endAll(.restarted)
        identity = nil
        effects.append(.down(.restarted(watchdog: report.wasWatchdog)))
        startUp(at: now)
    }

    /// It is of no use as it is: the line is opened anew, and it is reset.
    mutating func recover(_ trouble: ControllerTrouble, at now: Int64) {
        guard phase != .closed else { return }
        let wasUp = phase == .up
        phase = .closed
        identity = nil
        endAll(.lineLost)
        if wasUp || recoveries == 0 { effects.append(.down(trouble)) }
        expectsReopening = false
        reopen()
    }

    private mutating func reopen() {
        let factor = Int64(1) << Int64(min(recoveries, 6))
        effects.append(.reopen(afterMilliseconds: min(timings.reopenMilliseconds * factor, timings.longestReopenMilliseconds)))
        recoveries += 1
    }

    // MARK: - Questions

    private mutating func ask(_ step: StartStep, at now: Int64) {
        phase = .starting(step)
        let functions = learnt.capabilities?.functions ?? []
        switch step {
        case .capabilities: begin(.start(step), SerialCall(.getCapabilities), at: now)
        case .initialData: begin(.start(step), SerialCall(.getInitData), at: now)
        case .library: begin(.start(step), SerialCall(.getVersion), at: now)
        case .wideIDs where functions.contains(.setup) && learnt.initial?.chip?.type ?? 0 >= 7:
            begin(.start(step), SerialCall(.setup, [0x80, NodeIDWidth.sixteen.rawValue]), at: now)
        case .network: begin(.start(step), SerialCall(.memoryGetID), at: now)
        case .transmitReports where functions.contains(.setup): begin(.start(step), SerialCall(.setup, [0x02, 0xFF]), at: now)
        case .longRange where functions.contains(.getLongRangeNodes):
            begin(.start(step), SerialCall(.getLongRangeNodes, [learnt.longRangePart]), at: now)
        case .wideIDs, .transmitReports, .longRange: advance(after: step, at: now)
        }
    }

    private mutating func advance(after step: StartStep, at now: Int64) {
        if let next = StartStep(rawValue: step.rawValue + 1) { ask(next, at: now) } else { finish() }
    }

    /// An answer of the start came: taken up by ``takeUp(at:)``, since it may come in the middle of the line's news.
    mutating func learned(_ step: StartStep, _ result: Result<SerialReply, SerialCallFailure>) {
        guard phase == .starting(step) else { return }
        answersOfStart.append((step, result))
    }

    mutating func takeUp(at now: Int64) {
        while !answersOfStart.isEmpty {
            let (step, result) = answersOfStart.removeFirst()
            guard phase == .starting(step) else { continue }
            do throws(ByteFault) {
                guard case .success(let reply) = result else { return recover(.mute, at: now) }
                let again = try learn(step, reply.response)
                if again { ask(step, at: now) } else { advance(after: step, at: now) }
            } catch {
                recover(.unusable("its answer to \(step) is not understood: \(error)"), at: now)
            }
        }
    }

    /// - Returns: whether the same is to be asked again, for its next part.
    private mutating func learn(_ step: StartStep, _ payload: [UInt8]) throws(ByteFault) -> Bool {
        switch step {
        case .capabilities:
            let capabilities = try SerialCapabilities(payload)
            if let missing = Self.needed.first(where: { !capabilities.functions.contains($0) }) {
                throw .invalid(offset: 8, "function 0x\(Hex.encode([missing.rawValue])) is missing")
            }
            learnt.capabilities = capabilities
        case .initialData: learnt.initial = try InitialData(payload)
        case .library: learnt.library = try LibraryVersion(payload)
        case .wideIDs: if payload.count > 1, payload[0] == 0x80, payload[1] == 1 { learnt.width = .sixteen }
        case .network: learnt.network = try NetworkIdentity(payload, learnt.width)
        case .transmitReports: break
        case .longRange:
            let part = try LongRangeNodes(payload)
            learnt.longRange += part.nodes
            learnt.longRangePart += 1
            return part.hasMore && learnt.longRangePart < 4
        }
        return false
    }

    private mutating func finish() {
        guard let capabilities = learnt.capabilities, let initial = learnt.initial, let library = learnt.library,
            let network = learnt.network
        else { return }
        let identity = ControllerIdentity(
            capabilities: capabilities, library: library, network: network, initial: initial, width: learnt.width,
            longRange: learnt.longRange)
        self.identity = identity
        phase = .up
        recoveries = 0
        jams = 0
        effects.append(.up(identity))
    }
}
