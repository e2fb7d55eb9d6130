import WireBytes

@testable import ZWaveStack

/// The life of a Z-Wave controller: what its line, its user and its clock do, in any order.
///
/// Each step is a kind and a length in one byte each, then so many bytes. Properties: every call is answered exactly once, all are once the line has
/// closed, and nothing is waited for then. Taken is a life in which the controller came up and a call was carried out.
@Sendable func fuzzSerial(_ bytes: [UInt8]) -> Bool {
    var life = ControllerLife()
    var reader = ByteReader(bytes)
    while let kind = try? reader.byte(), let length = try? reader.byte(), let rest = try? reader.take(Int(length)) {
        life.step(kind, rest)
    }
    return life.end()
}

private struct ControllerLife {
    private var machine = ControllerMachine()
    private var now: Int64 = 0
    private var asked = 0
    private var answered: Set<Int> = []
    private var wasUp = false
    private var hasDone = false
    /// What is written is acknowledged and answered as a good controller would.
    private var isHelpful = true
    private var replies: [UInt8] = []
    private var parser = SerialStreamParser()
    private let reports: [SerialFunction: [UInt8]] = [
        .getCapabilities: [1, 0, 0, 0x47, 0, 1, 0, 1] + [UInt8](repeating: 0xFF, count: 32),
        .getInitData: [5, 8, 29] + [UInt8](repeating: 3, count: 29) + [7, 0], .getVersion: Array("Z-Wave 7.18".utf8) + [0, 7],
        .memoryGetID: [0xDE, 0xAD, 0xBE, 0xEF, 0, 1], .setup: [0x80, 1], .getLongRangeNodes: [0, 0, 1, 1], .sendDataBridge: [1],
        .sendData: [1], .isFailedNode: [0],
    ]

    init() { give(.opened) }

    mutating func step(_ kind: UInt8, _ rest: [UInt8]) {
        switch kind % 8 {
        case 0: give(.received(rest))
        case 1, 2:
            guard let function = rest.first else { return }
            let frame = SerialFrame(kind % 8 == 1 ? .request : .response, SerialFunction(rawValue: function), Array(rest.dropFirst()))
            give(.received((try? frame.bytes()) ?? []))
        case 3: pass(Int64(rest.first ?? 0) * 100)
        case 4:
            let lane = SerialCall.Lane(rawValue: Int(rest.first ?? 0) % 3) ?? .ordinary
            ask(
                .send(
                    Array(rest.dropFirst()), to: NodeID(rawValue: 2), from: NodeID(rawValue: 1), .ordinary, asBridge: rest.count > 4,
                    width: .sixteen, lane: lane))
        case 5: ask(rest.count > 1 ? .updateNeighbors(NodeID(rawValue: 2), .sixteen) : .isFailed(NodeID(rawValue: 2), .sixteen))
        case 6:
            give(.closed("gone"))
            precondition(answered.count == asked && machine.nextDeadline == nil, "a closed line leaves nothing open")
            give(.opened)
        default: isHelpful.toggle()
        }
    }

    mutating func end() -> Bool {
        give(.closed("over"))
        precondition(answered.count == asked, "everything is answered in the end")
        precondition(machine.nextDeadline == nil, "nothing is waited for without a line")
        return wasUp && hasDone
    }

    private mutating func ask(_ call: SerialCall) {
        asked += 1
        give(.call(asked, call))
    }

    private mutating func pass(_ milliseconds: Int64) {
        let end = now + milliseconds
        var steps = 0
        while let due = machine.nextDeadline, due <= end {
            now = max(now, due)
            give(.tick)
            steps += 1
            precondition(steps < 10_000, "time that passes comes to an end")
        }
        now = end
    }

    private mutating func give(_ input: ControllerMachine.Input) {
        run(machine.handle(input, at: now))
        while !replies.isEmpty {
            let bytes = replies
            replies = []
            run(machine.handle(.received(bytes), at: now))
        }
    }

    private mutating func run(_ effects: [ControllerMachine.Effect]) {
        for effect in effects {
            switch effect {
            case .write(let bytes): if isHelpful { help(bytes) }
            case .answered(let id, let result):
                precondition(answered.insert(id).inserted, "a call is answered once")
                if case .success = result { hasDone = true }
            case .up: wasUp = true
            case .reopen, .down, .command, .update, .inclusion, .notice: break
            }
        }
    }

    private mutating func help(_ bytes: [UInt8]) {
        for byte in bytes {
            guard case .frame(let frame)? = parser.take(byte, at: now) else { continue }
            replies.append(0x06)
            if frame.function == .softReset { replies += (try? SerialFrame(.request, .started, [7, 0, 0x80, 2, 1, 0]).bytes()) ?? [] }
            guard let report = reports[frame.function] else { continue }
            replies += (try? SerialFrame(.response, frame.function, report).bytes()) ?? []
        }
    }
}
