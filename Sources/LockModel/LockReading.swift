/// Where the bolt is.
public enum BoltState: String, Sendable, Codable, CaseIterable {
    case locked, unlocked, unlatched, moving, notFullyLocked, unknown
}

/// Where the door is, by its contact.
public enum DoorState: String, Sendable, Codable, CaseIterable {
    case open, closed, ajar, forced, unknown, absent

    /// True while a bolt thrown now would meet the open air.
    public var isOpen: Bool {
        switch self {
        case .open, .ajar, .forced: true
        case .closed, .unknown, .absent: false
        }
    }
}

/// How an adapter knows what it says about a bolt.
public enum ConfirmedBy: String, Sendable, Codable, CaseIterable {
    case bolt, boltAndDoor, lockReport, vendorReport, assumed

    /// True where the lock itself was asked, so that a relock obligation may end by it.
    public var endsObligation: Bool {
        switch self {
        case .bolt, .boltAndDoor, .lockReport: true
        case .vendorReport, .assumed: false
        }
    }
}

/// What made a bolt or door change.
public enum ChangeSource: String, Sendable, Codable, CaseIterable {
    case manual, keypad, remote, auto, schedule, button, rfid, biometric, unspecified
}

/// Who made a change, as far as the lock can tell.
public struct ChangeActor: Sendable, Codable, Equatable {
    /// The kinds of actor the bus contract knows.
    public enum Kind: String, Sendable, Codable, CaseIterable {
        case resident, retailer, courier, installer, automation, keypadUser, unknown
    }

    /// What kind of actor.
    public var kind: Kind
    /// A pseudonym: a principal's name, or a keypad slot.
    public var ref: String?

    /// An actor, by kind and pseudonym.
    public init(kind: Kind, ref: String? = nil) {
        self.kind = kind
        self.ref = ref
    }
}

/// A lock's battery.
public struct Battery: Sendable, Codable, Equatable {
    /// What the lock says of its charge.
    public enum Level: String, Sendable, Codable, CaseIterable {
        case ok, low, critical, unknown
    }

    /// 0 to 100, where the lock knows.
    public var percent: Int?
    /// The lock's own judgement.
    public var level: Level
    /// The same of a separate keypad.
    public var keypadLevel: Level?

    /// A battery as reported.
    public init(percent: Int? = nil, level: Level, keypadLevel: Level? = nil) {
        self.percent = percent
        self.level = level
        self.keypadLevel = keypadLevel
    }
}

/// A lock's own auto-relock, as read from it.
public struct AutoRelock: Sendable, Codable, Equatable {
    /// Whether it will act.
    public var armed: Bool
    /// The delay set in the lock, also when not armed.
    public var seconds: Int
    /// Whether the delay starts only once its contact says closed.
    public var waitsForDoor: Bool

    /// An auto-relock setting as read.
    public init(armed: Bool, seconds: Int, waitsForDoor: Bool) {
        self.armed = armed
        self.seconds = seconds
        self.waitsForDoor = waitsForDoor
    }
}

/// A lock's state, read from the lock and not from a cache (`adapters-reference`, `lock.read`).
public struct LockReading: Sendable, Codable, Equatable {
    /// Where the bolt is.
    public var bolt: BoltState
    /// Where the door is; `absent` without a contact.
    public var door: DoorState
    /// Its battery; level `unknown` where it has none to tell.
    public var battery: Battery
    /// Whether the bolt is stuck.
    public var jammed: Bool
    /// Its auto-relock; `nil` where there is none.
    public var autoRelock: AutoRelock?
    /// Its firmware, where it tells.
    public var firmware: String?
    /// When the lock was asked, by the adapter's clock.
    public var observedAt: Timestamp
    /// How the adapter knows.
    public var confirmedBy: ConfirmedBy

    /// A reading with all its members.
    public init(
        bolt: BoltState, door: DoorState, battery: Battery, jammed: Bool, autoRelock: AutoRelock?, firmware: String? = nil,
        observedAt: Timestamp, confirmedBy: ConfirmedBy
    ) {
        self.bolt = bolt
        self.door = door
        self.battery = battery
        self.jammed = jammed
        self.autoRelock = autoRelock
        self.firmware = firmware
        self.observedAt = observedAt
        self.confirmedBy = confirmedBy
    }

    /// True only for a bolt read as locked, not stuck, by an adapter that asked the lock itself.
    public var isConfirmedLocked: Bool { bolt == .locked && !jammed && confirmedBy.endsObligation }
}

/// Something a lock did that nobody asked for through this gateway (`lock.observed`).
public struct LockObservation: Sendable, Codable, Equatable {
    /// The lock.
    public var lock: LockID
    /// The bolt after the event.
    public var bolt: BoltState
    /// The door after the event.
    public var door: DoorState
    /// The battery, where the event told.
    public var battery: Battery?
    /// What made it.
    public var source: ChangeSource
    /// Who made it.
    public var actor: ChangeActor?
    /// The lock's own log number; the same one again is the same event.
    public var logIndex: Int?
    /// Changes at a factory reset, when log numbers start again.
    public var epoch: String?
    /// When, by the adapter's clock, or by the lock's for a log entry.
    public var at: Timestamp
    /// `lock` where `at` is the lock's own time.
    public var clock: String?

    /// An observation with its state after the event.
    public init(
        lock: LockID, bolt: BoltState, door: DoorState, battery: Battery? = nil, source: ChangeSource, actor: ChangeActor? = nil,
        logIndex: Int? = nil, epoch: String? = nil, at: Timestamp, clock: String? = nil
    ) {
        self.lock = lock
        self.bolt = bolt
        self.door = door
        self.battery = battery
        self.source = source
        self.actor = actor
        self.logIndex = logIndex
        self.epoch = epoch
        self.at = at
        self.clock = clock
    }
}
