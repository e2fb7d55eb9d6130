import AdapterProtocol
import Journal
import LockModel
import WireBytes

/// An event as consumers read it: CloudEvents 1.0, structured JSON (CloudEvents JSON format 1.0.2, section 3).
struct CloudEvent: JSONWritable {
    var id: String
    var source: String
    var type: String
    var subject: String?
    var time: Timestamp
    var dataschema: String
    var sequence: String?
    var deliveryid: String?
    var commandid: TokenID?
    var timetrust: TimeTrust
    var data: EventData

    /// A record's event for one principal; `sequence` is `nil` for the operator's `watch`, which is numbered by nobody.
    init(_ record: LockModel.Record, sequence: Int64?, gateway: String, ids: OpaqueIDs) {
        let kind = record.body.kind
        id = ids.name(ofEvent: record.number)
        source = "urn:lockbridge:gateway:\(gateway)"
        type = "lockbridge.\(kind).v1"
        subject = CloudEvent.subject(of: record.body)
        time = record.at
        dataschema = "urn:lockbridge:schema/\(kind).v1.json"
        self.sequence = sequence.map(printedSequence)
        let command = record.body.command
        deliveryid = command?.delivery
        commandid = command?.id
        timetrust = record.timeTrust
        data = EventData(record)
    }

    func write(to json: inout JSONWriter) throws(JSONEncodingError) {
        json.beginObject()
        json.member("specversion", "1.0")
        json.member("id", id)
        json.member("source", source)
        json.member("type", type)
        json.member("subject", subject)
        json.member("time", time.description)
        json.member("datacontenttype", "application/json")
        json.member("dataschema", dataschema)
        json.member("sequence", sequence)
        json.member("deliveryid", deliveryid)
        json.member("commandid", commandid?.description)
        json.member("timetrust", timetrust.rawValue)
        try json.member("data", data)
        json.endObject()
    }

    /// What stands in a sequence for an event whose content was erased.
    static func expired(sequence: Int64, record: Int64, gateway: String, ids: OpaqueIDs, at now: Instants) -> JSONObject {
        JSONObject([
            ("specversion", "1.0"), ("id", .string(ids.name(ofEvent: record))), ("source", .string("urn:lockbridge:gateway:\(gateway)")),
            ("type", "lockbridge.expired.v1"), ("time", .string(now.wall.description)),
            ("dataschema", "urn:lockbridge:schema/expired.v1.json"),
            ("sequence", .string(printedSequence(sequence))), ("timetrust", .string(now.trust.rawValue)), ("data", .object(JSONObject())),
        ])
    }

    private static func subject(of body: RecordBody) -> String? {
        if case .grantInstalled(let entry) = body { return "grant/\(entry.grant.id)" }
        if case .grantRevoked(let reference) = body { return "grant/\(reference.grant)" }
        if case .adapterAccepted(let needs) = body { return "adapter/\(needs.adapter)" }
        if let lock = body.lock { return "lock/\(lock)" }
        return "gateway"
    }
}

/// `data` of every event: the members that the event has, the others left out.
struct EventData: JSONWritable {
    var state: BoltState?
    var previous: BoltState?
    var door: DoorState?
    var source: ChangeSource?
    var actor: ChangeActor?
    var confirmedBy: ConfirmedBy?
    var observedAt: Timestamp?
    var receivedAt: Timestamp?
    var adapter: AdapterName?
    var unlatched: Bool?
    var reason: String?
    var outcome: OperationOutcome?
    var openSeconds: Int?
    var relockBy: Timestamp?
    var battery: Battery?
    var grant: TokenID?
    var hash: Digest?
    var principal: PrincipalID?
    var role: PrincipalRole?
    var version: String?
    /// `lock.proved`: how the door was tried, how it came out, and why so.
    var `case`: ProofCase?
    var result: ProvenCase.Result?
    var cause: ProvenCase.Cause?

