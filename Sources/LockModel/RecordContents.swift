/// A start of the gateway.
package struct GatewayStart: Sendable, Codable, Equatable {
    package var version: String
    /// The kernel's boot id, which boot-time milliseconds in records belong to.
    package var bootID: String

    package init(version: String, bootID: String) {
        self.version = version
        self.bootID = bootID
    }
}

/// A lock by name.
package struct LockReference: Sendable, Codable, Equatable {
    package var lock: LockID
    package init(lock: LockID) { self.lock = lock }
}

/// What a resident took back (`bus-reference`: revocations apply in any order).
package struct Revocation: Sendable, Codable, Equatable {
    package var resident: PrincipalID
    /// `jti` of the revocation.
    package var id: TokenID
    package var residentSequence: Int64
    package var grants: [TokenID]
    package var retailers: [PrincipalID]
    package var allBefore: Int64?

    package init(_ token: RevocationToken) {
        resident = token.envelope.issuer
        id = token.envelope.id
        residentSequence = token.residentSequence
        grants = token.grants
        retailers = token.retailers
        allBefore = token.allBefore
    }
}

/// A grant by name, with whom it is between.
package struct GrantReference: Sendable, Codable, Equatable {
    package var grant: TokenID
    package var lock: LockID
    package var resident: PrincipalID
    package var retailer: PrincipalID

    package init(_ grant: Grant) {
        self.grant = grant.id
        lock = grant.lock
        resident = grant.resident
        retailer = grant.retailer
    }
}

/// A lock command was taken on.
package struct LockAccepted: Sendable, Codable, Equatable {
    package var lock: LockID
    /// `nil` when the operator or installer asked.
    package var command: CommandReference?
    package var actor: ChangeActor

    package init(lock: LockID, command: CommandReference?, actor: ChangeActor) {
        self.lock = lock
        self.command = command
        self.actor = actor
    }
}

/// P1: an unlock was taken on; its use is spent and its relock is owed from here.
package struct UnlockAccepted: Sendable, Codable, Equatable {
    package var obligation: Obligation
    package var actor: ChangeActor

    package init(obligation: Obligation, actor: ChangeActor) {
        self.obligation = obligation
        self.actor = actor
    }
}

/// An accepted unlock that never went to the lock; its use is given back.
package struct UnlockCancelled: Sendable, Codable, Equatable {
    package var lock: LockID
    package var operation: OperationNumber
    package var command: CommandReference?
    package var reason: Reason

    package init(lock: LockID, operation: OperationNumber, command: CommandReference?, reason: Reason) {
        self.lock = lock
        self.operation = operation
        self.command = command
        self.reason = reason
    }
}

/// An unlock that reached the lock and did not end as asked; the relock goes on.
package struct OperationFailure: Sendable, Codable, Equatable {
    package var lock: LockID
    package var operation: OperationNumber
    package var command: CommandReference?
    /// `failed` or `unknown`.
    package var outcome: OperationOutcome
    package var reason: Reason

    package init(lock: LockID, operation: OperationNumber, command: CommandReference?, outcome: OperationOutcome, reason: Reason) {
        self.lock = lock
        self.operation = operation
        self.command = command
        self.outcome = outcome
        self.reason = reason
    }
}

/// The events that tell a change of bolt or door (`bus`, Events).
package enum LockEvent: String, Sendable, Codable, CaseIterable {
    case unlocked = "lock.unlocked"
    case unlatched = "lock.unlatched"
    /// A lock that ended an obligation.
    case relocked = "lock.relocked"
    /// Any other lock.
    case locked = "lock.locked"
    case jammed = "lock.jammed"
    case notFullyLocked = "lock.notFullyLocked"
    case stateUnknown = "lock.stateUnknown"
    case foundOpen = "lock.foundOpen"
    case unsolicitedUnlock = "lock.unsolicitedUnlock"
    case doorOpened = "door.opened"
    case doorClosed = "door.closed"
    case doorAjar = "door.ajar"
    case doorForced = "door.forced"
}

