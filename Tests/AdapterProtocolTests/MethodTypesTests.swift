import Testing

@testable import AdapterProtocol
import LockModel
import WireBytes

/// The wire form of parameters and results, member by member: both ends are held to it, in any language.
@Suite("What the methods carry")
struct MethodTypesTests {
    private func roundTrip<Value: Codable & Equatable>(_ value: Value, _ text: String) throws {
        #expect(String(decoding: try StrictJSON.encode(value), as: UTF8.self) == text)
        #expect(try StrictJSON.decode(Value.self, from: try StrictJSON.parse(Array(text.utf8), maximumDepth: 16)) == value)
    }

    private let lock = Name<LockKind>("front")

    @Test("the greeting carries versions, gateway, config, state and limits")
    func initialize() throws {
        let params = InitializeParams(protocolVersions: [1], gateway: "gw-a", config: ["socket": "/s"], adapterState: nil)
        try roundTrip(
            params,
            #"{"protocolVersions":[1],"gateway":"gw-a","config":{"socket":"/s"},"limits":{"inFlight":16,"observedPerSecond":10,"lineBytes":65536}}"#
        )
        try roundTrip(
            InitializeResult(protocolVersion: 1, name: "loopback", version: "0.1.0"),
            #"{"protocolVersion":1,"name":"loopback","version":"0.1.0"}"#
        )
    }

    @Test("an outcome carries the bolt and the door, and a reason where it is not done")
    func outcome() throws {
        let operation = try #require(OperationID("1"))
        try roundTrip(
            OperateResult(operation: operation, outcome: .failed, bolt: .notFullyLocked, door: .closed, reason: .lockJammed),
            #"{"operation":"1","outcome":"failed","bolt":"notFullyLocked","door":"closed","reason":"lockJammed"}"#
        )
        try roundTrip(
            OperateResult(operation: operation, outcome: .done, bolt: .unlocked, door: .absent),
            #"{"operation":"1","outcome":"done","bolt":"unlocked","door":"absent"}"#
        )
    }

    @Test("state to seal names its scope and, for a lock, the lock")
    func state() throws {
        try roundTrip(
            StatePutParams(scope: .lock, lock: lock, state: ["epoch": 3]),
            #"{"scope":"lock","lock":"front","state":{"epoch":3}}"#
        )
        try roundTrip(StatePutParams(scope: .adapter, state: [:]), #"{"scope":"adapter","state":{}}"#)
    }

    @Test("a change of settings, and the settings read back")
    func configure() throws {
        let lock = try #require(lock)
        try roundTrip(
            LockConfigureParams(lock: lock, autoRelock: AutoRelockSetting(armed: true, seconds: 30)),
            #"{"lock":"front","autoRelock":{"armed":true,"seconds":30}}"#
        )
        try roundTrip(
            ConfigureResult(state: .set, autoRelock: AutoRelock(armed: true, seconds: 30, waitsForDoor: false)),
            #"{"state":"set","autoRelock":{"armed":true,"seconds":30,"waitsForDoor":false}}"#
        )
    }

    @Test("a cancel names the request, whichever form its id has", arguments: [(RequestID.number(4), "4"), (.text("a"), #""a""#)])
    func cancel(id: RequestID, text: String) throws {
        try roundTrip(CancelParams(id: id), #"{"id":\#(text)}"#)
    }

    @Test("the bus's messages have the members both its sides were built on")
    func bus() throws {
        try roundTrip(
            BusMessageParams(n: 1, topic: "t", payload: Array("a".utf8), retained: false, correlation: "Yg", limited: true),
            #"{"n":1,"topic":"t","payload":"YQ","retained":false,"correlation":"Yg","limited":true}"#
        )
        try roundTrip(
            BusPublishParams(n: 2, topic: "t", payload: [], qos: 1, retain: true, contentType: "c", responseTopic: "r", expirySeconds: 5),
            #"{"n":2,"topic":"t","payload":"","qos":1,"retain":true,"contentType":"c","responseTopic":"r","expirySeconds":5}"#
        )
        try roundTrip(BusAckParams(upTo: 9), #"{"upTo":9}"#)
        try roundTrip(BusPublishedParams(n: 2, ok: false, reason: "gone"), #"{"n":2,"ok":false,"reason":"gone"}"#)
        try roundTrip(
            BusConfigureParams(
                url: "mqtts://b:8883",
                clientId: "c",
                passwordFile: "/p",
                tls: .init(ca: "/ca"),
                subscriptions: [.init(topic: "a/#", qos: 1)],
                will: .init(topic: "w", payload: "YQ", qos: 1, retain: true)
            ),
            #"{"url":"mqtts://b:8883","protocol":"5","clientId":"c","passwordFile":"/p","tls":{"ca":"/ca"},"keepAliveSeconds":30,"#
                + #""subscriptions":[{"topic":"a/#","qos":1}],"will":{"topic":"w","payload":"YQ","qos":1,"retain":true},"#
                + #""limits":{"topicRatePerSecond":20,"topicBurst":100,"inFlight":64,"payloadBytes":16384}}"#
        )
    }
}
