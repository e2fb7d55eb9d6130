import Journal
import LockCrypto
import LockModel
import Testing
import WireBytes

@testable import Gateway
@testable import GatewayCore

/// What clients read off the bus, byte for byte.
@Suite("What the gateway writes by hand")
struct HandWrittenFormTests {
    private let front = LockID("front")
    private let time = Timestamp(milliseconds: 1_800_000_000_123)
    private let id = TokenID(bytes: [UInt8](repeating: 0, count: 16))
    private let hash = LockModel.Digest([UInt8](repeating: 255, count: 32))
    private let hex = String(repeating: "f", count: 64)
    private let capabilities = LockCapabilities(lock: true, unlock: true, connectMilliseconds: 300, motorMilliseconds: 4000)

    private func text(_ value: some Encodable) throws -> String { String(decoding: try StrictJSON.encode(value), as: UTF8.self) }

    /// The value as the type's own Codable writes it.
    private struct Codables<Value: Codable>: Encodable {
        let value: Value

        func encode(to encoder: any Encoder) throws { try value.encode(to: encoder) }
    }

    /// The members of a text, and those of a type: one that is added to the type and forgotten in its form shows.
    private func members(_ text: String) throws -> [String] {
        try #require(try StrictJSON.parse(Array(text.utf8), maximumDepth: 16).object).keys
    }

    private func members(of value: Any) -> [String] { Mirror(reflecting: value).children.compactMap(\.label) }

    /// - Parameter values: the first has every member.
    private func check<Value: Codable & Equatable & JSONWritable>(_ values: Value...) throws {
        #expect(try members(text(values[0])) == members(of: values[0]))
        for value in values {
            let written = try text(value)
            #expect(written == (try text(Codables(value: value))))
            #expect(try StrictJSON.decode(Value.self, from: try StrictJSON.parse(Array(written.utf8), maximumDepth: 16)) == value)
        }
    }

    @Test("a lock's snapshot and a notice are Codable's bytes")
    func retained() throws {
        try check(
            LockSnapshot(
                bolt: .locked, door: .open, battery: Battery(percent: 3, level: .low), confirmedBy: .boltAndDoor, observedAt: time,
                online: true, relockAssurance: .lockAuto, capabilities: capabilities, operationSeconds: 20, sequence: printedSequence(7)),
            LockSnapshot(
                bolt: .unknown, door: .absent, battery: Battery(level: .unknown), confirmedBy: nil, observedAt: nil, online: false,
                relockAssurance: nil, capabilities: nil, operationSeconds: 0, sequence: printedSequence(0)))
        try check(Notice.Owed(relockBy: time, since: time))
    }

    @Test("a reply has its members, and those that follow from its reason")
    func reply() throws {
        let reply = Reply(
            kind: .command, id: id, digest: hash, status: .refused, final: true, reason: .busy, detail: "two \"words\"",
            retryAfterSeconds: 3, relockBy: time, nonce: "AAECAw", ready: false, blockers: [.doorOpen, .lockJammed], opensAt: time,
            at: time,
            timeTrust: .floor)
        let row = Reason.busy.row
        let head = #"{"kind":"command","id":"AAAAAAAAAAAAAAAAAAAAAA","digest":"\#(hex)","status":"refused","final":true,"reason":"busy","#
        let middle = #""class":"\#(row.class.rawValue)","retry":"\#(row.retry.rawValue)","retryAfterSeconds":3,"#
        let time = "2027-01-15T08:00:00.123Z"
        #expect(
            try text(ReplyDocument(reply: reply)) == head + middle
                + #""relockBy":"\#(time)","nonce":"AAECAw","ready":false,"blockers":["doorOpen","lockJammed"],"opensAt":"\#(time)","at":"\#(time)","#
                + #""timeTrust":"floor","detail":"two \"words\"","help":"\#(row.help)"}"#)
        #expect(try Set(members(text(ReplyDocument(reply: reply)))) == Set(members(of: reply) + ["class", "retry", "help"]))
        let bare = Reply(kind: .say, status: .accepted, final: true, blockers: [], at: self.time, timeTrust: .trusted)
        #expect(
            try text(ReplyDocument(reply: bare))
                == #"{"kind":"say","status":"accepted","final":true,"blockers":[],"at":"\#(time)","timeTrust":"trusted"}"#)
    }

