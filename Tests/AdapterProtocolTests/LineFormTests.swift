import LockModel
import Testing

@testable import AdapterProtocol

@Suite("What is written and read by hand")
struct LineFormTests {
    private let operation = OperationID("op-1")
    private let lock = Name<LockKind>("front")
    private let battery = Battery(percent: 80, level: .ok, keypadLevel: .low)
    private let relock = AutoRelock(armed: true, seconds: 30, waitsForDoor: false)

    @Test("an order for a motor, and the lock's name alone")
    func orders() throws {
        let (operation, lock) = (try #require(operation), try #require(lock))
        try LineForm(
            value: LockOperateParams(operation: operation, lock: lock, action: .unlatch, openSeconds: 20, ttlMilliseconds: 9000),
            text: #"{"operation":"op-1","lock":"front","action":"unlatch","openSeconds":20,"ttlMilliseconds":9000}"#,
            optional: ["openSeconds"]
        ).check()
        try LineForm(value: LockParams(lock: lock), text: #"{"lock":"front"}"#, optional: []).check()
    }

    @Test("an outcome")
    func outcome() throws {
        try LineForm(
            value: OperateResult(operation: try #require(operation), outcome: .failed, bolt: .locked, door: .closed, reason: .lockJammed),
            text: #"{"operation":"op-1","outcome":"failed","bolt":"locked","door":"closed","reason":"lockJammed"}"#, optional: ["reason"]
        ).check()
    }

    @Test("a reading, with its battery and its auto-relock")
    func reading() throws {
        try LineForm(
            value: LockReading(
                bolt: .locked, door: .open, battery: battery, jammed: false, autoRelock: relock, firmware: "1 \"two\"\n",
                observedAt: Timestamp(milliseconds: 1_800_000_000_123), confirmedBy: .boltAndDoor),
            text: #"{"bolt":"locked","door":"open","battery":{"percent":80,"level":"ok","keypadLevel":"low"},"jammed":false,"#
                + #""autoRelock":{"armed":true,"seconds":30,"waitsForDoor":false},"firmware":"1 \"two\"\n","#
                + #""observedAt":"2027-01-15T08:00:00.123Z","confirmedBy":"boltAndDoor"}"#, optional: ["autoRelock", "firmware"]
        ).check()
        try LineForm(
            value: battery, text: #"{"percent":80,"level":"ok","keypadLevel":"low"}"#, optional: ["percent", "keypadLevel"]
        ).check()
        try LineForm(value: relock, text: #"{"armed":true,"seconds":30,"waitsForDoor":false}"#, optional: []).check()
    }

    @Test("what a lock can do")
    func capabilities() throws {
        try LineForm(
            value: LockCapabilities(
                lock: true, unlock: true, unlatch: false, timedUnlock: .init(min: 1, max: 60),
                autoRelock: .init(min: 2, max: 90, waitsForDoor: true), doorSensor: true, battery: true, jam: false,
                codes: .init(slots: 100, firstSlot: 1, lengthMin: 6, lengthMax: 6, readBack: .full), log: true, actor: false,
                connectMilliseconds: 300, motorMilliseconds: 4000),
            text: #"{"lock":true,"unlock":true,"unlatch":false,"timedUnlock":{"min":1,"max":60},"#
                + #""autoRelock":{"min":2,"max":90,"waitsForDoor":true},"doorSensor":true,"battery":true,"jam":false,"#
                + #""codes":{"slots":100,"firstSlot":1,"lengthMin":6,"lengthMax":6,"readBack":"full"},"log":true,"#
                + #""actor":false,"connectMilliseconds":300,"motorMilliseconds":4000}"#, optional: ["timedUnlock", "autoRelock", "codes"]
        ).check()
        try LineForm(
            value: LockCapabilities.Codes(
                slots: 100, firstSlot: 1, lengthMin: 6, lengthMax: 6, readBack: .full, digits: "123456789", notBeginning: "12"),
            text: #"{"slots":100,"firstSlot":1,"lengthMin":6,"lengthMax":6,"readBack":"full","digits":"123456789","notBeginning":"12"}"#,
            optional: ["digits", "notBeginning"]
        ).check()
        try LineForm(value: LockCapabilities.SecondsRange(min: 1, max: 60), text: #"{"min":1,"max":60}"#, optional: []).check()
        try LineForm(
            value: LockCapabilities.AutoRelockRange(min: 2, max: 90, waitsForDoor: true), text: #"{"min":2,"max":90,"waitsForDoor":true}"#,
            optional: []
        ).check()
    }

    @Test("a message that came, and one that goes out")
    func busMessages() throws {
        try LineForm(
            value: BusMessageParams(
                n: 1, topic: "t", payload: [0xFF, 0xEF], retained: true, correlation: "Yg", responseTopic: "r", expirySeconds: 5,
                limited: true),
            text:
                #"{"n":1,"topic":"t","payload":"_-8","retained":true,"correlation":"Yg","responseTopic":"r","expirySeconds":5,"limited":true}"#,
            optional: ["correlation", "responseTopic", "expirySeconds", "limited"]
        ).check()
        try LineForm(
            value: BusPublishParams(
                n: 2, topic: "t", payload: [], qos: 1, retain: false, contentType: "c", correlation: "Yg", responseTopic: "r",
                expirySeconds: 5),
            text: #"{"n":2,"topic":"t","payload":"","qos":1,"retain":false,"contentType":"c","correlation":"Yg","responseTopic":"r","#
                + #""expirySeconds":5}"#,
            optional: ["contentType", "correlation", "responseTopic", "expirySeconds"]
        ).check()
    }

    @Test("what became of publishes, and the credit")
    func busNumbers() throws {
        try LineForm(
            value: BusPublishedParams(n: 2, through: 7, ok: false, reason: "gone"),
            text: #"{"n":2,"through":7,"ok":false,"reason":"gone"}"#,
            optional: ["through", "reason"]
        ).check()
        try LineForm(value: BusAckParams(upTo: 9), text: #"{"upTo":9}"#, optional: []).check()
    }
}
