/// The number of one try on a motor. Inside an integer; outside an opaque text that counts nothing (`decisions`, Ids).
package struct OperationNumber: Hashable, Sendable, Codable, Comparable, CustomStringConvertible {
    package var value: Int64

    package init(_ value: Int64) { self.value = value }

    package init(from decoder: any Decoder) throws { value = try decoder.singleValueContainer().decode(Int64.self) }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(value)
    }

    package var description: String { String(value) }
    package static func < (left: OperationNumber, right: OperationNumber) -> Bool { left.value < right.value }
}

/// What an adapter is asked to do with a bolt.
public enum MotorAction: String, Sendable, Codable, CaseIterable {
    case lock, unlock, unlatch
}

/// What became of one `lock.operate` whose command reached the lock.
public enum OperationOutcome: String, Sendable, Codable, CaseIterable {
    /// The lock itself reported the asked state after its motor stopped.
    case done
    /// The lock refused, or ended elsewhere.
    case failed
    /// It was sent, and nobody knows.
    case unknown
}

/// The token behind an operation.
package struct CommandReference: Sendable, Codable, Equatable {
    package var issuer: PrincipalID
    package var id: TokenID
    package var hash: Digest
    package var grant: TokenID?
    package var delivery: String?

    package init(issuer: PrincipalID, id: TokenID, hash: Digest, grant: TokenID?, delivery: String?) {
        self.issuer = issuer
        self.id = id
        self.hash = hash
        self.grant = grant
        self.delivery = delivery
    }
}

/// An unlock that was accepted and not yet ended by a confirmed lock: the debt that outlives a crash.
package struct Obligation: Sendable, Codable, Equatable {
    package var operation: OperationNumber
    package var lock: LockID
    package var action: MotorAction
    /// The command behind it; `nil` for an unlock while commissioning.
    package var command: CommandReference?
    /// Whose home it is, for the notice and for who may read the record.
    package var resident: PrincipalID?
    /// The bus that brought the command.
    package var bus: BusName?
    package var openSeconds: Int
    /// When it was accepted.
    package var since: Timestamp
    /// By when a confirmed lock is due; past it an alarm stands.
    package var relockBy: Timestamp
    /// Whether the unlock was seen to happen (P2).
    package var unlocked: Bool
    /// Whether its command has had its last reply already (`failed`), while the relock goes on.
    package var isAnswered: Bool

    package init(
        operation: OperationNumber, lock: LockID, action: MotorAction, command: CommandReference?, resident: PrincipalID?, bus: BusName?,
        openSeconds: Int, since: Timestamp, relockBy: Timestamp, unlocked: Bool = false, isAnswered: Bool = false
    ) {
        self.operation = operation
        self.lock = lock
        self.action = action
        self.command = command
        self.resident = resident
        self.bus = bus
        self.openSeconds = openSeconds
        self.since = since
        self.relockBy = relockBy
        self.unlocked = unlocked
        self.isAnswered = isAnswered
    }
}
