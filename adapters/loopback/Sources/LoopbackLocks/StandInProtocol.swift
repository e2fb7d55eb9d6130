import LockModel
import WireBytes

/// One line to the locks: `{"do": …, "lock": …, "n": …}` and what that verb needs. `n` is echoed in the answer.
///
/// `state`, `set`, `turn` and `hangup` are the stand-in protocol: they see and change the lock itself. `attach`, `drive`, `read`,
/// `configure` and `detach` are the lock's own radio, so to say: they fail where it is out of reach.
struct StandInRequest: Decodable {
    enum Verb: String, Decodable {
        case state, set, turn, hangup, attach, detach, drive, read, configure
    }

    /// The members of `set`; only those given are changed.
    struct Settings: Decodable {
        var door: DoorState?
        var jam: Bool?
        var stall: Bool?
        var refuse: Bool?
        var quiet: Bool?
        var unreachable: Bool?
        var ignoreRelock: Bool?
        var battery: Battery?
        var motorMilliseconds: Int?
        var secondMilliseconds: Int?
        var autoRelock: AutoRelock?
    }

    var `do`: Verb
    /// May be left out where there is one lock.
    var lock: String?
    var n: Int?
    // drive, turn
    var action: MotorAction?
    var openSeconds: Int?
    var operation: String?
    var source: ChangeSource?
    var slot: Int?
    // configure
    var armed: Bool?
    var seconds: Int?
    // attach
    var after: Int?
}

/// The answer to any verb.
struct StandInAnswer: Encodable {
    var ok: Bool
    var n: Int?
    var error: String?
    var state: LockState?
    var outcome: OperationOutcome?
    var reason: Reason?
    var capabilities: LockCapabilities?

    /// The lock as it is, with what it counted.
    struct LockState: Encodable {
        var bolt: BoltState
        var door: DoorState
        var motorRunning: Bool
        var drives: Int
        var moves: Int
        var codes: [String] = []
        var keys: [String] = []
        var autoRelock: AutoRelock?
        var logHead: Int
        var links: Int
        var jammed: Bool
        var battery: Battery

        init(_ lock: VirtualLock, links: Int) {
            bolt = lock.bolt
            door = lock.door
            motorRunning = lock.isMotorRunning
            drives = lock.drives
            moves = lock.moves
            autoRelock = lock.profile.autoRelock
            logHead = lock.logHead
            self.links = links
            jammed = lock.jammed
            battery = lock.profile.battery
        }
    }

    private enum Member: String, CodingKey {
        case ok, n, error, outcome, reason, capabilities
    }

    /// Writes the state's members beside the others.
    func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: Member.self)
        try members.encode(ok, forKey: .ok)
        try members.encodeIfPresent(n, forKey: .n)
        try members.encodeIfPresent(error, forKey: .error)
        try members.encodeIfPresent(outcome, forKey: .outcome)
        try members.encodeIfPresent(reason, forKey: .reason)
        try members.encodeIfPresent(capabilities, forKey: .capabilities)
        try state?.encode(to: encoder)
    }

    static func refused(_ error: String, _ n: Int?) -> StandInAnswer { StandInAnswer(ok: false, n: n, error: error) }
}

/// What attached adapters are told unasked.
struct StandInEvent: Encodable {
    struct Actor: Encodable {
        var kind = "keypadUser"
        var ref: String
    }

    var event = "changed"
    var lock: String
    var bolt: BoltState
    var door: DoorState
    var source: ChangeSource
    var actor: Actor?
    var operation: String?
    var logIndex: Int
    var epoch: String

    init(_ change: VirtualLock.Change, of lock: String, epoch: String) {
        self.lock = lock
        bolt = change.bolt
        door = change.door
        source = change.source
        actor = change.slot.map { Actor(ref: String($0)) }
        operation = change.operation
        logIndex = change.logIndex
        self.epoch = epoch
    }
}
