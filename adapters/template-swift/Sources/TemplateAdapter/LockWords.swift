// SPDX-License-Identifier: MIT-0
import LockModel

/// What the virtual lock says, in words: an answer `7 done bolt=unlocked door=closed`, or unasked `event locked closed manual -`.
enum LockWords: Equatable {
    /// The answer to the question of that number.
    case answer(number: Int, LockAnswer)
    /// A change, with the operation behind it where one was.
    case event(LockEvent)

    /// Reads a line; `nil` for one that says neither.
    init?(_ line: String) {
        let words = line.split(separator: " ")
        if words.first == "event", words.count == 5 {
            guard let bolt = BoltState(rawValue: String(words[1])), let door = DoorState(rawValue: String(words[2])),
                let source = ChangeSource(rawValue: String(words[3]))
            else { return nil }
            self = .event(LockEvent(bolt: bolt, door: door, source: source, operation: words[4] == "-" ? nil : String(words[4])))
        } else if words.count >= 2, let number = Int(words[0]) {
            var values: [String: String] = [:]
            for word in words.dropFirst(2) {
                let halves = word.split(separator: "=", maxSplits: 1)
                if halves.count == 2 { values[String(halves[0])] = String(halves[1]) }
            }
            self = .answer(number: number, LockAnswer(result: String(words[1]), values: values))
        } else {
            return nil
        }
    }
}

/// An answer of the lock's.
struct LockAnswer: Equatable {
    var result: String
    var values: [String: String]

    var bolt: BoltState { values["bolt"].flatMap(BoltState.init(rawValue:)) ?? .unknown }
    var door: DoorState { values["door"].flatMap(DoorState.init(rawValue:)) ?? .unknown }
    var isJammed: Bool { values["jammed"] == "yes" }
    var battery: Int? { values["battery"].flatMap { Int($0) } }
}

/// What the lock did.
struct LockEvent: Equatable {
    var bolt: BoltState
    var door: DoorState
    var source: ChangeSource
    /// The operation that made it do so; `nil` where nobody asked.
    var operation: String?
}
