import AdapterProtocol
import LockModel

/// What one lock remembers of its tries, so that none is made twice (`adapters-reference`, Operating).
///
/// Holds the last 256 outcomes; older ones are forgotten, oldest first. There are as many of these as locks, so each outcome takes little
/// more than its id: the ids stand one after another in one piece of memory, and are looked through from its beginning.
struct OperationMemory {
    /// What to do with an order that arrived.
    enum Decision: Equatable {
        /// New, and nothing runs: try it.
        case start
        /// The same try runs: it will get the same outcome.
        case join
        /// The same try was made: this was its outcome.
        case remembered(OperateResult)
        /// The id belongs to another action: −32602.
        case otherAction
        /// Another try runs.
        case busy
    }

    /// An outcome without its id.
    private struct Outcome {
        let action: MotorAction
        let outcome: OperationOutcome
        let bolt: BoltState
        let door: DoorState
        let reason: Reason?
    }

    static let capacity = 256
    private var running: (operation: OperationID, action: MotorAction)?
    /// Oldest first.
    private var outcomes: [Outcome] = []
    /// Their ids, each after its length.
    private var ids: [UInt8] = []

    /// Decides on an order. `start` makes it the running one.
    mutating func decide(_ operation: OperationID, _ action: MotorAction) -> Decision {
        if let known = outcome(of: operation) {
            guard known.action == action else { return .otherAction }
            return .remembered(
                OperateResult(operation: operation, outcome: known.outcome, bolt: known.bolt, door: known.door, reason: known.reason))
        }
        guard let running else {
            self.running = (operation, action)
            return .start
        }
        guard running.operation == operation else { return .busy }
        return running.action == action ? .join : .otherAction
    }

    /// Keeps the outcome of the running try; the first one stands.
    mutating func remember(_ result: OperateResult) {
        guard let running, running.operation == result.operation, outcome(of: result.operation) == nil else { return }
        if outcomes.count == OperationMemory.capacity {
            outcomes.removeFirst()
            ids.removeFirst(Int(ids[0]) + 1)
        }
        let id = result.operation.text.utf8
        // Room for this one and no more: most locks never have many.
        outcomes.reserveCapacity(outcomes.count + 1)
        ids.reserveCapacity(ids.count + id.count + 1)
        outcomes.append(
            Outcome(action: running.action, outcome: result.outcome, bolt: result.bolt, door: result.door, reason: result.reason))
        ids.append(UInt8(id.count))
        ids.append(contentsOf: id)
    }

    /// The running try is over. Without an outcome its id is unused again.
    mutating func end(_ operation: OperationID) {
        if running?.operation == operation { running = nil }
    }

    private func outcome(of operation: OperationID) -> Outcome? {
        let id = operation.text.utf8
        var begin = 0
        for outcome in outcomes {
            let end = begin + 1 + Int(ids[begin])
            if end - begin - 1 == id.count, ids[(begin + 1)..<end].elementsEqual(id) { return outcome }
            begin = end
        }
        return nil
    }
}
