import LockModel

@testable import GatewayCore

/// What the machine of one lock does in each state with each input, asked of the machine itself.
enum StateTable {
    /// A machine in a state, with the inputs that suit what it has in flight.
    struct State: Sendable {
        let name: String
        let machine: LockMachine
        let operations: Int64
    }

    /// An input by the name the table gives it; what it refers to is what the machine has in flight, if anything.
    struct Stimulus: Sendable {
        let name: String
        let input: @Sendable (LockMachine) -> LockInput
    }

    static let now = Instants(bootMilliseconds: 1_000_000, wall: Timestamp(milliseconds: 1_800_000_000_000), trust: .trusted)
    static let capabilities = LockCapabilities(
        lock: true, unlock: true, doorSensor: true, battery: true, jam: true, connectMilliseconds: 1000, motorMilliseconds: 2000)

    static func operation(_ number: Int64) -> LockMachine.Operation {
        let obligation = Obligation(
            operation: OperationNumber(number), lock: front, action: .unlock, command: nil, resident: anna, bus: nil, openSeconds: 30,
            since: now.wall, relockBy: now.wall.advanced(byMilliseconds: 60_000))
        return LockMachine.Operation(
            obligation: obligation, expiresBootMilliseconds: now.bootMilliseconds + 60_000,
            relockByBootMilliseconds: now.bootMilliseconds + 60_000)
    }

    static func reading(_ bolt: BoltState, door: DoorState = .closed, jammed: Bool = false) -> LockReading {
        LockReading(
            bolt: bolt, door: door, battery: Battery(level: .ok), jammed: jammed, autoRelock: nil, observedAt: now.wall, confirmedBy: .bolt)
    }

    static func observed(_ bolt: BoltState, _ source: ChangeSource, door: DoorState = .closed) -> LockInput {
        .observed(LockObservation(lock: front, bolt: bolt, door: door, source: source, at: now.wall))
    }

    /// Every state, reached by the inputs that lead there.
    static let states: [State] = {
        let up: [LockInput] = [.linkUp(capabilities)]
        let closed = up + [.read(1, .reading(reading(.locked)))]
        let accepted = closed + [.unlock(operation(1))]
        let unlocking = accepted + [.proceed(OperationNumber(1)), .checked(OperationNumber(1), refusal: nil)]
        let unlocked = unlocking + [.answered(OperationNumber(1), .result(.done, bolt: .unlocked, door: .closed, reason: nil))]
        let relocking = unlocked + [.timer(.step)]
        let driving = relocking + [.read(2, .reading(reading(.unlocked)))]
        return [
            state("unread", up), state("closed", closed), state("accepted", accepted), state("unlocking", unlocking),
            state("unlocked", unlocked),
            state("settling", unlocking + [.answered(OperationNumber(1), .result(.unknown, bolt: .unknown, door: .unknown, reason: nil))]),
            state("reading", relocking), state("driving", driving),
            state("waiting", relocking + [.read(2, .reading(reading(.unlocked, door: .open)))]),
        ]
    }()

    private static func state(_ name: String, _ inputs: [LockInput]) -> State {
        var machine = LockMachine(lock: front, owed: [], alwaysLocked: false)
        var operations: Int64 = 100
        for input in inputs { _ = machine.handle(input, at: later(input), operations: &operations) }
        return State(name: name, machine: machine, operations: operations)
    }

    /// Timers come when they are due.
    private static func later(_ input: LockInput) -> Instants {
        guard case .timer = input else { return now }
        var later = now
        later.bootMilliseconds += 50_000_000
        return later
    }

    static let stimuli: [Stimulus] = [
        Stimulus(name: "link up") { _ in .linkUp(capabilities) },
        Stimulus(name: "link down") { _ in .linkDown(.adapterFailed) },
        Stimulus(name: "unlock accepted (P1)") { _ in .unlock(operation(2)) },
        Stimulus(name: "wish to lock") { _ in .lock(LockMachine.LockRequest(command: nil, destination: .admin(1))) },
        Stimulus(name: "notice acknowledged") { .proceed($0.inFlight) },
        Stimulus(name: "last check passed") { .checked($0.inFlight, refusal: nil) },
        Stimulus(name: "last check refused") { .checked($0.inFlight, refusal: .grantRevoked) },
        Stimulus(name: "answer: done") {
            .answered($0.inFlight, .result(.done, bolt: $0.isUnlocking ? .unlocked : .locked, door: .closed, reason: nil))
        },
        Stimulus(name: "answer: failed") {
            .answered($0.inFlight, .result(.failed, bolt: .notFullyLocked, door: .closed, reason: .lockJammed))
        },
        Stimulus(name: "answer: unknown") { .answered($0.inFlight, .result(.unknown, bolt: .unknown, door: .unknown, reason: nil)) },
        Stimulus(name: "answer: not sent") { .answered($0.inFlight, .notSent(.lockOffline)) },
        Stimulus(name: "answer behind the fence") { _ in
            .answered(OperationNumber(99), .result(.done, bolt: .locked, door: .closed, reason: nil))
        },
        Stimulus(name: "read: locked") { .read($0.readNumber, .reading(reading(.locked))) },
        Stimulus(name: "read: unlocked") { .read($0.readNumber, .reading(reading(.unlocked))) },
        Stimulus(name: "read: door open") { .read($0.readNumber, .reading(reading(.unlocked, door: .open))) },
        Stimulus(name: "read: failed") { .read($0.readNumber, .failed(.timeout)) },
        Stimulus(name: "seen locked") { _ in observed(.locked, .auto) },
        Stimulus(name: "seen unlocked by hand") { _ in observed(.unlocked, .manual) },
        Stimulus(name: "seen unlocked by radio") { _ in observed(.unlocked, .remote) },
        Stimulus(name: "time is up") { _ in .timer(.step) },
        Stimulus(name: "relock overdue") { _ in .timer(.overdue) },
        Stimulus(name: "stop, drain or freeze") { _ in .secure(.shuttingDown) },
        Stimulus(name: "operator's release") { _ in .release(note: "x") },
        Stimulus(name: "settings changed") { _ in .settingsChanged },
    ]