/// A bolt or door that changed.
package struct LockChange: Sendable, Codable, Equatable {
    package var event: LockEvent
    package var lock: LockID
    package var adapter: AdapterName
    package var bolt: BoltState
    package var door: DoorState
    /// The bolt before.
    package var previous: BoltState
    package var source: ChangeSource
    package var actor: ChangeActor
    package var confirmedBy: ConfirmedBy?
    package var observedAt: Timestamp
    /// The operation that made it, if one of ours.
    package var operation: OperationNumber?
    package var command: CommandReference?
    /// `relocked`: the obligations it ended.
    package var ended: [OperationNumber]

    package init(
        event: LockEvent, lock: LockID, adapter: AdapterName, bolt: BoltState, door: DoorState, previous: BoltState, source: ChangeSource,
        actor: ChangeActor, confirmedBy: ConfirmedBy?, observedAt: Timestamp, operation: OperationNumber? = nil,
        command: CommandReference? = nil, ended: [OperationNumber] = []
    ) {
        self.event = event
        self.lock = lock
        self.adapter = adapter
        self.bolt = bolt
        self.door = door
        self.previous = previous
        self.source = source
        self.actor = actor
        self.confirmedBy = confirmedBy
        self.observedAt = observedAt
        self.operation = operation
        self.command = command
        self.ended = ended
    }
}

/// Why an alarm stands over a lock.
package enum AlarmReason: String, Sendable, Codable, CaseIterable {
    /// The gateway started with this relock owed.
    case abortedByRestart
    /// The relock is past its time.
    case relockOverdue
    case doorOpen
    case lockJammed
    case batteryCritical
    case lockOffline
    /// It unlocked by a remote command that nobody gave here.
    case unsolicitedUnlock
}

/// An alarm raised or cleared.
package struct LockAlarm: Sendable, Codable, Equatable {
    package var lock: LockID
    package var reason: AlarmReason

    package init(lock: LockID, reason: AlarmReason) {
        self.lock = lock
        self.reason = reason
    }
}

/// What the operator takes on: from here nothing is owed on the lock, whatever its bolt does.
package struct LockRelease: Sendable, Codable, Equatable {
    package var lock: LockID
    /// The obligations it ends.
    package var operations: [OperationNumber]
    /// Why, in the operator's words; kept in the record alone.
    package var note: String

    package init(lock: LockID, operations: [OperationNumber], note: String) {
        self.lock = lock
        self.operations = operations
        self.note = note
    }
}

/// The events that tell whether a lock can be reached and has power.
package enum DeviceEvent: String, Sendable, Codable, CaseIterable {
    case online = "device.online"
    case offline = "device.offline"
    case batteryOK = "battery.ok"
    case batteryLow = "battery.low"
    case batteryCritical = "battery.critical"
}

/// A lock that came, went, or ran low.
package struct DeviceChange: Sendable, Codable, Equatable {
    package var event: DeviceEvent
    package var lock: LockID
    package var reason: Reason?
    package var battery: Battery?

    package init(event: DeviceEvent, lock: LockID, reason: Reason? = nil, battery: Battery? = nil) {
        self.event = event
        self.lock = lock
        self.reason = reason
        self.battery = battery
    }
}

/// The journal's rows as they were after one record, by their hashes, signed: where a later start begins to verify.
package struct JournalSnapshot: Sendable, Codable, Equatable {
    /// A table of rows and the SHA-256 over them, in the order of their keys.
    package struct Projection: Sendable, Codable, Equatable {
        package var name: String
        package var digest: Digest

        package init(name: String, digest: Digest) {
            self.name = name
            self.digest = digest
        }
    }

    /// The last record the rows were made from, which is before the snapshot's own.
    package var after: Int64
    /// The head after it.
    package var head: Digest
    package var projections: [Projection]
    /// Base64url, by the gateway's key.
    package var signature: String

    package init(after: Int64, head: Digest, projections: [Projection], signature: String) {
        self.after = after
        self.head = head
        self.projections = projections
        self.signature = signature
    }
}
