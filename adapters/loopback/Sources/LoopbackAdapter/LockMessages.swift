import AdapterProtocol
import LockModel
import WireBytes

/// What the adapter says to the virtual locks: the part of the stand-in protocol that goes over a lock's own link.
struct LockRequest: JSONWritable, Sendable {
    enum Verb: String {
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

    func write(to json: inout JSONWriter) throws(JSONEncodingError) {
        json.beginObject()
        json.member("do", `do`.rawValue)
        json.member("lock", lock)
        try json.member("n", n)
        json.member("action", action?.rawValue)
        try json.member("openSeconds", openSeconds)
        json.member("operation", operation)
        json.member("armed", armed)
        try json.member("seconds", seconds)
        try json.member("after", after)
        json.endObject()
    }
}

/// A lock's answer.
struct LockAnswer: JSONReadable, Sendable {
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

    init(json: JSONObject) throws(JSONDecodingError) {
        ok = try json.requiredBool("ok")
        error = try json.optionalText("error")
        bolt = try json.optionalWord("bolt")
        door = try json.optionalWord("door")
        jammed = try json.optionalBool("jammed")
        battery = try json.optional("battery")
        autoRelock = try json.optional("autoRelock")
        logHead = try json.optionalInteger("logHead")
        outcome = try json.optionalWord("outcome")
        reason = try json.optionalWord("reason")
        capabilities = try json.optional("capabilities")
    }
}

/// A change a lock tells unasked.
struct ToldChange: JSONReadable, Sendable {
    var lock: String
    var bolt: BoltState
    var door: DoorState
    var source: ChangeSource
    var actor: ChangeActor?
    /// The operation behind it, where one was.
    var operation: String?
    var logIndex: Int
    var epoch: String

    init(json: JSONObject) throws(JSONDecodingError) {
        lock = try json.requiredText("lock")
        bolt = try json.requiredWord("bolt")
        door = try json.requiredWord("door")
        source = try json.requiredWord("source")
        actor = try json.optional("actor", as: Actor.self)?.actor
        operation = try json.optionalText("operation")
        logIndex = try json.requiredInteger("logIndex")
        epoch = try json.requiredText("epoch")
    }

    /// Who made it, as it stands on the line.
    private struct Actor: JSONReadable {
        let actor: ChangeActor

        init(json: JSONObject) throws(JSONDecodingError) {
            actor = ChangeActor(kind: try json.requiredWord("kind"), ref: try json.optionalText("ref"))
        }
    }
}
