import LockModel

/// Everything the machine ever wants done.
///
/// `CommitMachine` decides when: what keeps doors shut goes at once; what grants access, or tells of it, waits for its record.
package indirect enum Effect: Sendable, Equatable {
    // Recorded
    case append(JournalEntry)

    // Safety: at once
    /// To lock, at once; to unlock, only if the operation's acceptance is durable, and otherwise never.
    case drive(LockID, OperationNumber, MotorAction, timedSeconds: Int?, ttlMilliseconds: Int)
    case read(LockID, Int64)
    case drop(LockID)
    case timer(LockID, LockTimer, atBootMilliseconds: Int64?)
    case alarm(LockID, AlarmReason, raised: Bool)
    /// Check a signature with the key, then say `verified` with the ticket. Grants nothing by itself.
    case verify(Int64, TokenEnvelope, PrincipalKey)
    case frozen

    // After the commit
    case reply(ReplyDestination, Reply)
    /// Send the stored answer to a token that came again: the newest reply to this id, from that record.
    case replyStored(ReplyDestination, PrincipalID, TokenID, record: Int64)
    case notice(Notice)
    case snapshot(LockID, PrincipalID, BusName, LockSnapshot?)
    case grantStatus(GrantStatus, PrincipalID, BusName)
    /// The nonce that commands of this principal should echo; `nil` clears it.
    case challenge(String?, PrincipalID, BusName)
    /// A page of what is retained is out, up to this lock: say `republish` when the bus has room for more.
    case republished(BusName, through: LockID)
    /// The lock is in the ledger: have its adapter take it on.
    case attach(LockEntry)
    /// The lock is in no ledger any more: part from it, and forget what was kept of it.
    case detach(LockEntry)
    /// Work out when the grant's weekly windows are open, then say `expanded`.
    case expand(Grant)
}

/// The retained notice of an owed relock, or its clearing.
package struct Notice: Sendable, Equatable {
    package var lock: LockID
    package var principal: PrincipalID
    package var bus: BusName
    /// `nil` clears.
    package var owed: Owed?
    /// Say `noticeAcknowledged` for this operation when the broker has it.
    package var acknowledges: OperationNumber?

    package struct Owed: Sendable, Codable, Equatable {
        package var relockBy: Timestamp
        package var since: Timestamp

        package init(relockBy: Timestamp, since: Timestamp) {
            self.relockBy = relockBy
            self.since = since
        }
    }

    package init(lock: LockID, principal: PrincipalID, bus: BusName, owed: Owed?, acknowledges: OperationNumber? = nil) {
        self.lock = lock
        self.principal = principal
        self.bus = bus
        self.owed = owed
        self.acknowledges = acknowledges
    }
}

/// A grant as its retailer and its resident see it, retained.
package struct GrantStatus: Sendable, Codable, Equatable {
    package enum State: String, Sendable, Codable {
        case installed, expiring, usedUp, revoked, expired
    }

    package var status: State
    package var hash: Digest
    package var lock: LockID
    package var nbf: Timestamp
    package var exp: Timestamp
    package var windows: [GrantWindow]?
    package var openSeconds: Int
    package var usesLeft: Int
    package var at: Timestamp
    /// The token as the resident signed it.
    package var grant: String
    /// Its id, which is the topic's last level and not part of the payload.
    package var id: TokenID

    package init(entry: GrantEntry, spent: Int, status: State, at: Timestamp) {
        self.status = status
        hash = entry.grant.hash
        lock = entry.grant.lock
        nbf = entry.grant.notBefore
        exp = entry.grant.expires
        windows = entry.grant.windows
        openSeconds = entry.grant.openSeconds
        usesLeft = max(0, entry.grant.maxUses - spent)
        self.at = at
        grant = entry.token
        id = entry.grant.id
    }
}
