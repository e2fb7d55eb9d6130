import Collections

/// The commands on their way to a controller: one at a time, with its credit, and none without an end.
///
/// A command is answered by Command Complete or Command Status within ``timeoutMilliseconds``, counted from when it reached the head of the
/// queue: a controller that gives no credit is as stuck as one that does not answer. The queue holds ``capacity``; more means the same.
package struct CommandQueue<Purpose: Sendable>: Sendable {
    package static var timeoutMilliseconds: Int64 { 2_000 }
    package static var capacity: Int { 64 }

    /// What became of a command.
    package struct Outcome {
        package let purpose: Purpose
        package let status: HCIStatus
        /// Return parameters after the status; empty for those answered by Command Status.
        package let returned: [UInt8]
    }

    private var waiting: Deque<(command: HCICommand, purpose: Purpose)> = []
    private var underWay: (opcode: HCIOpcode, purpose: Purpose)?
    /// The controller takes one from the start (Vol 4 Part E 4.4).
    private var credits = 1
    /// When the one at the head, sent or not, has taken too long.
    package private(set) var deadline: Int64?

    package init() {}

    /// Whether nothing waits for an answer.
    package var isIdle: Bool { underWay == nil && waiting.isEmpty }

    /// Takes a command.
    /// - Returns: false when too many wait: the controller is stuck.
    package mutating func append(_ command: HCICommand, _ purpose: Purpose) -> Bool {
        guard waiting.count < Self.capacity else { return false }
        waiting.append((command, purpose))
        return true
    }

    /// The command to send now, if any.
    package mutating func next(at now: Int64) -> HCICommand? {
        guard underWay == nil, !waiting.isEmpty else { return nil }
        guard credits > 0 else {
            if deadline == nil { deadline = now + Self.timeoutMilliseconds }
            return nil
        }
        let (command, purpose) = waiting.removeFirst()
        credits -= 1
        underWay = (command.opcode, purpose)
        deadline = now + Self.timeoutMilliseconds
        return command
    }

    /// A Command Complete has come.
    /// - Returns: what became of the command under way, nil when it was another's or gave credit only.
    package mutating func completed(_ opcode: HCIOpcode, credits: UInt8, returned: [UInt8]) -> Outcome? {
        take(credits)
        guard let underWay, underWay.opcode == opcode else { return nil }
        finish()
        let status = returned.first.map { HCIStatus(rawValue: $0) } ?? .success
        return Outcome(purpose: underWay.purpose, status: status, returned: Array(returned.dropFirst()))
    }

    /// A Command Status has come. Success means begun, which is the answer to the commands that have no other; for the others the answer is
    /// still to come.
    package mutating func begun(_ status: HCIStatus, _ opcode: HCIOpcode, credits: UInt8) -> Outcome? {
        take(credits)
        guard let underWay, underWay.opcode == opcode else { return nil }
        guard !status.isSuccess || opcode.isAnsweredByStatus else { return nil }
        finish()
        return Outcome(purpose: underWay.purpose, status: status, returned: [])
    }

    private mutating func take(_ credits: UInt8) {
        self.credits = Int(credits)
        if underWay == nil && credits > 0 { deadline = nil }
    }

    private mutating func finish() {
        underWay = nil
        deadline = nil
    }
}

extension HCIOpcode {
    /// Whether its answer is a Command Status, and an event later tells how it went.
    var isAnsweredByStatus: Bool {
        switch self {
        case .disconnect, .leCreateConnection, .leExtendedCreateConnection, .leEnableEncryption, .leConnectionUpdate: true
        default: false
        }
    }
}