    /// The states before and after, and what was decided.
    static func step(_ state: State, _ stimulus: Stimulus) -> (next: String, decisions: [LockDecision]) {
        var machine = state.machine
        var operations = state.operations
        let input = stimulus.input(machine)
        let decisions = machine.handle(input, at: later(input), operations: &operations)
        return (machine.stateName, decisions)
    }

    /// The table as Markdown: `–` where nothing happens, else what is done and, where it changes, the state that follows.
    static var markdown: String {
        var lines = ["| | " + states.map(\.name).joined(separator: " | ") + " |", String(repeating: "|---", count: states.count + 1) + "|"]
        for stimulus in stimuli {
            lines.append("| **\(stimulus.name)** | " + states.map { cell($0, stimulus) }.joined(separator: " | ") + " |")
        }
        return lines.joined(separator: "\n")
    }

    private static func cell(_ state: State, _ stimulus: Stimulus) -> String {
        let (next, decisions) = step(state, stimulus)
        var words: [String] = []
        for case .some(let word) in decisions.map(\.word) where words.last != word { words.append(word) }
        if next != state.name { words.append("→ \(next)") }
        return words.isEmpty ? "–" : words.joined(separator: ", ")
    }

    /// Every change of state there is, as lines of a Mermaid state diagram, with the inputs that make it.
    static var diagram: String {
        var edges: [String: [String]] = [:]
        var order: [String] = []
        for state in states {
            for stimulus in stimuli {
                let next = step(state, stimulus).next
                guard next != state.name else { continue }
                let edge = "    \(state.name) --> \(next)"
                if edges[edge] == nil { order.append(edge) }
                edges[edge, default: []].append(stimulus.name)
            }
        }
        return order.map { "\($0) : \((edges[$0] ?? []).joined(separator: ", "))" }.joined(separator: "\n")
    }
}

extension LockMachine {
    /// The operation that an answer would be for.
    fileprivate var inFlight: OperationNumber {
        switch phase {
        case .accepted(let operation), .unlocking(let operation), .unlocked(let operation): return operation.number
        case .relocking(let relock): if case .driving(let number) = relock.step { return number }
        case .unread, .closed: break
        }
        return OperationNumber(1)
    }

    fileprivate var isUnlocking: Bool { if case .unlocking = phase { true } else { false } }

    /// The state as the table names it: relocking by its step.
    fileprivate var stateName: String {
        switch phase {
        case .unread: return "unread"
        case .closed: return "closed"
        case .accepted: return "accepted"
        case .unlocking: return "unlocking"
        case .unlocked: return "unlocked"
        case .relocking(let relock):
            switch relock.step {
            case .settling: return "settling"
            case .reading: return "reading"
            case .driving: return "driving"
            case .waiting: return "waiting"
            }
        }
    }
}

extension LockDecision {
    /// In a word; timers are not told.
    fileprivate var word: String? {
        switch self {
        case .announce: "announce"
        case .recheck: "check once more"
        case .drive(_, .lock, _, _): "**lock**"
        case .drive: "**unlock**"
        case .read: "read"
        case .drop: "drop the link"
        case .timer: nil
        case .cancelled: "neverSent"
        case .unlocked: "P2"
        case .failed(_, let outcome, _): "tell \(outcome.rawValue)"
        case .secured(let ended, _, _, _): ended.isEmpty ? "tell locked" : "P4"
        case .requestsFailed: "tell the asker"
        case .changed(let event, _, _, _, _): event.rawValue
        case .device(let event, _): event.rawValue
        case .released: "nothing owed"
        case .alarmRaised(let reason): "alarm \(reason.rawValue)"
        case .alarmCleared: "alarm ends"
        }
    }
}
