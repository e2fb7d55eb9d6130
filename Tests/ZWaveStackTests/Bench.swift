import WireBytes

@testable import ZWaveStack

/// A controller machine, a clock, and the other end of its line: what is written is read as frames, acknowledged, and answered from a table.
struct Bench {
    var machine = ControllerMachine()
    var now: Int64 = 0
    private var parser = SerialStreamParser()
    /// Frames the machine wrote, in order.
    var asked: [SerialFrame] = []
    /// Everything else it did.
    var told: [ControllerMachine.Effect] = []
    /// Answers by function; a function that is not here is acknowledged only.
    var answers: [SerialFunction: [UInt8]]
    /// Acknowledges nothing.
    var isMute = false
    private var replies: [UInt8] = []

    static let functions: [SerialFunction] = [
        .getInitData, .memoryGetID, .sendData, .sendDataAbort, .addNode, .removeNode, .getNodeProtocolInfo, .getVersion, .getCapabilities,
        .softReset, .removeFailedNode, .requestNodeNeighborUpdate, .isFailedNode,
    ]

    init(chip: UInt8 = 5, functions: [SerialFunction] = Bench.functions) {
        var mask = [UInt8](repeating: 0, count: 32)
        for function in functions { mask[Int(function.rawValue - 1) / 8] |= 1 << ((function.rawValue - 1) % 8) }
        var nodes = [UInt8](repeating: 0, count: 29)
        nodes[0] = 0b11
        answers = [
            .getCapabilities: [1, 0, 0, 0x47, 0, 1, 0, 1] + mask, .getInitData: [5, 8, 29] + nodes + [chip, 0],
            .getVersion: Array("Z-Wave 4.05".utf8) + [0, 1], .memoryGetID: [0xDE, 0xAD, 0xBE, 0xEF, 1],
            .setup: [0x80, 1], .sendData: [1], .removeFailedNode: [0], .isFailedNode: [0],
        ]
    }

    mutating func give(_ input: ControllerMachine.Input) {
        run(machine.handle(input, at: now))
        while !replies.isEmpty {
            let bytes = replies
            replies = []
            run(machine.handle(.received(bytes), at: now))
        }
    }

    /// Has the controller say a frame.
    mutating func say(_ kind: SerialFrame.Kind, _ function: SerialFunction, _ payload: [UInt8]) {
        give(.received((try? SerialFrame(kind, function, payload).bytes()) ?? []))
    }

    /// Lets time pass up to the machine's next deadline.
    mutating func wait() {
        guard let due = machine.nextDeadline else { return }
        now = max(now, due)
        give(.tick)
    }

    /// Opens the line and lets the controller come up.
    mutating func comeUp() {
        give(.opened)
        say(.request, .started, [7, 0, 0x80, 2, 1, 0])
        told = []
        asked = []
    }

    mutating func call(_ id: Int, _ call: SerialCall) { give(.call(id, call)) }

    /// What became of a call.
    func result(_ id: Int) -> [Result<SerialReply, SerialCallFailure>] {
        told.compactMap { if case .answered(id, let result) = $0 { result } else { nil } }
    }

    var isUp: Bool { if case .up = machine.phase { true } else { false } }

    private mutating func run(_ effects: [ControllerMachine.Effect]) {
        for effect in effects {
            guard case .write(let bytes) = effect else {
                told.append(effect)
                continue
            }
            for byte in bytes {
                guard case .frame(let frame)? = parser.take(byte, at: now) else { continue }
                asked.append(frame)
                guard !isMute else { continue }
                replies.append(0x06)
                if let answer = answers[frame.function] { replies += (try? SerialFrame(.response, frame.function, answer).bytes()) ?? [] }
            }
        }
    }
}
