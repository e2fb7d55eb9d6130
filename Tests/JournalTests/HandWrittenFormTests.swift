import LockModel
import Testing
import WireBytes

@testable import Journal

/// What the journal writes by hand are Codable's bytes: they are hashed, signed over and read back for years.
@Suite("What the journal writes by hand")
struct HandWrittenFormTests {
    /// The value as the type's own Codable writes it.
    private struct Codables<Value: Codable>: Encodable {
        let value: Value

        func encode(to encoder: any Encoder) throws { try value.encode(to: encoder) }
    }

    /// - Parameter values: the first has every member, so that one which is added to the type and forgotten here shows.
    private func check<Value: Codable & Equatable & JSONWritable>(_ values: Value...) throws {
        let full = try StrictJSON.parse(try StrictJSON.encode(values[0]), maximumDepth: 16)
        #expect(full.object?.keys == Mirror(reflecting: values[0]).children.compactMap(\.label))
        for value in values {
            let bytes = try StrictJSON.encode(value)
            #expect(
                String(decoding: bytes, as: UTF8.self) == String(decoding: try StrictJSON.encode(Codables(value: value)), as: UTF8.self))
            #expect(try StrictJSON.decode(Value.self, from: try StrictJSON.parse(bytes, maximumDepth: 16)) == value)
            for end in bytes.indices { #expect(throws: JSONError.self) { try StrictJSON.parse(bytes[..<end] + [], maximumDepth: 16) } }
        }
    }

    private let bareCommand = CommandReference(issuer: Sample.shop, id: Sample.id(0), hash: Sample.digest(255), grant: nil, delivery: nil)

    private var bareObligation: Obligation {
        Obligation(
            operation: OperationNumber(1), lock: Sample.front, action: .unlock, command: nil, resident: nil, bus: nil, openSeconds: 1,
            since: Sample.time(0), relockBy: Sample.time(1))
    }

    private var bareChange: LockChange {
        LockChange(
            event: .locked, lock: Sample.front, adapter: Sample.name("nuki"), bolt: .locked, door: .absent, previous: .unknown,
            source: .unspecified, actor: ChangeActor(kind: .unknown), confirmedBy: nil, observedAt: Sample.time(1))
    }

    @Test("commands and who acted")
    func commands() throws {
        try check(Sample.command, bareCommand)
        try check(Sample.actor, ChangeActor(kind: .unknown), ChangeActor(kind: .courier, ref: "\"\\\n\u{7F}ü"))
        try check(UnlockAccepted(obligation: Sample.obligation, actor: Sample.actor))
        try check(LockAccepted(lock: Sample.front, command: Sample.command, actor: Sample.actor))
    }

    @Test("obligations and changes, with every member and with the fewest")
    func obligations() throws {
        try check(Sample.obligation, bareObligation)
        try check(Sample.change(.locked), Sample.change(.unlocked), bareChange)
    }

    @Test("replies, answers and addressees")
    func replies() throws {
        let bare = Reply(kind: .say, status: .refused, final: true, at: Sample.time(-1_800_000_001), timeTrust: .untrusted)
        let none = Reply(
            kind: .command, status: .accepted, final: false, ready: true, blockers: [], at: Sample.time(0), timeTrust: .trusted)
        try check(Sample.reply, bare, none)
        try check(LockModel.Record.Answer(principal: Sample.shop, reply: Sample.reply))
        try check(LockModel.Record.Addressee(principal: Sample.shop, sequence: 9_007_199_254_740_991))
    }

    @Test("uses of a grant")
    func uses() throws {
        let delivery = GrantUses.Delivery(label: "d-1", unlocks: 3)
        try check(GrantUses(grant: Sample.id(1), plain: 2, deliveries: [delivery, delivery]), GrantUses(grant: Sample.id(1)))
        try check(delivery)
    }

    @Test("a record is these bytes")
    func record() throws {
        var record = Sample.record(7, .lockAccepted(LockAccepted(lock: Sample.front, command: bareCommand, actor: Sample.actor)))
        record.answers = []
        #expect(
            String(decoding: try record.encoded(), as: UTF8.self)
                == #"{"v":1,"n":7,"kind":"lock.lockAccepted","at":"2027-01-15T08:00:07.123Z","boot":1007,"trust":"trusted","owner":"anna","#
                + #""data":{"lock":"front","command":{"issuer":"shop","id":"AAAAAAAAAAAAAAAAAAAAAA","hash":""#
                + String(repeating: "f", count: 64) + #""},"actor":{"kind":"keypadUser","ref":"slot-secret-7"}},"#
                + #""to":[{"principal":"shop","sequence":7}]}"#)
        let bare = LockModel.Record(number: 1, at: Sample.time(0), bootMilliseconds: 0, timeTrust: .untrusted, body: .gatewayStopped)
        #expect(
            String(decoding: try bare.encoded(), as: UTF8.self)
                == #"{"v":1,"n":1,"kind":"gateway.stopped","at":"2027-01-15T08:00:00.123Z","boot":0,"trust":"untrusted"}"#)
    }

    @Test("a record cut short anywhere is refused", arguments: Sample.bodies.indices)
    func cutShort(index: Int) throws {
        let bytes = try Sample.records[index].encoded()
        for end in bytes.indices { #expect(throws: (any Error).self) { try LockModel.Record(encoded: Array(bytes[..<end])) } }
    }

    @Test("a number that not every reader carries is refused, and nothing is written")
    func tooLarge() throws {
        var record = Sample.records[0]
        record.bootMilliseconds = 1 << 53
        #expect { try record.encoded() } throws: { "\($0)" == "boot: integerOutOfRange" }
    }
}
