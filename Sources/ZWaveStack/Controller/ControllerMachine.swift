import Collections
import WireBytes

/// A Z-Wave controller at the end of a serial line: brought up, asked one thing at a time, brought back when it fails.
///
/// **Decides** what is sent when: calls wait in three lanes, a relock's ahead of everything and an interview's behind; one transmission is under way at a
/// time, and one of the background gives way at once to a safety call. **Inputs**: ``Input``. **Effects**: ``Effect``. **Bounds**: ``maximumWaiting``
/// calls a lane; a callback that does not come is given up; a transmission without one, or a frame that is not taken, brings the recovery.
/// **The property that must never break**: a call is answered exactly once, and one whose outcome is not known is never sent again by the machine.
package struct ControllerMachine: Sendable {
    package enum Input: Sendable {
        /// The line is open; nothing was said on it yet.
        case opened
        /// It could not be opened, or has closed.
        case closed(String)
        case received([UInt8])
        /// The time of ``nextDeadline`` has come.
        case tick
        case call(Int, SerialCall)
    }

    package enum Effect: Equatable, Sendable {
        case write([UInt8])
        /// Close the line, and open it again after so long.
        case reopen(afterMilliseconds: Int64)
        case up(ControllerIdentity)
        case down(ControllerTrouble)
        case answered(Int, Result<SerialReply, SerialCallFailure>)
        case command(ApplicationCommand)
        case update(ApplicationUpdate)
        /// A step of an inclusion or, where `removing`, of an exclusion.
        case inclusion(InclusionReport, removing: Bool)
        /// For the log.
        case notice(String)
    }

    /// How long is waited for what.
    package struct Timings: Sendable {
        package var line = SerialLine.Timings()
        package var responseMilliseconds: Int64 = 10_000
        /// For the sign that a reset is over.
        package var startMilliseconds: Int64 = 1_500
        /// After a channel that was not free.
        package var jammedMilliseconds: Int64 = 1_000
        /// Between two tries to open a line again; doubled up to the longest.
        package var reopenMilliseconds: Int64 = 1_000
        package var longestReopenMilliseconds: Int64 = 60_000
        package init() {}
    }

    enum Phase: Equatable {
        case closed
        /// Reset, and the sign that it is over is waited for.
        case resetting(until: Int64)
        case starting(StartStep)
        case up
    }

    /// Whose a call is.
    enum Owner: Equatable {
        case user(Int)
        case start(StartStep)
        /// Nobody waits for it.
        case nobody
    }

    struct Call {
        let owner: Owner
        let call: SerialCall
        let callback: UInt8
        /// The line's number of its frame.
        let frame: Int
        var reply = SerialReply(response: [], callback: [])
        /// For the response, then for the callback.
        var deadline: Int64?
        /// When a transmission is called off.
        var abortAt: Int64?
        var isDisplaced = false
    }

    package static let maximumWaiting = 64

    let timings: Timings
    var line: SerialLine
    var phase = Phase.closed
    var identity: ControllerIdentity?
    var learnt = StartUp()
    /// Sent, and its response still to come.
    var current: Call?
    /// Accepted, and their callbacks still to come.
    var pending: [Call] = []
    var waiting: [Deque<(id: Int, call: SerialCall)>] = SerialCall.Lane.allCases.map { _ in [] }
    /// Transmissions wait until then.
    var restsUntil: Int64?
    /// In a row, each with a channel that was not free.
    var jams = 0
    /// In a row, without having come up between.
    var recoveries = 0
    /// The line may close because of a reset of ours.
    var expectsReopening = false
    /// Answers to the questions of the start, taken up once the line's news are through.
    var answersOfStart: [(StartStep, Result<SerialReply, SerialCallFailure>)] = []
    var effects: [Effect] = []
    private var lastCallback: UInt8 = 0
    private var lastFrame = 0

    package init(timings: Timings = Timings()) {
        self.timings = timings
        line = SerialLine(timings: timings.line)
    }

    /// When ``Input/tick`` is due.
    package var nextDeadline: Int64? {
        var all = [line.nextDeadline, current?.deadline, restsUntil]
        all += pending.map(\.deadline)
        // One is called off once the line is free for that.
        if current == nil { all += pending.map(\.abortAt) }
        if case .resetting(let until) = phase { all.append(until) }
        return all.compactMap { $0 }.min()
    }

    package mutating func handle(_ input: Input, at now: Int64) -> [Effect] {
        switch input {
        case .opened: opened(at: now)
        case .closed(let words): closed(words)
        case .received(let bytes): if phase != .closed { take(line.received(bytes, at: now), at: now) }
        case .tick: if phase != .closed { tick(at: now) }
        case .call(let id, let call): ask(id, call)
        }
        takeUp(at: now)
        proceed(at: now)
        defer { effects = [] }
        return effects
    }

    // MARK: - The line

    func isAwaited(_ number: UInt8) -> Bool { current?.callback == number || pending.contains { $0.callback == number } }

    mutating func take(_ news: [SerialLine.Effect], at now: Int64) {
        for each in news {
            switch each {
            case .write(let bytes): effects.append(.write(bytes))
            case .received(let frame): received(frame, at: now)
            case .delivered(let number): delivered(number, at: now)
            case .undeliverable: recover(.mute, at: now)
            }
        }
    }

    private mutating func received(_ frame: SerialFrame, at now: Int64) {
        do throws(ByteFault) {
            switch frame.kind {
            case .response: responded(frame, at: now)
            case .request: try told(frame, at: now)
            }
        } catch {
            effects.append(.notice("the controller's frame 0x\(Hex.encode([frame.function.rawValue])) is not understood: \(error)"))
        }
    }

    private mutating func told(_ frame: SerialFrame, at now: Int64) throws(ByteFault) {
        let width = identity?.width ?? .eight
        switch frame.function {
        case .applicationCommand, .bridgeApplicationCommand:
            let command = try ApplicationCommand(frame, width)
            guard phase == .up, !command.isForeign else { return }
            effects.append(.command(command))
        case .applicationUpdate: effects.append(.update(try ApplicationUpdate(frame.payload, width)))
        case .addNode, .removeNode:
            effects.append(.inclusion(try InclusionReport(frame.payload, width), removing: frame.function == .removeNode))
        case .started: begunAnew(try StartedReport(frame.payload), at: now)
        default: calledBack(frame, at: now)
        }
    }

    // MARK: - What goes out

    private mutating func ask(_ id: Int, _ call: SerialCall) {
        guard phase == .up, let identity else { return effects.append(.answered(id, .failure(.notUp))) }
        guard identity.capabilities.functions.contains(call.function) else { return effects.append(.answered(id, .failure(.unsupported))) }
        guard waiting[call.lane.rawValue].count < Self.maximumWaiting else { return effects.append(.answered(id, .failure(.busy))) }
        waiting[call.lane.rawValue].append((id, call))
    }

    /// Sends the call whose turn it is.
    private mutating func proceed(at now: Int64) {
        guard phase == .up, current == nil else { return }
        let isTransmitting = pending.contains(where: \.call.transmits)
        for lane in waiting.indices {
            let isFree = !isTransmitting && restsUntil == nil
            guard let place = waiting[lane].firstIndex(where: { !$0.call.transmits || isFree }) else {
                // The air is not free for this lane's, and so for no lower one's; what takes no air may go.
                if lane == SerialCall.Lane.safety.rawValue, !waiting[lane].isEmpty, displace(at: now) { return }
                continue
            }
            let (id, call) = waiting[lane].remove(at: place)
            return begin(.user(id), call, at: now)
        }
    }

    mutating func begin(_ owner: Owner, _ call: SerialCall, at now: Int64) {
        repeat { lastCallback = lastCallback == 255 ? 1 : lastCallback + 1 } while isAwaited(lastCallback)
        lastFrame += 1
        current = Call(owner: owner, call: call, callback: lastCallback, frame: lastFrame)
        guard let news = line.send(call.frame(callback: lastCallback), lastFrame, at: now) else { return end(.failure(.busy)) }
        take(news, at: now)
    }

    /// Has a transmission of the background make room.
    /// - Returns: whether one was asked to.
    private mutating func displace(at now: Int64) -> Bool {
        guard let index = pending.firstIndex(where: { $0.call.transmits && $0.call.lane == .background && !$0.isDisplaced }) else {
            return false
        }
        pending[index].isDisplaced = true
        pending[index].abortAt = nil
        begin(.nobody, SerialCall(.sendDataAbort, response: .none), at: now)
        return true
    }

    // MARK: - Ends

    /// Ends the current call.
    mutating func end(_ result: Result<SerialReply, SerialCallFailure>) {
        guard let ended = current else { return }
        current = nil
        tell(ended, result)
    }

    func failing(_ call: Call, _ failure: SerialCallFailure) -> SerialCallFailure { call.isDisplaced ? .displaced : failure }

    /// Ends everything that is under way or waits; what the line had half said is void.
    mutating func endAll(_ failure: SerialCallFailure) {
        line = SerialLine(timings: timings.line)
        let underWay = [current].compactMap { $0 } + pending
        current = nil
        pending = []
        restsUntil = nil
        for call in underWay { if case .user(let id) = call.owner { effects.append(.answered(id, .failure(failing(call, failure)))) } }
        for lane in waiting.indices {
            for each in waiting[lane] { effects.append(.answered(each.id, .failure(.notUp))) }
            waiting[lane] = []
        }
    }
}
