import LockModel

/// What must hold after every step, by the names of the design.
package enum Invariant: String, Sendable, Codable, CaseIterable {
    case i1, i1b, i1c, i2, i2b, i2c, i3, i4, i5, i6, i7, i8, i9, i10, i11, i12, i13, i14

    /// As the design writes it.
    package var name: String { "I" + rawValue.dropFirst() }

    /// The rule in a sentence.
    package var rule: String {
        switch self {
        case .i1: "no unlock without a durable acceptance of a verified, unexpired, unreplayed command and a live grant"
        case .i1b: "at most one unlock for each command, over all restarts"
        case .i1c: "no more uses or entries than the grant has"
        case .i2: "every accepted unlock ends in a confirmed lock, in nothing sent, or in an alarm, in its time or with the next start"
        case .i2b: "nothing is recorded closed and really open without an alarm, beyond the settle time"
        case .i2c: "relocking goes on while a door the gateway opened is open, and harms nothing"
        case .i3: "each change has one event, and a principal's sequence has no gap"
        case .i4: "no unlock after a durable revocation or suspension"
        case .i5: "a restart never unlocks"
        case .i6: "no unlock of a lock that was not read since its link came up"
        case .i7: "nothing that befalls one adapter or lock delays another's relock"
        case .i8: "no jump of the clock revives a command or a grant"
        case .i9: "after a disk fault the state is a prefix of history that holds all that was acknowledged, or the gateway does not open"
        case .i10: "queues and memory are bounded"
        case .i11: "nobody is told what is another's: no token text, no label, no event, no state"
        case .i12: "a door is relocked, or an alarm stands, without any bus"
        case .i13: "answers of an old fence change nothing"
        case .i14: "no unlock where the relock is doubtful"
        }
    }
}

/// An invariant that did not hold.
package struct Violation: Sendable, Equatable, CustomStringConvertible {
    package let invariant: Invariant
    package let what: String
    /// Milliseconds since the world began.
    package let at: Int64

    package var description: String { "\(invariant.name): \(what)" }
}

extension World {
    /// Notes a breach; the first few are enough.
    func violate(_ invariant: Invariant, _ what: @autoclosure () -> String) {
        guard violations.count < 16 else { return }
        let violation = Violation(invariant: invariant, what: what(), at: now)
        violations.append(violation)
        if timeline != nil { tell(.violation, "\(violation)") }
    }
}
