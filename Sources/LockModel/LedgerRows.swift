/// A lock the gateway drives.
package struct LockEntry: Sendable, Codable, Equatable {
    package var lock: LockID
    package var adapter: AdapterName
    /// What people call it; never leaves the site.
    package var title: String?
    /// The longest any command may keep it unlocked.
    package var maximumOpenSeconds: Int
    /// The installer's recorded waiver: only the gateway relocks this door, and that is accepted.
    package var relockWaiver: String?
    /// Who wrote that waiver, and when; `nil` for one of before this was kept.
    package var waived: WaiverMark?
    /// A lock found open without an obligation is locked.
    package var alwaysLocked: Bool
    /// The last result of each case it was tried in, in the cases' order; `nil` where it never was.
    package var proof: [ProvenCase]?

    package init(
        lock: LockID, adapter: AdapterName, title: String? = nil, maximumOpenSeconds: Int = 300, relockWaiver: String? = nil,
        waived: WaiverMark? = nil, alwaysLocked: Bool = false, proof: [ProvenCase]? = nil
    ) {
        self.waived = waived
        self.proof = proof
        self.lock = lock
        self.adapter = adapter
        self.title = title
        self.maximumOpenSeconds = maximumOpenSeconds
        self.relockWaiver = relockWaiver
        self.alwaysLocked = alwaysLocked
    }
}

/// A grant with the token it came as.
package struct GrantEntry: Sendable, Codable, Equatable {
    package var grant: Grant
    /// The token as the resident signed it.
    package var token: String
    package var revokedAt: Timestamp?

    package init(grant: Grant, token: String, revokedAt: Timestamp? = nil) {
        self.grant = grant
        self.token = token
        self.revokedAt = revokedAt
    }
}

/// What was spent of a grant.
package struct GrantUses: Sendable, Codable, Equatable {
    /// A delivery's unlocks: the first is a use, each further one a re-entry.
    package struct Delivery: Sendable, Codable, Equatable {
        package var label: String
        package var unlocks: Int

        package init(label: String, unlocks: Int) {
            self.label = label
            self.unlocks = unlocks
        }
    }

    package var grant: TokenID
    /// Uses by commands that named no delivery.
    package var plain: Int
    package var deliveries: [Delivery]

    package init(grant: TokenID, plain: Int = 0, deliveries: [Delivery] = []) {
        self.grant = grant
        self.plain = plain
        self.deliveries = deliveries
    }

    /// Uses spent.
    package var spent: Int { plain + deliveries.count }

    /// Unlocks of that delivery so far; `nil` when it would be a use of its own.
    package func unlocks(of delivery: String?) -> Int? {
        guard let delivery else { return nil }
        return deliveries.first { $0.label == delivery }?.unlocks
    }
}

/// Everything a resident ever took back, as far as it can still matter.
package struct ResidentRevocations: Sendable, Codable, Equatable {
    package var resident: PrincipalID
    /// The highest counter seen in a revocation.
    package var lastSequence: Int64
    /// Every grant with a counter up to this one is revoked.
    package var allBefore: Int64
    /// Per retailer, every grant with a counter up to this one is revoked.
    package var retailers: [String: Int64]
    /// Revoked by id before they arrived; those that have arrived carry it themselves.
    package var grants: [TokenID]

    package init(resident: PrincipalID) {
        self.resident = resident
        lastSequence = -1
        allBefore = -1
        retailers = [:]
        grants = []
    }

    /// Takes a revocation in; in any order the result is the same.
    package mutating func add(_ revocation: Revocation) {
        lastSequence = max(lastSequence, revocation.residentSequence)
        if let all = revocation.allBefore { allBefore = max(allBefore, all) }
        for retailer in revocation.retailers { retailers[retailer.text] = max(retailers[retailer.text] ?? -1, revocation.residentSequence) }
        for grant in revocation.grants where !grants.contains(grant) { grants.append(grant) }
    }

    /// Whether it takes this grant back.
    package func covers(_ grant: Grant) -> Bool {
        grant.residentSequence <= allBefore || grants.contains(grant.id)
            || grant.residentSequence <= retailers[grant.retailer.text] ?? -1
    }
}

/// The trust list in force; its content is what the principals' rows say.
package struct TrustList: Sendable, Codable, Equatable {
    package var `operator`: PrincipalID
    /// `tseq`.
    package var sequence: Int64
    package var hash: Digest

    package init(operator: PrincipalID, sequence: Int64, hash: Digest) {
        self.operator = `operator`
        self.sequence = sequence
        self.hash = hash
    }
}