    @Test("an event is a CloudEvent with its data's members in their order")
    func event() throws {
        var seal = [UInt8](repeating: 7, count: 32)
        let keys = try JournalKeys(seal: SecretBytes(wiping: &seal))
        let record = LockModel.Record(number: 9, at: time, bootMilliseconds: 0, timeTrust: .trusted, body: .gatewayStopped)
        var event = CloudEvent(record, sequence: 12, gateway: "gw-a", ids: OpaqueIDs(keys))
        #expect(event.id.utf8.count == 26)
        event.id = "E"
        #expect(
            try text(event)
                == #"{"specversion":"1.0","id":"E","source":"urn:lockbridge:gateway:gw-a","type":"lockbridge.gateway.stopped.v1","#
                + #""subject":"gateway","time":"2027-01-15T08:00:00.123Z","datacontenttype":"application/json","#
                + #""dataschema":"urn:lockbridge:schema/gateway.stopped.v1.json","sequence":"0000000000000000012","timetrust":"trusted","data":{}}"#
        )
        event.deliveryid = "d-1"
        event.commandid = id
        #expect(try Set(members(text(event))) == Set(members(of: event) + ["specversion", "datacontenttype"]))
        event.subject = nil
        event.sequence = nil
        #expect(try text(event).contains(#".v1.json","deliveryid":"d-1","commandid":"AAAAAAAAAAAAAAAAAAAAAA","timetrust""#))
    }

    @Test("an event's data may have any of its members")
    func eventData() throws {
        var data = EventData(
            LockModel.Record(number: 9, at: time, bootMilliseconds: 0, timeTrust: .trusted, body: .gatewayStopped))
        data.state = .unlocked
        data.previous = .locked
        data.door = .open
        data.source = .keypad
        data.actor = ChangeActor(kind: .keypadUser, ref: "7")
        data.confirmedBy = .boltAndDoor
        data.observedAt = time
        data.receivedAt = time
        data.adapter = AdapterName("nuki")
        data.unlatched = true
        data.reason = "why"
        data.outcome = .failed
        data.openSeconds = 30
        data.relockBy = time
        data.battery = Battery(percent: 3, level: .low)
        data.grant = id
        data.hash = hash
        data.principal = PrincipalID("anna")
        data.role = .resident
        data.version = "1.2.3"
        data.case = .ajar
        data.result = .failed
        data.cause = .noAlarm
        #expect(try members(text(data)) == members(of: data))
        let time = "2027-01-15T08:00:00.123Z"
        #expect(
            try text(data)
                == #"{"state":"unlocked","previous":"locked","door":"open","source":"keypad","actor":{"kind":"keypadUser","ref":"7"},"#
                + #""confirmedBy":"boltAndDoor","observedAt":"\#(time)","receivedAt":"\#(time)","adapter":"nuki","unlatched":true,"reason":"why","#
                + #""outcome":"failed","openSeconds":30,"relockBy":"\#(time)","battery":{"percent":3,"level":"low"},"#
                + #""grant":"AAAAAAAAAAAAAAAAAAAAAA","hash":"\#(hex)","principal":"anna","role":"resident","version":"1.2.3","#
                + #""case":"ajar","result":"failed","cause":"noAlarm"}"#)
    }

    @Test("a grant's status quotes the token, its windows as they stand in it and its hash as commands do")
    func grantStatus() throws {
        let (front, id, hash) = (try #require(front), try #require(id), try #require(hash))
        let (anna, shop) = (try #require(PrincipalID("anna")), try #require(PrincipalID("shop")))
        let later = Timestamp(milliseconds: time.milliseconds + 3_600_000)
        let grant = Grant(
            id: id, hash: hash, resident: anna, retailer: shop, gateway: "gw-a", lock: front, issuedAt: time, notBefore: time,
            expires: later, actions: [.unlock], windows: [.interval(from: time, to: later)], maxUses: 3, maxEntries: 2, openSeconds: 60,
            couriers: [], minRelock: .lockAuto, options: GrantOptions(), residentSequence: 1)
        let entry = GrantEntry(grant: grant, token: "a.b.c", revokedAt: nil)
        let document = GrantStatusDocument(GrantStatus(entry: entry, spent: 1, status: .installed, at: time))
        #expect(try members(text(document)) == members(of: document))
        let window = try text(GrantWindow.interval(from: time, to: later).claim)
        #expect(
            try text(document) == #"{"status":"installed","hash":"\#(hash.base64URL)","lock":"front","nbf":"2027-01-15T08:00:00.123Z","#
                + #""exp":"2027-01-15T09:00:00.123Z","windows":[\#(window)],"openSeconds":60,"usesLeft":2,"at":"2027-01-15T08:00:00.123Z","#
                + #""grant":"a.b.c"}"#)
    }
}
