import LockModel

/// What an obligation looks like to an operator.
package struct ObligationView: Sendable, Codable, Equatable {
    package var lock: LockID
    package var since: Timestamp
    package var relockBy: Timestamp
    package var unlocked: Bool
    package var retailer: PrincipalID?

    package init(_ obligation: Obligation) {
        lock = obligation.lock
        since = obligation.since
        relockBy = obligation.relockBy
        unlocked = obligation.unlocked
        retailer = obligation.command?.issuer
    }
}

/// One lock as the command line shows it.
package struct LockView: Sendable, Codable, Equatable {
    package var lock: LockID
    package var title: String?
    package var adapter: AdapterName
    /// `unread closed accepted unlocking unlocked relocking`
    package var phase: String
    package var bolt: BoltState
    package var door: DoorState
    package var battery: Battery
    package var online: Bool
    package var alarm: AlarmReason?
    package var confirmedBy: ConfirmedBy?
    package var observedAt: Timestamp?
    package var relockAssurance: RelockAssurance?
    package var relockWaiver: String?
    package var maximumOpenSeconds: Int
    package var waiting: Int
    package var owed: [ObligationView]
    package var capabilities: LockCapabilities?
    /// As its adapter told when it took the lock on.
    package var model: String?
    package var firmware: String?
    /// The lock's own, as last read.
    package var autoRelock: AutoRelock?
    package var alwaysLocked = false
    /// Who wrote the waiver, and when.
    package var waived: WaiverMark?
    /// The last result of each case it was tried in.
    package var proof: [ProvenCase]?
    /// The case it is being tried in now.
    package var proving: ProofCase?
    /// How it was last measured since the gateway's start.
    package var survey: SurveyView?

    package init(
        lock: LockID, title: String?, adapter: AdapterName, phase: String, bolt: BoltState, door: DoorState, battery: Battery, online: Bool,
        alarm: AlarmReason?, confirmedBy: ConfirmedBy?, observedAt: Timestamp?, relockAssurance: RelockAssurance?, relockWaiver: String?,
        maximumOpenSeconds: Int, waiting: Int, owed: [ObligationView], capabilities: LockCapabilities?
    ) {
        self.lock = lock
        self.title = title
        self.adapter = adapter
        self.phase = phase
        self.bolt = bolt
        self.door = door
        self.battery = battery
        self.online = online
        self.alarm = alarm
        self.confirmedBy = confirmedBy
        self.observedAt = observedAt
        self.relockAssurance = relockAssurance
        self.relockWaiver = relockWaiver
        self.maximumOpenSeconds = maximumOpenSeconds
        self.waiting = waiting
        self.owed = owed
        self.capabilities = capabilities
    }
}

/// `lock.list`'s answer.
package struct LockList: Sendable, Codable, Equatable {
    package var locks: [LockView]
    /// Ask for those after this one; `nil` on the last page.
    package var next: LockID?

    package init(locks: [LockView], next: LockID? = nil) {
        self.locks = locks
        self.next = next
    }
}

/// `principal.list`'s answer.
package struct PrincipalList: Sendable, Codable, Equatable {
    package var principals: [Principal]
    package init(principals: [Principal]) { self.principals = principals }
}

/// One grant as the command line shows it.
package struct GrantView: Sendable, Codable, Equatable {
    package var grant: Grant
    package var status: String
    package var usesLeft: Int

    package init(grant: Grant, status: String, usesLeft: Int) {
        self.grant = grant
        self.status = status
        self.usesLeft = usesLeft
    }
}

/// `grant.list`'s answer.
package struct GrantList: Sendable, Codable, Equatable {
    package var grants: [GrantView]
    /// Ask for those after this one; `nil` on the last page.
    package var next: TokenID?

    package init(grants: [GrantView], next: TokenID? = nil) {
        self.grants = grants
        self.next = next
    }
}

