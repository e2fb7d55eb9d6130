import GatewayCore
import LockModel

/// Something that will happen.
enum Happening {
    case motor(LockID, OperationNumber, MotorAction, timedSeconds: Int?)
    case operationAnswer(LockID, OperationNumber, MotorAction)
    case answer(LockID, OperationNumber, OperationAnswer)
    case reading(LockID, Int64)
    case lateReading(LockID, Int64, LockReading)
    case timer(LockID, LockTimer, Int64)
    case input(Input)
    /// A message comes to the broker, which has the gateway's session or not.
    case message(Input)
    case synced
    /// The lock's own timer throws the bolt.
    case selfLock(LockID, moves: Int)
    case linkUp(LockID)
    case observed(LockID, ChangeSource)
    case minute
    case start(reboots: Bool)
    /// A minute of stopping is over.
    case stopOver

    /// The lock whose adapter it is on its way to or from.
    var order: LockID? {
        switch self {
        case .motor(let lock, _, _, _), .operationAnswer(let lock, _, _), .answer(let lock, _, _): lock
        case .reading, .lateReading, .timer, .input, .message, .synced, .selfLock, .linkUp, .observed, .minute, .start, .stopOver: nil
        }
    }
}

/// A happening with its time and what it depends on.
struct Planned {
    let at: Int64
    let happening: Happening
    /// The lock's link it belongs to; `nil` happens in any case.
    let link: Int?
    /// The gateway's process it belongs to; `nil` happens in any case.
    let run: Int?
}

/// What will happen, in order; of two at the same time, the one planned first.
struct Agenda {
    /// The next one last.
    private var items: [Planned] = []

    var next: Int64? { items.last?.at }

    mutating func add(_ planned: Planned) {
        var low = 0
        var high = items.count
        while low < high {
            let middle = (low + high) / 2
            if items[middle].at > planned.at { low = middle + 1 } else { high = middle }
        }
        items.insert(planned, at: low)
    }

    mutating func take() -> Planned? { items.popLast() }

    mutating func remove(where shouldGo: (Planned) -> Bool) { items.removeAll(where: shouldGo) }
}