/// An accepted token's id, kept so that it is never accepted again.
package struct UsedID: Sendable, Codable, Equatable {
    package var issuer: PrincipalID
    package var id: TokenID
    /// Hash of the signing input it was accepted with.
    package var hash: Digest
    /// The record that holds the newest reply to it.
    package var record: Int64
    /// The boot whose clock `dropAfterBootMilliseconds` is on.
    package var bootID: String
    package var dropAfterBootMilliseconds: Int64

    package init(issuer: PrincipalID, id: TokenID, hash: Digest, record: Int64, bootID: String, dropAfterBootMilliseconds: Int64) {
        self.issuer = issuer
        self.id = id
        self.hash = hash
        self.record = record
        self.bootID = bootID
        self.dropAfterBootMilliseconds = dropAfterBootMilliseconds
    }
}

/// How far a principal's events got.
package struct EventCursor: Sendable, Codable, Equatable {
    package var principal: PrincipalID
    /// The last sequence assigned; the first is 1.
    package var assigned: Int64
    /// The last sequence whose PUBACK was recorded.
    package var acknowledged: Int64

    package init(principal: PrincipalID, assigned: Int64 = 0, acknowledged: Int64 = 0) {
        self.principal = principal
        self.assigned = assigned
        self.acknowledged = acknowledged
    }
}

/// A projection's row as one record leaves it; written in the transaction that appends the record.
package indirect enum LedgerChange: Sendable, Equatable {
    case principal(Principal)
    case lock(LockEntry)
    case lockRemoved(LockID)
    case grant(GrantEntry)
    case uses(GrantUses)
    case revocations(ResidentRevocations)
    case obligation(Obligation)
    case obligationEnded(OperationNumber)
    case usedID(UsedID)
    case usedIDDropped(PrincipalID, TokenID)
    case cursor(EventCursor)
    /// An alarm stands over a lock.
    case alarm(LockAlarm)
    case alarmEnded(LockID)
    case floor(TimeFloor)
    case trust(TrustList)
    case adapter(AdapterNeeds)
    case commissioned
}

/// Everything a start needs of the journal, without reading history.
package struct LedgerState: Sendable, Codable, Equatable {
    package var lastRecord: Int64
    package var lastOperation: Int64
    package var principals: [Principal]
    package var locks: [LockEntry]
    package var grants: [GrantEntry]
    package var uses: [GrantUses]
    package var revocations: [ResidentRevocations]
    package var obligations: [Obligation]
    package var usedIDs: [UsedID]
    package var cursors: [EventCursor]
    /// The alarms that stand, one per lock at most.
    package var alarms: [LockAlarm]
    /// What each adapter may have, as accepted.
    package var adapters: [AdapterNeeds]
    /// The trust list in force; `nil` before the first.
    package var trust: TrustList?
    /// What is known for certain about wall time; `nil` before the first record of trusted time.
    package var floor: TimeFloor?
    /// True once the installer handed the site over; unlocking by the installer has ended for good.
    package var isCommissioned: Bool

    package init(
        lastRecord: Int64 = 0, lastOperation: Int64 = 0, principals: [Principal] = [], locks: [LockEntry] = [], grants: [GrantEntry] = [],
        uses: [GrantUses] = [], revocations: [ResidentRevocations] = [], obligations: [Obligation] = [], usedIDs: [UsedID] = [],
        cursors: [EventCursor] = [], alarms: [LockAlarm] = [], floor: TimeFloor? = nil, trust: TrustList? = nil,
        adapters: [AdapterNeeds] = [],
        isCommissioned: Bool = false
    ) {
        self.lastRecord = lastRecord
        self.lastOperation = lastOperation
        self.principals = principals
        self.locks = locks
        self.grants = grants
        self.uses = uses
        self.revocations = revocations
        self.obligations = obligations
        self.usedIDs = usedIDs
        self.cursors = cursors
        self.alarms = alarms
        self.floor = floor
        self.trust = trust
        self.adapters = adapters
        self.isCommissioned = isCommissioned
    }
}

/// A record with the ledger's rows as it leaves them, to be written in one transaction.
package struct JournalEntry: Sendable, Equatable {
    package var record: Record
    package var changes: [LedgerChange]

    package init(record: Record, changes: [LedgerChange]) {
        self.record = record
        self.changes = changes
    }
}
