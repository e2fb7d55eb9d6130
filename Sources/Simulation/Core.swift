import GatewayCore
import LockModel

/// The two machines as a runner runs them, with a seeded bug between them and the world where there is one.
struct Core {
    private(set) var machine: GatewayMachine
    private(set) var commits: CommitMachine
    private var flaw: Flaw?

    init(state: LedgerState, settings: GatewaySettings, bug: SeededBug?, bootMilliseconds: Int64, isFrozen: Bool = false) {
        flaw = bug.map { Flaw(bug: $0, openAtStart: state.obligations) }
        machine = GatewayMachine(
            state: state, settings: bug?.adjusted(settings) ?? settings, bootMilliseconds: bootMilliseconds, isFrozen: isFrozen)
        commits = CommitMachine(lastRecord: state.lastRecord)
    }

    mutating func start(at now: Instants) -> [CommitMachine.Output] { released(machine.start(at: now)) }

    /// What the machine wants, and what of it may go at once.
    mutating func handle(_ input: Input, at now: Instants) -> (effects: [Effect], outputs: [CommitMachine.Output]) {
        guard flaw != nil else {
            let effects = machine.handle(input, at: now)
            return (effects, commits.handle(.effects(effects)))
        }
        var effects: [Effect] = []
        for altered in flaw?.alter(input, machine) ?? [] { effects += machine.handle(altered, at: now) }
        effects = flaw?.alter(effects, after: input, machine) ?? []
        return (effects, released(effects))
    }

    private mutating func released(_ effects: [Effect]) -> [CommitMachine.Output] {
        let outputs = commits.handle(.effects(effects))
        return flaw?.release(effects, outputs) ?? outputs
    }

    mutating func turnEnded() -> [CommitMachine.Output] { commits.handle(.turnEnded) }

    mutating func committed(_ record: Int64) -> [CommitMachine.Output] {
        let outputs = commits.handle(.committed(record))
        return flaw?.releaseLate(outputs) ?? outputs
    }

    mutating func failed() { _ = commits.handle(.failed) }
}
