import AdapterProtocol
import LockModel
import WireBytes

/// One line to the locks: `{"do": …, "lock": …, "n": …}` and what that verb needs. `n` is echoed in the answer.
///
/// `state`, `set`, `turn` and `hangup` are the stand-in protocol: they see and change the lock itself. `attach`, `drive`, `read`,
/// `configure` and `detach` are the lock's own radio, so to say: they fail where it is out of reach.
struct StandInRequest: JSONReadable {
    enum Verb: String {
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

    init(json: JSONObject) throws(JSONDecodingError) {
        `do` = try json.requiredWord("do")
        lock = try json.optionalText("lock")
        n = try json.optionalInteger("n")
        action = try json.optionalWord("action")
        openSeconds = try json.optionalInteger("openSeconds")
        operation = try json.optionalText("operation")
        source = try json.optionalWord("source")
        slot = try json.optionalInteger("slot")
        armed = try json.optionalBool("armed")
        seconds = try json.optionalInteger("seconds")
        after = try json.optionalInteger("after")
    }
}

/// The answer to any verb.
struct StandInAnswer: JSONWritable {
    var ok: Bool
    var n: Int?
    var error: String?
    var state: LockState?
    var outcome: OperationOutcome?
    var reason: Reason?
    var capabilities: LockCapabilities?

    /// The lock as it is, with what it counted.
    struct LockState {
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

        func write(to json: inout JSONWriter) throws(JSONEncodingError) {
            json.member("bolt", bolt.rawValue)
            json.member("door", door.rawValue)
            json.member("motorRunning", motorRunning)
            try json.member("drives", drives)
            try json.member("moves", moves)
            json.member("codes", texts: codes)
            json.member("keys", texts: keys)
            try json.member("autoRelock", autoRelock)
            try json.member("logHead", logHead)
            try json.member("links", links)
            json.member("jammed", jammed)
            try json.member("battery", battery)
        }
    }

    /// Writes the state's members beside the others.
    func write(to json: inout JSONWriter) throws(JSONEncodingError) {
        json.beginObject()
        json.member("ok", ok)
        try json.member("n", n)
        json.member("error", error)
        json.member("outcome", outcome?.rawValue)
        json.member("reason", reason?.rawValue)
        try json.member("capabilities", capabilities)
        try state?.write(to: &json)
        json.endObject()
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

/// A radio notices that a lock has gone out of its reach: what attached adapters are told then.
struct StandInLoss: Encodable {
    var event = "lost"
    var lock: String

    init(_ lock: String) { self.lock = lock }
}
