import LockModel

/// What the adapter says to the virtual locks: the part of the stand-in protocol that goes over a lock's own link.
struct LockRequest: Encodable, Sendable {
    enum Verb: String, Encodable {
        case attach, detach, drive, read, configure
    }

    var `do`: Verb
    var lock: String
    var n: Int?
    var action: MotorAction?
    var openSeconds: Int?
    var operation: String?
    var armed: Bool?
    var seconds: Int?
    /// The last log entry seen, for those that came while there was no link.
    var after: Int?

    init(_ verb: Verb, _ lock: String) {
        `do` = verb
        self.lock = lock
    }
}

/// A lock's answer.
struct LockAnswer: Decodable, Sendable {
    var ok: Bool
    var error: String?
    var bolt: BoltState?
    var door: DoorState?
    var jammed: Bool?
    var battery: Battery?
    var autoRelock: AutoRelock?
    var logHead: Int?
    var outcome: OperationOutcome?
    var reason: Reason?
    var capabilities: LockCapabilities?
}

/// A change a lock tells unasked.
struct LockChange: Decodable, Sendable {
    var lock: String
    var bolt: BoltState
    var door: DoorState
    var source: ChangeSource
    var actor: ChangeActor?
    /// The operation behind it, where one was.
    var operation: String?
    var logIndex: Int
    var epoch: String
}
