import LockModel
import WireBytes

/// A record as the journal writes it: content R of the hash chain, `v` first.
///
/// Version 1. Later versions read older ones through upcasters here and never rewrite them.
struct StoredRecord: Codable {
    static let currentVersion = 1

    private enum Key: String, CodingKey {
        case v, n, kind, at, boot, trust, owner, data, to, answers
    }

    let record: Record

    init(_ record: Record) { self.record = record }

    func encode(to encoder: any Encoder) throws {
        var object = encoder.container(keyedBy: Key.self)
        try object.encode(StoredRecord.currentVersion, forKey: .v)
        try object.encode(record.number, forKey: .n)
        try object.encode(record.body.kind, forKey: .kind)
        try object.encode(record.at, forKey: .at)
        try object.encode(record.bootMilliseconds, forKey: .boot)
        try object.encode(record.timeTrust, forKey: .trust)
        try object.encodeIfPresent(record.owner, forKey: .owner)
        try encodeBody(to: &object)
        if !record.addressees.isEmpty { try object.encode(record.addressees, forKey: .to) }
        if !record.answers.isEmpty { try object.encode(record.answers, forKey: .answers) }
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

    private func encodeBody(to object: inout KeyedEncodingContainer<Key>) throws {
        switch record.body {
        case .gatewayStarted(let body): try object.encode(body, forKey: .data)
        case .gatewayStopped, .handedOver: break
        case .clockChanged(let body): try object.encode(body, forKey: .data)
        case .trustAccepted(let body): try object.encode(body, forKey: .data)
        case .clockAccepted(let body): try object.encode(body, forKey: .data)
        case .principalAdded(let body), .principalChanged(let body): try object.encode(body, forKey: .data)
        case .lockAdded(let body): try object.encode(body, forKey: .data)
        case .lockRemoved(let body): try object.encode(body, forKey: .data)
        case .lockSet(let body): try object.encode(body, forKey: .data)
        case .lockReleased(let body): try object.encode(body, forKey: .data)
        case .grantInstalled(let body): try object.encode(body, forKey: .data)
        case .revocationAccepted(let body): try object.encode(body, forKey: .data)
        case .grantRevoked(let body): try object.encode(body, forKey: .data)
        case .commandAnswered(let body): try object.encode(body, forKey: .data)
        case .lockAccepted(let body): try object.encode(body, forKey: .data)
        case .unlockAccepted(let body): try object.encode(body, forKey: .data)
        case .unlockCancelled(let body): try object.encode(body, forKey: .data)
        case .operationFailed(let body): try object.encode(body, forKey: .data)
        case .lockChanged(let body): try object.encode(body, forKey: .data)
        case .alarmRaised(let body), .alarmCleared(let body): try object.encode(body, forKey: .data)
        case .deviceChanged(let body): try object.encode(body, forKey: .data)
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
        case "gateway.handedOver": return .handedOver
        case "gateway.clockTrusted", "gateway.clockUntrusted": return .clockChanged(try data())
        case "gateway.clockAccepted": return .clockAccepted(try data())
        case "principal.added": return .principalAdded(try data())
        case "principal.changed": return .principalChanged(try data())
        case "principal.trustAccepted": return .trustAccepted(try data())
        case "lock.added": return .lockAdded(try data())
        case "lock.settingsChanged": return .lockSet(try data())
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

    /// Reads bytes R; refuses unknown versions and kinds.
    init(encoded bytes: [UInt8]) throws {
        let value = try StrictJSON.parse(bytes, maximumDepth: 16)
        self = try StrictJSON.decode(StoredRecord.self, from: value).record
    }
}
