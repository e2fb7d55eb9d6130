import LockModel

/// What was seen while a case was tried, and what that comes to.
///
/// Pure: it is told what the lock's readings and the gateway's own records say, and never what the installer claims to have done. A case whose
/// trouble was never seen is *not shown*, whatever the end.
struct ProofJudge {
    let proof: ProofCase
    /// What was to lock it, before it was opened.
    let assurance: RelockAssurance?
    private(set) var sawDoorOpen = false
    /// The door was open when the lock was due.
    private(set) var wasOpenWhenDue = false
    private(set) var sawJam = false
    private(set) var wasCut = false
    private var alarms: Set<AlarmReason> = []
    private var boltInOpenAir = false
    /// It was kept out of reach for as long as its own relock would take.
    private var isBack = false
    /// The gateway's own order to lock reached it after that; or before, since it came back too soon.
    private var wasDriven = false
    private var wasBackEarly = false

    init(_ proof: ProofCase, assurance: RelockAssurance?) {
        self.proof = proof
        self.assurance = assurance
    }

    /// The lock as it is known now; `isDue`: it is to be locked.
    mutating func saw(bolt: BoltState, door: DoorState, jammed: Bool, isOnline: Bool, isDue: Bool) {
        if door.isOpen {
            sawDoorOpen = true
            if isDue { wasOpenWhenDue = true }
            if bolt == .locked { boltInOpenAir = true }
        }
        if jammed { sawJam = true }
        if !isOnline { wasCut = true }
    }

    mutating func alarmed(_ reason: AlarmReason) {
        alarms.insert(reason)
        if reason == .lockJammed { sawJam = true }
        if reason == .lockOffline { wasCut = true }
    }

    /// An order of the gateway's to lock reached the lock.
    mutating func drove(door: DoorState) {
        if door.isOpen { boltInOpenAir = true }
        if wasCut { if isBack { wasDriven = true } else { wasBackEarly = true } }
    }

    /// The lock may be reached again: its own relock had its time.
    mutating func restored() { isBack = true }

    /// Whether the alarm that the case is about stands, or stood.
    var hasAlarm: Bool {
        switch proof {
        case .shut: false
        case .ajar: alarms.contains(.doorOpen)
        case .blocked: alarms.contains(.lockJammed)
        case .radioCut: !alarms.isDisjoint(with: [.lockOffline, .relockOverdue])
        }
    }

    /// What it comes to, once the lock itself said locked.
    var verdict: (result: ProvenCase.Result, cause: ProvenCase.Cause?) {
        if boltInOpenAir { return (.failed, .boltInOpenAir) }
        switch proof {
        case .shut: return (.held, nil)
        case .ajar:
            if !wasOpenWhenDue { return (.notShown, .doorNotOpened) }
            return hasAlarm ? (.held, nil) : (.failed, .noAlarm)
        case .blocked:
            if !sawJam { return (.notShown, .boltNotBlocked) }
            return hasAlarm ? (.held, nil) : (.failed, .noAlarm)
        case .radioCut:
            if !wasCut { return (.notShown, .linkNotCut) }
            if assurance == .gatewayOnly { return hasAlarm ? (.held, nil) : (.failed, .noAlarm) }
            if wasBackEarly { return (.notShown, .linkNotCut) }
            return wasDriven ? (.failed, .stayedOpen) : (.held, nil)
        }
    }
}
