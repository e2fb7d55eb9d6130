import AdapterProtocol
import LockModel

/// What one lock remembers of its tries, so that none is made twice (`adapters-reference`, Operating).
///
/// Holds the last 256 outcomes; older ones are forgotten, oldest first.
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

    private struct Outcome {
        let action: MotorAction
        let result: OperateResult
    }

    static let capacity = 256
    private var running: (operation: OperationID, action: MotorAction)?
    private var outcomes: [OperationID: Outcome] = [:]
    private var oldestFirst: [OperationID] = []
    private var oldest = 0

    /// Decides on an order. `start` makes it the running one.
    mutating func decide(_ operation: OperationID, _ action: MotorAction) -> Decision {
        if let outcome = outcomes[operation] { return outcome.action == action ? .remembered(outcome.result) : .otherAction }
        guard let running else {
            self.running = (operation, action)
            return .start
        }
        guard running.operation == operation else { return .busy }
        return running.action == action ? .join : .otherAction
    }

    /// Keeps the outcome of the running try; the first one stands.
    mutating func remember(_ result: OperateResult) {
        guard let running, running.operation == result.operation, outcomes[result.operation] == nil else { return }
        outcomes[result.operation] = Outcome(action: running.action, result: result)
        if oldestFirst.count < OperationMemory.capacity {
            oldestFirst.append(result.operation)
        } else {
            outcomes[oldestFirst[oldest]] = nil
            oldestFirst[oldest] = result.operation
            oldest = (oldest + 1) % OperationMemory.capacity
        }
    }

    /// The running try is over. Without an outcome its id is unused again.
    mutating func end(_ operation: OperationID) {
        if running?.operation == operation { running = nil }
    }
}