/// One child process as the command line shows it.
package struct ChildView: Sendable, Codable, Equatable {
    package var name: String
    /// `starting up down quarantined`
    package var state: String
    package var version: String?
    package var pid: Int?
    package var restarts: Int
    /// Why it last went down.
    package var cause: String?
    /// Its locks, or for a bus its principals.
    package var serves: [String]
    /// How many it has; `serves` names as many as a line has room for.
    package var servesCount: Int
    /// The walls around its process, in words.
    package var walls: [String]
    /// Those it goes without, each with the reason.
    package var weaknesses: [String]
    /// What it asks for and was not accepted yet; it does not run meanwhile.
    package var wants: [String]
    /// The version that was added and waits to be accepted, while the one before it runs on.
    package var next: String?

    package init(
        name: String, state: String, version: String?, pid: Int?, restarts: Int, cause: String?, serves: [String], servesCount: Int,
        walls: [String] = [], weaknesses: [String] = [], wants: [String] = []
    ) {
        self.name = name
        self.state = state
        self.version = version
        self.pid = pid
        self.restarts = restarts
        self.cause = cause
        self.serves = serves
        self.servesCount = servesCount
        self.walls = walls
        self.weaknesses = weaknesses
        self.wants = wants
    }
}

/// `adapter.list`'s answer.
package struct ChildList: Sendable, Codable, Equatable {
    package var adapters: [ChildView]
    package init(adapters: [ChildView]) { self.adapters = adapters }
}

/// `status`'s answer.
package struct StatusView: Sendable, Codable, Equatable {
    package var gateway: String
    package var version: String
    package var startedAt: Timestamp
    package var clock: ClockView
    package var frozen: Bool
    /// Why it is frozen, in a sentence, and what to do about it.
    package var frozenBecause: String?
    package var frozenRemedy: String?
    /// Unlocks are refused until `drain` is ended.
    package var draining: Bool
    package var commissioned: Bool
    package var records: Int64
    /// How many locks there are.
    package var lockCount: Int
    /// Of them, how many are online, read and ready for a command.
    package var readyLocks: Int
    /// The locks that need somebody most: as many as fit.
    package var locks: [LockView]
    package var buses: [ChildView]
    package var adapters: [ChildView]
    package var radios: [RadioView]

    package init(
        gateway: String, version: String, startedAt: Timestamp, clock: ClockView, frozen: Bool, frozenBecause: String? = nil,
        frozenRemedy: String? = nil, draining: Bool, commissioned: Bool, records: Int64, lockCount: Int, readyLocks: Int,
        locks: [LockView], buses: [ChildView], adapters: [ChildView], radios: [RadioView] = []
    ) {
        self.radios = radios
        self.gateway = gateway
        self.version = version
        self.startedAt = startedAt
        self.clock = clock
        self.frozen = frozen
        self.frozenBecause = frozenBecause
        self.frozenRemedy = frozenRemedy
        self.draining = draining
        self.commissioned = commissioned
        self.records = records
        self.lockCount = lockCount
        self.readyLocks = readyLocks
        self.locks = locks
        self.buses = buses
        self.adapters = adapters
    }
}

/// One radio as the command line shows it.
package struct RadioView: Sendable, Codable, Equatable {
    package var hci: String
    /// `up recovering absent starting down`
    package var state: String
    /// Why it is not up, or what is not right although it is.
    package var cause: String?
    /// Address and make, or what went wrong.
    package var controller: String?

    package init(hci: String, state: String, cause: String?, controller: String?) {
        self.hci = hci
        self.state = state
        self.cause = cause
        self.controller = controller
    }
}

/// `audit.verify`'s answer.
package struct AuditView: Sendable, Codable, Equatable {
    /// Whether the journal is as it was written, as far as this gateway can know.
    package var good: Bool
    /// What is wrong with it, in a sentence, and what to do about it.
    package var because: String?
    package var remedy: String?
    /// Records in it.
    package var records: Int64
    package var erased: Int64
    /// The head after the last.
    package var head: Digest

    package init(good: Bool, because: String? = nil, remedy: String? = nil, records: Int64, erased: Int64, head: Digest) {
        self.good = good
        self.because = because
        self.remedy = remedy
        self.records = records
        self.erased = erased
        self.head = head
    }
}

/// `key.show`'s answer.
package struct KeyView: Sendable, Codable, Equatable {
    package var kid: String
    package var pem: String

    package init(kid: String, pem: String) {
        self.kid = kid
        self.pem = pem
    }
}
