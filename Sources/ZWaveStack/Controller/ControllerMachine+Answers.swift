import WireBytes

/// What comes back for a call: taken by the line, accepted, called back; or none of it in time.
extension ControllerMachine {
    mutating func delivered(_ frame: Int, at now: Int64) {
        guard var call = current, call.frame == frame else { return }
        guard call.call.response == .none else {
            call.deadline = now + timings.responseMilliseconds
            current = call
            return
        }
        accepted(call, at: now)
    }

    mutating func responded(_ frame: SerialFrame, at now: Int64) {
        guard var call = current, call.call.function == frame.function, call.call.response != .none else {
            return effects.append(.notice("an answer nobody waits for: 0x\(Hex.encode([frame.function.rawValue]))"))
        }
        call.reply.response = frame.payload
        if case .acceptance(let zeroIsYes) = call.call.response, ((frame.payload.first ?? 0) == 0) != zeroIsYes {
            current = nil
            return tell(call, .failure(.refused(frame.payload)))
        }
        accepted(call, at: now)
    }

    private mutating func accepted(_ call: Call, at now: Int64) {
        current = nil
        var call = call
        switch call.call.callback {
        case .none: return tell(call, .success(call.reply))
        case .once(let milliseconds), .until(_, let milliseconds):
            call.deadline = now + milliseconds
            call.abortAt = call.call.transmits ? now + SerialCall.abortMilliseconds : nil
            pending.append(call)
        }
    }

    mutating func calledBack(_ frame: SerialFrame, at now: Int64) {
        guard let number = frame.payload.first,
            let index = pending.firstIndex(where: { $0.callback == number && $0.call.function == frame.function })
        else { return effects.append(.notice("a callback nobody waits for: 0x\(Hex.encode([frame.function.rawValue]))")) }
        pending[index].reply.callback = frame.payload
        if case .until(let last, _) = pending[index].call.callback, frame.payload.count > 1, !last.contains(frame.payload[1]) { return }
        let call = pending.remove(at: index)
        if call.call.transmits { transmitted(frame.payload, at: now) }
        tell(call, call.isDisplaced && Self.isAborted(frame.payload) ? .failure(.displaced) : .success(call.reply))
    }

    private static func isAborted(_ payload: [UInt8]) -> Bool { payload.count > 1 && payload[1] != 0 }

    /// A channel that is never free is the controller's trouble; three times in a row it is reset.
    private mutating func transmitted(_ payload: [UInt8], at now: Int64) {
        guard identity?.isSeries700 == true, let report = try? TransmitReport(payload), report.status == .failed else {
            jams = 0
            return
        }
        jams += 1
        restsUntil = now + timings.jammedMilliseconds
        guard jams >= 3 else { return effects.append(.notice("the channel is not free")) }
        jams = 0
        recover(.jammed, at: now)
    }

    // MARK: - Time

    mutating func tick(at now: Int64) {
        take(line.tick(at: now), at: now)
        if let until = restsUntil, now >= until { restsUntil = nil }
        if case .resetting(let until) = phase, now >= until { startUp(at: now) }
        if let deadline = current?.deadline, now >= deadline {
            end(.failure(.noResponse))
            return recover(.mute, at: now)
        }
        if current == nil, let index = pending.firstIndex(where: { $0.abortAt.map { now >= $0 } ?? false }) {
            pending[index].abortAt = nil
            begin(.nobody, SerialCall(.sendDataAbort, response: .none), at: now)
        }
        let late = pending.filter { $0.deadline.map { now >= $0 } ?? false }
        guard !late.isEmpty else { return }
        pending.removeAll { call in late.contains { $0.callback == call.callback } }
        for call in late { tell(call, .failure(failing(call, .noCallback))) }
        // A transmitter that never says how it ended is stuck; a node that does not look for its neighbours is not.
        if late.contains(where: \.call.transmits) { recover(.mute, at: now) }
    }

    /// Tells whoever asked.
    mutating func tell(_ call: Call, _ result: Result<SerialReply, SerialCallFailure>) {
        switch call.owner {
        case .user(let id): effects.append(.answered(id, result))
        case .start(let step): learned(step, result)
        case .nobody: break
        }
    }
}
