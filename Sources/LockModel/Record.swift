/// One line of the append-only record: what happened, when, to whom it is told, and what was answered.
///
/// Its JSON form is the content R of the hash chain; it is written once and never serialised again (`decisions`, Records).
package struct Record: Sendable, Equatable {
    /// One message's newest answer, kept so that the same message again gets the same bytes.
    package struct Answer: Sendable, Codable, Equatable {
        package var principal: PrincipalID
        package var reply: Reply

        package init(principal: PrincipalID, reply: Reply) {
            self.principal = principal
            self.reply = reply
        }
    }

    /// A principal's number for this record's event.
    package struct Addressee: Sendable, Codable, Equatable {
        package var principal: PrincipalID
        package var sequence: Int64

        package init(principal: PrincipalID, sequence: Int64) {
            self.principal = principal
            self.sequence = sequence
        }
    }

    /// `n`, from 1 without gaps.
    package var number: Int64
    package var at: Timestamp
    package var bootMilliseconds: Int64
    package var timeTrust: TimeTrust
    package var body: RecordBody
    /// The resident whose key seals the content; `nil` for the site's.
    package var owner: PrincipalID?
    package var addressees: [Addressee]
    package var answers: [Answer]

    package init(
        number: Int64, at: Timestamp, bootMilliseconds: Int64, timeTrust: TimeTrust, body: RecordBody, owner: PrincipalID? = nil,
        addressees: [Addressee] = [], answers: [Answer] = []
    ) {
        self.number = number
        self.at = at
        self.bootMilliseconds = bootMilliseconds
        self.timeTrust = timeTrust
        self.body = body
        self.owner = owner
        self.addressees = addressees
        self.answers = answers
    }
}

/// What a record says happened.
package indirect enum RecordBody: Sendable, Equatable {
    case gatewayStarted(GatewayStart)
    case gatewayStopped
    case snapshotTaken(JournalSnapshot)
    case handedOver
    case clockChanged(ClockChange)
    case clockAccepted(ClockAccepted)
    case principalAdded(Principal)
    /// Its keys or its suspension changed; the value is the whole principal as it is now.
    case principalChanged(Principal)
    /// The operator's list of who is trusted was taken; what it changed follows in records of their own.
    case trustAccepted(TrustList)
    /// Somebody at the gateway accepted what an adapter asks for.
    case adapterAccepted(AdapterNeeds)
    case lockAdded(LockEntry)
    case lockRemoved(LockReference)
    /// Its settings changed; the value is the whole entry as it is now.
    case lockSet(LockEntry)
    /// Another device took its place, or the same one new keys; the value is the whole entry as it is now.
    case lockReplaced(LockEntry)
    /// It was tried before it is handed over, in one case.
    case lockProved(LockProof)
    /// The operator took on what was owed on a lock: its obligations and its alarm end without a reading that says locked.
    case lockReleased(LockRelease)
    case grantInstalled(GrantEntry)
    /// A resident took back what the revocation names, present or not yet arrived.
    case revocationAccepted(Revocation)
    /// One grant that a revocation ended: the event its retailer sees.
    case grantRevoked(GrantReference)
    /// A `check` or `dryRun`: it spent its id and nothing else.
    case commandAnswered(CommandReference)
    case lockAccepted(LockAccepted)
    /// P1.
    case unlockAccepted(UnlockAccepted)
    /// `neverSent`: nothing went to the lock.
    case unlockCancelled(UnlockCancelled)
    case operationFailed(OperationFailure)
    case lockChanged(LockChange)
    case alarmRaised(LockAlarm)
    case alarmCleared(LockAlarm)
    case deviceChanged(DeviceChange)

    /// The record's kind: the event's name where it is an event, else a name of its own.
    package var kind: String {
        switch self {
        case .gatewayStarted: "gateway.started"
        case .gatewayStopped: "gateway.stopped"
        case .snapshotTaken: "gateway.snapshot"
        case .handedOver: "gateway.handedOver"
        case .clockChanged(let change): change.trust == .trusted ? "gateway.clockTrusted" : "gateway.clockUntrusted"
        case .clockAccepted: "gateway.clockAccepted"
        case .principalAdded: "principal.added"
        case .principalChanged: "principal.changed"
        case .trustAccepted: "principal.trustAccepted"
        case .adapterAccepted: "adapter.accepted"
        case .lockAdded: "lock.added"
        case .lockRemoved: "lock.removed"
        case .lockSet: "lock.settingsChanged"
        case .lockReplaced: "lock.replaced"
        case .lockProved: "lock.proved"
        case .lockReleased: "lock.released"
        case .grantInstalled: "grant.installed"
        case .revocationAccepted: "grant.revocationAccepted"
        case .grantRevoked: "grant.revoked"
        case .commandAnswered: "command.answered"
        case .lockAccepted: "lock.lockAccepted"
        case .unlockAccepted: "lock.unlockAccepted"
        case .unlockCancelled: "lock.unlockCancelled"
        case .operationFailed: "lock.operationFailed"
        case .lockChanged(let change): change.event.rawValue
        case .alarmRaised: "lock.alarmRaised"
        case .alarmCleared: "lock.alarmCleared"
        case .deviceChanged(let change): change.event.rawValue
        }
    }

    /// The lock it is about, if one.
    package var lock: LockID? {
        switch self {
        case .gatewayStarted, .gatewayStopped, .snapshotTaken, .handedOver, .clockChanged, .clockAccepted, .principalAdded,
            .principalChanged,
            .trustAccepted, .adapterAccepted, .revocationAccepted, .commandAnswered:
            nil
        case .lockAdded(let entry), .lockSet(let entry), .lockReplaced(let entry): entry.lock
        case .lockProved(let proof): proof.lock
        case .lockReleased(let release): release.lock
        case .lockRemoved(let reference): reference.lock
        case .grantInstalled(let entry): entry.grant.lock
        case .grantRevoked(let reference): reference.lock
        case .lockAccepted(let accepted): accepted.lock
        case .unlockAccepted(let accepted): accepted.obligation.lock
        case .unlockCancelled(let cancelled): cancelled.lock
        case .operationFailed(let failure): failure.lock
        case .lockChanged(let change): change.lock
        case .alarmRaised(let alarm), .alarmCleared(let alarm): alarm.lock
        case .deviceChanged(let change): change.lock
        }
    }
}