    init(_ record: LockModel.Record) {
        switch record.body {
        case .gatewayStarted(let start): version = start.version
        case .gatewayStopped, .snapshotTaken, .handedOver, .commandAnswered, .lockReleased, .clockAccepted, .trustAccepted: break
        case .clockChanged(let change): reason = change.doubt?.rawValue
        case .principalAdded(let added), .principalChanged(let added):
            principal = added.id
            role = added.role
        case .lockAdded(let entry), .lockSet(let entry), .lockReplaced(let entry): adapter = entry.adapter
        case .adapterAccepted(let needs):
            adapter = needs.adapter
            version = needs.version
        case .lockRemoved: break
        case .lockProved(let proof):
            `case` = proof.proven.case
            result = proof.proven.result
            cause = proof.proven.cause
        case .grantInstalled(let entry):
            grant = entry.grant.id
            hash = entry.grant.hash
        case .revocationAccepted(let revocation): principal = revocation.resident
        case .grantRevoked(let reference): grant = reference.grant
        case .lockAccepted(let accepted): actor = accepted.actor
        case .unlockAccepted(let accepted):
            actor = accepted.actor
            openSeconds = accepted.obligation.openSeconds
            relockBy = accepted.obligation.relockBy
        case .unlockCancelled(let cancelled): reason = cancelled.reason.rawValue
        case .operationFailed(let failure):
            outcome = failure.outcome
            reason = failure.reason.rawValue
        case .lockChanged(let change):
            state = change.bolt
            previous = change.previous
            door = change.door
            source = change.source
            actor = change.actor
            confirmedBy = change.confirmedBy
            observedAt = change.observedAt
            receivedAt = record.at
            adapter = change.adapter
            unlatched = change.event == .unlatched ? true : nil
        case .alarmRaised(let alarm), .alarmCleared(let alarm): reason = alarm.reason.rawValue
        case .deviceChanged(let change):
            reason = change.reason?.rawValue
            battery = change.battery
        }
    }

    func write(to json: inout JSONWriter) throws(JSONEncodingError) {
        json.beginObject()
        json.member("state", state?.rawValue)
        json.member("previous", previous?.rawValue)
        json.member("door", door?.rawValue)
        json.member("source", source?.rawValue)
        try json.member("actor", actor)
        json.member("confirmedBy", confirmedBy?.rawValue)
        json.member("observedAt", observedAt?.description)
        json.member("receivedAt", receivedAt?.description)
        json.member("adapter", adapter?.text)
        json.member("unlatched", unlatched)
        json.member("reason", reason)
        json.member("outcome", outcome?.rawValue)
        try json.member("openSeconds", openSeconds)
        json.member("relockBy", relockBy?.description)
        try json.member("battery", battery)
        json.member("grant", grant?.description)
        json.member("hash", hash?.description)
        json.member("principal", principal?.text)
        json.member("role", role?.rawValue)
        json.member("version", version)
        json.member("case", `case`?.rawValue)
        json.member("result", result?.rawValue)
        json.member("cause", cause?.rawValue)
        json.endObject()
    }
}

extension RecordBody {
    /// The command behind a record, where one is.
    var command: CommandReference? {
        switch self {
        case .gatewayStarted, .gatewayStopped, .snapshotTaken, .handedOver, .clockChanged, .clockAccepted, .trustAccepted, .adapterAccepted,
            .principalAdded,
            .principalChanged,
            .revocationAccepted, .grantRevoked,
            .lockAdded, .lockRemoved, .lockSet, .lockReplaced, .lockProved, .lockReleased, .grantInstalled, .alarmRaised,
            .alarmCleared, .deviceChanged:
            nil
        case .commandAnswered(let command): command
        case .lockAccepted(let accepted): accepted.command
        case .unlockAccepted(let accepted): accepted.obligation.command
        case .unlockCancelled(let cancelled): cancelled.command
        case .operationFailed(let failure): failure.command
        case .lockChanged(let change): change.command
        }
    }
}
