import GatewayCore
import LockModel

/// Mistakes the machines do not make, made around them, to show that the invariants would find them out.
package enum SeededBug: String, Sendable, CaseIterable {
    /// Nothing is dropped when an operation's time is over, and its late answer counts for whatever is asked next.
    case noFence = "no-fence"
    /// As above, but a start still drops what the run before may have sent.
    case fenceOnlyAtBoot = "fence-only-at-boot"
    /// A lock is believed as soon as it was dropped.
    case noSettle = "no-settle"
    /// An unlock that was under way in a crash is sent again.
    case resendAfterCrash = "resend-after-crash"
    /// What should wait for the disk does not.
    case actBeforePersist = "act-before-persist"
    /// The order to lock never reaches the adapter.
    case noRelock = "no-relock"
    /// "Done" is taken for a reading of the lock.
    case trustTheAck = "trust-the-ack"

    /// The invariants one of which has to find it out.
    package var caughtBy: Set<Invariant> {
        switch self {
        case .noFence: [.i13, .i2b, .i2]
        case .fenceOnlyAtBoot: [.i13, .i2b]
        case .noSettle: [.i2b]
        case .resendAfterCrash: [.i5, .i1b]
        case .actBeforePersist: [.i1, .i9]
        case .noRelock: [.i2c, .i7, .i12, .i2]
        case .trustTheAck: [.i2b, .i2c]
        }
    }

    func adjusted(_ settings: GatewaySettings) -> GatewaySettings {
        guard self == .noSettle else { return settings }
        var settings = settings
        settings.relock.settleMilliseconds = 0
        return settings
    }
}

/// A seeded bug at work in one process.
struct Flaw {
    private let bug: SeededBug
    /// Unlocks that were under way when the process before this one ended, each once.
    private var resend: [LockID: [Obligation]] = [:]
    /// The order to each lock that was sent last, and whether it was to lock.
    private var newest: [LockID: (operation: OperationNumber, isLock: Bool)] = [:]
    private var lastRead: [LockID: Int64] = [:]

    init(bug: SeededBug, openAtStart: [Obligation]) {
        self.bug = bug
        for obligation in openAtStart where !obligation.unlocked { resend[obligation.lock, default: []].append(obligation) }
    }

    /// What the machine is told instead of an input.
    mutating func alter(_ input: Input, _ machine: GatewayMachine) -> [Input] {
        guard case .lock(let lock, let told) = input else { return [input] }
        switch (bug, told) {
        case (.noFence, .answered(let old, let answer)), (.fenceOnlyAtBoot, .answered(let old, let answer)):
            guard let current = newest[lock]?.operation, old != current else { return [input] }
            return [.lock(lock, .answered(current, answer))]
        case (.noFence, .read(_, let answer)), (.fenceOnlyAtBoot, .read(_, let answer)):
            return [.lock(lock, .read(lastRead[lock] ?? 0, answer))]
        case (.trustTheAck, .answered(let number, .result(.done, _, let door, _))):
            guard let order = newest[lock], order.operation == number, order.isLock else { return [input] }
            let reading = LockReading(
                bolt: .locked, door: door, battery: machine.locks[lock]?.battery ?? Battery(level: .unknown), jammed: false,
                autoRelock: machine.locks[lock]?.reading?.autoRelock, observedAt: Timestamp(milliseconds: 0), confirmedBy: .lockReport)
            return [input, .lock(lock, .read((lastRead[lock] ?? 0) + 1, .reading(reading)))]
        default: return [input]
        }
    }

    /// What is done instead of what the machine wants.
    mutating func alter(_ effects: [Effect], after input: Input, _ machine: GatewayMachine) -> [Effect] {
        var out: [Effect] = []
        for effect in effects {
            switch effect {
            case .drop where bug == .noFence: continue
            case .drop where bug == .fenceOnlyAtBoot:
                guard case .lock(_, .linkUp) = input else { continue }
            case .drive(let lock, let operation, let action, _, _):
                newest[lock] = (operation, action == .lock)
                if bug == .noRelock && action == .lock { continue }
            case .read(let lock, let number): lastRead[lock] = number
            default: break
            }
            out.append(effect)
        }
        if bug == .resendAfterCrash, case .lock(let lock, .linkUp(let capabilities)) = input {
            for obligation in resend.removeValue(forKey: lock) ?? [] {
                out.append(
                    .drive(
                        lock, obligation.operation, obligation.action, timedSeconds: nil,
                        ttlMilliseconds: capabilities.operationMilliseconds))
            }
        }
        return out
    }

    /// What goes at once of the effects, instead of what the commit machine lets go.
    func release(_ effects: [Effect], _ outputs: [CommitMachine.Output]) -> [CommitMachine.Output] {
        switch bug {
        case .actBeforePersist:
            effects.compactMap { effect in
                if case .append = effect { nil } else { .perform(effect) }
            }
        case .resendAfterCrash:
            // The commit machine never lets such an unlock go; the bug is to have forgotten to ask it.
            outputs
                + effects.compactMap { effect in
                    guard case .drive(let lock, let operation, let action, _, _) = effect, action != .lock,
                        !outputs.contains(where: { $0.performs(lock, operation) })
                    else { return nil }
                    return .perform(effect)
                }
        case .noFence, .fenceOnlyAtBoot, .noSettle, .noRelock, .trustTheAck: outputs
        }
    }

    /// What is let go by a commit, less what went before it.
    func releaseLate(_ outputs: [CommitMachine.Output]) -> [CommitMachine.Output] {
        guard bug == .actBeforePersist else { return outputs }
        return outputs.filter { if case .perform = $0 { false } else { true } }
    }
}

extension CommitMachine.Output {
    fileprivate func performs(_ lock: LockID, _ operation: OperationNumber) -> Bool {
        if case .perform(.drive(lock, operation, _, _, _)) = self { true } else { false }
    }
}
