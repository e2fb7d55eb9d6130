import Collections
import LockModel

/// Decides which effects go at once and which wait for which commit.
///
/// **Inputs**: the effects of `GatewayMachine`, the end of a turn, the journal's word that a batch is durable or that it failed.
/// **Outputs**: batches to commit, and effects to carry out.
///
/// **The property that must never break**: an unlock goes to a lock only when its own acceptance is durable, once, and never after a restart;
/// and nothing that tells of a record is carried out before that record is durable. What keeps doors shut (reads, drops, timers, alarms, and
/// locking) never waits for a disk.
///
/// An unlock is sent in the moment it was checked or not at all. Held back behind a later record on a slow disk, it would be sent when its
/// time is over, its lock fenced and its relock done: a door opened that nobody counts on.
///
/// One batch is syncing while the next gathers, so a busy disk makes larger batches by itself; there is no timer.
///
/// **Bounds**: what it holds comes from inputs that are bounded at their source (credit on each bus, one operation per lock).
package struct CommitMachine: Sendable {
    package enum Input: Sendable {
        case effects([Effect])
        /// Nothing more is at hand: commit what has gathered, unless a batch is syncing.
        case turnEnded
        /// Everything up to this record is on disk.
        case committed(Int64)
        /// The journal failed; nothing held will ever be carried out.
        case failed
    }

    package enum Output: Sendable {
        case commit([JournalEntry])
        case perform(Effect)
        /// This record is durable: its event may be published.
        case publish(Record)
    }

    /// The last record known durable.
    package private(set) var durable: Int64
    private var appended: Int64
    private var gathering: [JournalEntry] = []
    private var syncing: [JournalEntry] = []
    private var held: Deque<(after: Int64, effect: Effect)> = []
    /// The record of each unlock accepted in this run and not yet sent or cancelled.
    private var accepted: [OperationNumber: Int64] = [:]
    package private(set) var hasFailed = false

    /// Starts on a journal whose last durable record is given.
    package init(lastRecord: Int64) {
        durable = lastRecord
        appended = lastRecord
    }

    /// True when nothing waits for a commit.
    package var isIdle: Bool { gathering.isEmpty && syncing.isEmpty && held.isEmpty }

    /// True while a batch is at the journal.
    package var isSyncing: Bool { !syncing.isEmpty }

    package mutating func handle(_ input: Input) -> [Output] {
        switch input {
        case .effects(let effects): return effects.compactMap { take($0) }
        case .turnEnded: return commit()
        case .committed(let record): return release(upTo: record)
        case .failed:
            hasFailed = true
            gathering = []
            syncing = []
            held = []
            accepted = [:]
            return []
        }
    }

    private mutating func take(_ effect: Effect) -> Output? {
        switch effect {
        case .append(let entry):
            guard !hasFailed else { return nil }
            appended = entry.record.number
            gathering.append(entry)
            note(entry.record)
            return nil
        case .drive(_, _, .lock, _, _), .read, .drop, .timer, .alarm, .verify, .frozen:
            return .perform(effect)
        case .drive(_, let operation, .unlock, _, _), .drive(_, let operation, .unlatch, _, _):
            guard let record = accepted.removeValue(forKey: operation), record <= durable else { return nil }
            return .perform(effect)
        case .reply, .replyStored, .notice, .snapshot, .grantStatus, .challenge, .republished, .attach, .detach, .expand:
            if hasFailed { return Self.mayFollowFailure(effect) ? .perform(effect) : nil }
            if durable >= appended { return .perform(effect) }
            held.append((appended, effect))
            return nil
        }
    }

    private mutating func note(_ record: Record) {
        switch record.body {
        case .unlockAccepted(let body): accepted[body.obligation.operation] = record.number
        case .unlockCancelled(let body): accepted[body.operation] = nil
        case .gatewayStarted, .gatewayStopped, .snapshotTaken, .handedOver, .clockChanged, .clockAccepted, .trustAccepted, .adapterAccepted,
            .principalAdded,
            .principalChanged, .lockAdded,
            .lockRemoved, .lockSet, .lockReplaced, .lockProved,
            .lockReleased, .grantInstalled,
            .revocationAccepted, .grantRevoked, .commandAnswered,
            .lockAccepted, .operationFailed, .lockChanged, .alarmRaised, .alarmCleared, .deviceChanged:
            break
        }
    }

    /// Without a journal a refusal may still be told, and to whoever stands at the gateway itself how the locking goes; nothing else may.
    private static func mayFollowFailure(_ effect: Effect) -> Bool {
        switch effect {
        case .reply(.admin, _): true
        case .reply(.bus, let reply): reply.status == .refused
        case .append, .drive, .read, .drop, .timer, .alarm, .verify, .frozen, .replyStored, .notice, .snapshot, .grantStatus,
            .challenge, .republished, .attach, .detach, .expand:
            false
        }
    }

    private mutating func commit() -> [Output] {
        guard syncing.isEmpty, !gathering.isEmpty, !hasFailed else { return [] }
        syncing = gathering
        gathering = []
        return [.commit(syncing)]
    }

    private mutating func release(upTo record: Int64) -> [Output] {
        guard !hasFailed else { return [] }
        durable = max(durable, record)
        let published = syncing
        syncing = []
        var out: [Output] = []
        while let first = held.first, first.after <= durable {
            held.removeFirst()
            out.append(.perform(first.effect))
        }
        // Replies and notices are waited for; events have their own pace.
        return out + published.map { .publish($0.record) }
    }
}
