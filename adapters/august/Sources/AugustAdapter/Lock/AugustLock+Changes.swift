import AdapterKit
import AugustProtocol
import LockModel

/// What changes at the lock, and who made it.
extension AugustLock {
    /// A list of records that does not end within so many belongs to what was before; whoever made a change then is not said.
    private static var mostRecords: Int { 32 }
    /// What stood in the lock's activity before this gateway came is taken out so far.
    private static var mostOldRecords: Int { 64 }

    /// The lock said something of itself.
    func pushed(_ answer: AugustAnswer) {
        switch answer {
        case .state(let state): heard(Known(state: state, door: known?.door ?? .unknown))
        case .stateAndDoor(let state, let door): heard(Known(state: state, door: vendor.hasDoor ? door : .none))
        case .door(let door) where vendor.hasDoor: heard(Known(state: known?.state ?? .unknown, door: door))
        default: break
        }
    }

    private func heard(_ new: Known) {
        if isActing, new.state.isMoving { isRunning = true }
        learned(new)
    }

    /// What the lock is, by its word. What is new, and not our own doing, is told once it is known who made it.
    func learned(_ new: Known) {
        guard !new.state.isMoving else { return }
        let old = known
        known = new
        guard let old, !isActing else { return }
        // A latch that springs back ends what began with it.
        let hasMoved = old.state.bolt != new.state.bolt && !(old.state == .unlatched && new.state == .unlocked)
        let hasDoorMoved = old.door != new.door && new.door != .unknown && old.door != .unknown
        guard hasMoved || hasDoorMoved else { return }
        changes.append(AugustChanges.Change(state: new.state, door: new.door, isBolt: hasMoved, at: .now()))
        explainSoon()
    }

    /// Tells what changed; before that the lock's activity is asked who did it. With nothing to tell, what it says of ourselves is taken out.
    func explain() async {
        defer { isExplaining = false }
        if hasOwnRecords, changes.isEmpty { _ = await records(Self.mostRecords) }
        hasOwnRecords = false
        while !changes.isEmpty {
            let records = readsActivity ? await records(Self.mostRecords) : nil
            for (change, source, actor) in changes.take(explainedBy: records ?? []) {
                output.observed(
                    LockObservation(
                        lock: lock, bolt: change.state.bolt, door: vendor.hasDoor ? change.door.door : .absent, source: source,
                        actor: actor,
                        at: change.at))
            }
        }
    }

    /// Takes out what stands in its activity already: nothing that happens from now on is to be told as somebody else's.
    func forgetOldRecords() async { if readsActivity { _ = await records(Self.mostOldRecords) } }

    /// Takes the lock's records out, from the oldest on; `nil` where there was no end to them, or no answer.
    private func records(_ most: Int) async -> [AugustActivity]? {
        do {
            return try await using { talk in
                var records: [AugustActivity] = []
                while records.count < most {
                    let answer = try await talk.answerIfAny(.popActivity) { if case .activity = $0 { true } else { false } }
                    guard case .activity(let record)? = answer else { return nil }
                    if record == .end { return records }
                    records.append(record)
                }
                return nil
            }
        } catch {
            return nil
        }
    }
}
