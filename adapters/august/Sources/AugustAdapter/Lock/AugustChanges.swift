import AugustProtocol
import LockModel

/// What changed at a lock without our doing, until it is told: each change with the state after it. **Bound**: 16; then the newest ones stay.
struct AugustChanges {
    struct Change: Sendable, Equatable {
        var state: AugustState
        var door: AugustDoor
        /// Its bolt moved; otherwise its door did.
        var isBolt: Bool
        var at: Timestamp
    }

    private static let maximum = 16
    private var waiting: [Change] = []

    var isEmpty: Bool { waiting.isEmpty }

    mutating func append(_ change: Change) { waiting = waiting.suffix(Self.maximum - 1) + [change] }

    /// Gives all, each with who made it, by the lock's records from the oldest on: read from behind, each record explains one change to its state.
    mutating func take(explainedBy records: [AugustActivity]) -> [(change: Change, source: ChangeSource, actor: ChangeActor?)] {
        var left = records[...]
        var told: [(change: Change, source: ChangeSource, actor: ChangeActor?)] = []
        for change in waiting.reversed() {
            guard change.isBolt, let index = left.lastIndex(where: { $0.state == change.state }) else {
                told.append((change, .unspecified, nil))
                continue
            }
            let (source, actor) = left[index].maker
            told.append((change, source, actor))
            left = left[..<index]
        }
        waiting = []
        return told.reversed()
    }
}

extension AugustActivity {
    /// The bolt it tells of.
    fileprivate var state: AugustState? {
        switch self {
        case .bolt(let state, _, _), .code(let state, _, _): state
        case .door, .end, .other: nil
        }
    }

    fileprivate var maker: (ChangeSource, ChangeActor?) {
        switch self {
        case .bolt(_, let source, _): (source, nil)
        case .code(_, Self.masterSlot, _): (.keypad, ChangeActor(kind: .keypadUser, ref: "master"))
        case .code(_, let slot, _): (.keypad, ChangeActor(kind: .keypadUser, ref: String(slot)))
        case .door, .end, .other: (.unspecified, nil)
        }
    }
}
