import LockModel
import WireBytes

/// A record as the journal writes it: content R of the hash chain, `v` first.
///
/// Version 1. Later versions read older ones through `Upcasters` and never rewrite them.
struct StoredRecord: JSONWritable, Decodable {
    static let currentVersion = 1

    private enum Key: String, CodingKey {
        case v, n, kind, at, boot, trust, owner, data, to, answers
    }

    let record: Record

    init(_ record: Record) { self.record = record }

    func write(to json: inout JSONWriter) throws(JSONEncodingError) {
        json.beginObject()
        try json.member("v", StoredRecord.currentVersion)
        try json.member("n", record.number)
        json.member("kind", record.body.kind)
        json.member("at", record.at.description)
        try json.member("boot", record.bootMilliseconds)
        json.member("trust", record.timeTrust.rawValue)
        json.member("owner", record.owner?.text)
        if let data { try json.member("data", encoding: data) }
        if !record.addressees.isEmpty { try json.member("to", elements: record.addressees) }
        if !record.answers.isEmpty { try json.member("answers", elements: record.answers) }
        json.endObject()
    }

    init(from decoder: any Decoder) throws {
        let object = try decoder.container(keyedBy: Key.self)
        let version = try object.decode(Int.self, forKey: .v)
        guard version == StoredRecord.currentVersion else {
            throw DecodingError.dataCorruptedError(forKey: .v, in: object, debugDescription: "record version \(version) is not known")
        }
        record = Record(
            number: try object.decode(Int64.self, forKey: .n), at: try object.decode(Timestamp.self, forKey: .at),
            bootMilliseconds: try object.decode(Int64.self, forKey: .boot), timeTrust: try object.decode(TimeTrust.self, forKey: .trust),
            body: try StoredRecord.body(of: object), owner: try object.decodeIfPresent(PrincipalID.self, forKey: .owner),
            addressees: try object.decodeIfPresent([Record.Addressee].self, forKey: .to) ?? [],
            answers: try object.decodeIfPresent([Record.Answer].self, forKey: .answers) ?? [])
    }

    /// `data`, where the kind has any.
    private var data: (any Encodable)? {
        switch record.body {
        case .gatewayStopped, .handedOver: nil
        case .gatewayStarted(let body): body
        case .snapshotTaken(let body): body
        case .clockChanged(let body): body
        case .clockAccepted(let body): body
        case .trustAccepted(let body): body
        case .adapterAccepted(let body): body
        case .principalAdded(let body), .principalChanged(let body): body
        case .lockAdded(let body): body
        case .lockRemoved(let body): body
        case .lockSet(let body), .lockReplaced(let body): body
        case .lockProved(let body): body
        case .lockReleased(let body): body
        case .grantInstalled(let body): body
        case .revocationAccepted(let body): body
        case .grantRevoked(let body): body
        case .commandAnswered(let body): body
        case .lockAccepted(let body): body
        case .unlockAccepted(let body): body
        case .unlockCancelled(let body): body
        case .operationFailed(let body): body
        case .lockChanged(let body): body
        case .alarmRaised(let body), .alarmCleared(let body): body
        case .deviceChanged(let body): body
        }
    }

    private static func body(of object: KeyedDecodingContainer<Key>) throws -> RecordBody {
        func data<Body: Decodable>(_ type: Body.Type = Body.self) throws -> Body { try object.decode(type, forKey: .data) }
        let kind = try object.decode(String.self, forKey: .kind)
        if LockEvent(rawValue: kind) != nil { return .lockChanged(try data()) }
        if DeviceEvent(rawValue: kind) != nil { return .deviceChanged(try data()) }
        switch kind {
        case "gateway.started": return .gatewayStarted(try data())
        case "gateway.stopped": return .gatewayStopped
        case "gateway.snapshot": return .snapshotTaken(try data())
        case "gateway.handedOver": return .handedOver
        case "gateway.clockTrusted", "gateway.clockUntrusted": return .clockChanged(try data())
        case "gateway.clockAccepted": return .clockAccepted(try data())
        case "principal.added": return .principalAdded(try data())
        case "principal.changed": return .principalChanged(try data())
        case "adapter.accepted": return .adapterAccepted(try data())
        case "principal.trustAccepted": return .trustAccepted(try data())
        case "lock.added": return .lockAdded(try data())
        case "lock.settingsChanged": return .lockSet(try data())
        case "lock.replaced": return .lockReplaced(try data())
        case "lock.proved": return .lockProved(try data())
        case "lock.released": return .lockReleased(try data())
        case "lock.removed": return .lockRemoved(try data())
        case "grant.installed": return .grantInstalled(try data())
        case "grant.revocationAccepted": return .revocationAccepted(try data())
        case "grant.revoked": return .grantRevoked(try data())
        case "command.answered": return .commandAnswered(try data())
        case "lock.lockAccepted": return .lockAccepted(try data())
        case "lock.unlockAccepted": return .unlockAccepted(try data())
        case "lock.unlockCancelled": return .unlockCancelled(try data())
        case "lock.operationFailed": return .operationFailed(try data())
        case "lock.alarmRaised": return .alarmRaised(try data())
        case "lock.alarmCleared": return .alarmCleared(try data())
        default: throw DecodingError.dataCorruptedError(forKey: .kind, in: object, debugDescription: "record kind \(kind) is not known")
        }
    }
}

extension Record {
    /// The exact bytes R of a new record.
    func encoded() throws -> [UInt8] { try StrictJSON.encode(StoredRecord(self)) }

    /// Reads bytes R, of this version or an older one; refuses unknown versions and kinds.
    init(encoded bytes: [UInt8], upcasters: Upcasters = .standard) throws {
        try self.init(stored: StrictJSON.parse(bytes, maximumDepth: 16), upcasters: upcasters)
    }

    /// The same of bytes already parsed.
    init(stored value: JSONValue, upcasters: Upcasters) throws {
        self = try StrictJSON.decode(StoredRecord.self, from: upcasters.lifted(value)).record
    }
}
