import LockModel

/// What was proved of a door, in words.
enum ProofText {
    /// Label and text of each case, tried or not.
    static func rows(_ proof: [ProvenCase]?) -> [(String, String)] {
        ProofCase.allCases.map { each in (label(each), proof?.first { $0.case == each }.map(text) ?? "not tried") }
    }

    static func label(_ proof: ProofCase) -> String {
        switch proof {
        case .shut: "door shut"
        case .ajar: "door ajar"
        case .blocked: "bolt blocked"
        case .radioCut: "radio cut"
        }
    }

    /// The result, why, how long and when.
    static func text(_ proven: ProvenCase) -> String {
        var parts = [word(proven.result) + (proven.cause.map { ": " + cause($0) } ?? "")]
        if proven.result == .held, let milliseconds = proven.relockMilliseconds {
            parts.append("locked \((milliseconds + 500) / 1000) s after it opened" + (proven.relockedBy == .auto ? " by itself" : ""))
        }
        parts.append(minute(proven.at))
        return parts.joined(separator: ", ")
    }

    /// A time to the minute, in UTC.
    static func minute(_ time: Timestamp) -> String { time.description.prefix(16).split(separator: "T").joined(separator: " ") }

    static func word(_ result: ProvenCase.Result) -> String {
        switch result {
        case .held: "HELD"
        case .failed: "FAILED"
        case .notShown: "not shown"
        }
    }

    private static func cause(_ cause: ProvenCase.Cause) -> String {
        switch cause {
        case .noDoorSensor: "it has no door sensor"
        case .noJamReport: "it can't tell a stuck bolt"
        case .skipped: "left out"
        case .doorNotOpened: "the door was not seen open"
        case .boltNotBlocked: "the bolt was not seen stuck"
        case .linkNotCut: "it was not out of reach long enough"
        case .notOpened: "it did not open"
        case .boltInOpenAir: "the bolt came out at an open door"
        case .noAlarm: "no alarm was raised"
        case .stayedOpen: "it did not lock by itself"
        case .notLocked: "it was not locked in time"
        }
    }
}
