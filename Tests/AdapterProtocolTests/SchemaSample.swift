@testable import AdapterProtocol
import LockModel
import Testing
import WireBytes

/// A value of a type that travels, with every member there, and what the type itself takes.
struct SchemaSample: Sendable, CustomTestStringConvertible {
    let file: String
    let part: String?
    let value: JSONValue
    /// Whether the type takes a value.
    let reads: @Sendable (JSONValue) -> Bool
    /// Members that are left out of the sample, so that it would prove nothing of them.
    let missing: [String]
    /// Every word of every enumeration in it.
    let words: Set<String>

    var testDescription: String { file + (part.map { " " + $0 } ?? "") }

    /// The sample of a type, in the schema `file`, part `params` or `result`.
    init<Value: Codable & Sendable>(_ file: String, _ part: String, _ value: Value) throws {
        self.file = file
        self.part = part
        self.value = try StrictJSON.parse(try StrictJSON.encode(value), maximumDepth: 16)
        reads = { (try? StrictJSON.decode(Value.self, from: $0)) != nil }
        var survey = Survey()
        survey.look(at: value, "")
        (missing, words) = (survey.missing, survey.words)
    }

    /// A manifest, which is read and never written.
    init(manifest text: String) throws {
        file = "manifest"
        part = nil
        value = try StrictJSON.parse(Array(text.utf8), maximumDepth: 16)
        reads = { value in (try? StrictJSON.encode(value)).map { (try? Manifest(reading: $0)) != nil } ?? false }
        var survey = Survey()
        survey.look(at: try Manifest(reading: Array(text.utf8)), "")
        let labels = Set(Mirror(reflecting: try Manifest(reading: Array(text.utf8))).children.compactMap(\.label))
        missing = survey.missing + labels.subtracting(value.object?.keys ?? []).sorted()
        words = survey.words
    }

    /// Walks through a value: members that are `nil`, and the words of enumerations.
    private struct Survey {
        var missing: [String] = []
        var words: Set<String> = []

        mutating func look(at value: Any, _ path: String) {
            if value is JSONObject || value is JSONValue { return }
            if let word = value as? any CaseIterable { return note(word) }
            let mirror = Mirror(reflecting: value)
            if mirror.displayStyle == .optional {
                if let child = mirror.children.first { look(at: child.value, path) } else { missing.append(path) }
                return
            }
            for child in mirror.children { look(at: child.value, path + "." + (child.label ?? "[]")) }
        }

        private mutating func note<Word: CaseIterable>(_ word: Word) {
            for one in Word.allCases { if let text = (one as? any RawRepresentable)?.rawValue as? String { words.insert(text) } }
        }
    }

    private static let samples = Result { try make() }

    static func all() throws -> [SchemaSample] { try samples.get() }

    private static func make() throws -> [SchemaSample] {
        let lock = try #require(LockID("front"))
        let operation = try #require(OperationID("op-1"))
        let at = try #require(Timestamp("2026-11-22T10:15:30.250Z"))
        let battery = Battery(percent: 80, level: .ok, keypadLevel: .low)
        let relock = AutoRelock(armed: true, seconds: 30, waitsForDoor: false)
        let capabilities = LockCapabilities(
            lock: true, unlock: true, timedUnlock: .init(min: 1, max: 60), autoRelock: .init(min: 1, max: 60, waitsForDoor: true),
            codes: .init(slots: 10, firstSlot: 1, lengthMin: 4, lengthMax: 8, readBack: .full, digits: "123456789", notBeginning: "12"),
            connectMilliseconds: 200, motorMilliseconds: 300)
        return [
            try SchemaSample(
                "initialize", "params", InitializeParams(protocolVersions: [1], gateway: "gw", config: ["a": 1], adapterState: ["b": [2]])),
            try SchemaSample("initialize", "result", InitializeResult(protocolVersion: 1, name: "mine", version: "1.2.3")),
            try SchemaSample("cancel", "params", CancelParams(id: .number(4))),
            try SchemaSample("cancel", "params", CancelParams(id: .text("four"))),
            try SchemaSample("log", "params", LogParams(level: .info, text: "words")),
            try SchemaSample("progress", "params", ProgressParams(step: 1, of: 2, text: "words")),
            try SchemaSample("state.put", "params", StatePutParams(scope: .lock, lock: lock, state: ["a": 1])),
            try SchemaSample("lock.add", "params", LockAddParams(lock: lock, vendorState: ["a": 1])),
            try SchemaSample("lock.add", "result", LockAddResult(capabilities: capabilities, model: "M", firmware: "1")),
            try SchemaSample("lock.remove", "params", LockParams(lock: lock)),
            try SchemaSample("lock.read", "params", LockParams(lock: lock)),
            try SchemaSample("lock.drop", "params", LockParams(lock: lock)),
            try SchemaSample(
                "lock.operate", "params",
                LockOperateParams(operation: operation, lock: lock, action: .unlock, openSeconds: 5, ttlMilliseconds: 9000)),
            try SchemaSample(
                "lock.operate", "result",
                OperateResult(operation: operation, outcome: .failed, bolt: .unknown, door: .open, reason: .doorOpen)),
            try SchemaSample(
                "lock.read", "result",
                LockReading(
                    bolt: .locked, door: .closed, battery: battery, jammed: false, autoRelock: relock, firmware: "1", observedAt: at,
                    confirmedBy: .bolt)),
            try SchemaSample(
                "lock.configure", "params", LockConfigureParams(lock: lock, autoRelock: AutoRelockSetting(armed: true, seconds: 9))),
            try SchemaSample("lock.configure", "result", ConfigureResult(state: .set, autoRelock: relock)),
            try SchemaSample(
                "lock.observed", "params",
                LockObservation(
                    lock: lock, bolt: .locked, door: .closed, battery: battery, source: .keypad,
                    actor: ChangeActor(kind: .keypadUser, ref: "3"),
                    logIndex: 4, epoch: "e", at: at, clock: "lock")),
            try SchemaSample("unpair", "params", LockParams(lock: lock)), try SchemaSample("identify", "params", LockParams(lock: lock)),
            try SchemaSample("code.set", "params", CodeSetParams(lock: lock, slot: 1, code: "1234", name: "n")),
            try SchemaSample("code.set", "result", CodeResult(slot: 1, state: .set)),
            try SchemaSample("code.clear", "params", CodeClearParams(lock: lock, slot: 1)),
            try SchemaSample("code.clear", "result", CodeResult(slot: 1, state: .cleared)),
            try SchemaSample("code.list", "params", LockParams(lock: lock)),
            try SchemaSample("code.list", "result", CodeListResult(codes: [CodeEntry(slot: 1, code: "1234", ours: true)])),
            try SchemaSample("pair.start", "params", PairStartParams(options: ["how": "slowly"])),
            try SchemaSample("pair.found", "params", PairCandidate(candidate: "c", name: "n", model: "m", rssi: -40)),
            try SchemaSample("pair.progress", "params", PairProgressParams(step: 1, of: 2, text: "words")),
            try SchemaSample("pair.choose", "params", PairChooseParams(candidate: "c")),
            try SchemaSample(
                "pair.choose", "result", PairChooseResult(vendorState: ["k": "v"], capabilities: capabilities, model: "m", firmware: "1")),
            try SchemaSample("prompt", "params", PromptParams(kind: .choice, text: "t", choices: ["a"], seconds: 60, secret: true)),
            try SchemaSample("prompt", "result", PromptResult(answer: "a", cancelled: false)),
        ] + (try kept()) + (try radio()) + [
            try manifest(network: #"{"egress": ["a.example:443"], "listen": false}"#), try manifest(network: #"{"listen": true}"#),
            try manifest(network: #""none""#),
        ]
    }

    private static func kept() throws -> [SchemaSample] {
        let blob = try #require(BlobName("backup"))
        return [
            try SchemaSample("blob.put", "params", BlobPutParams(blob: blob, offset: 0, data: "YQ", last: true)),
            try SchemaSample("blob.get", "params", BlobGetParams(blob: blob, offset: 0)),
            try SchemaSample("blob.get", "result", BlobGetResult(data: "YQ", size: 1)),
        ]
    }

    private static func radio() throws -> [SchemaSample] {
        let peer = RadioPeer(address: "AA:BB:CC:DD:EE:FF", type: .random)
        let bytes = HexBytes([1, 255])
        let named = NamedBytes([.init(name: "004c", bytes: [2])])
        let filter = RadioFilterParams.Filter(services: ["a"], name: "n", company: 76, companyPrefix: bytes, serviceData: "b")
        let service = RadioDiscoverResult.Service(uuid: "a", characteristics: [.init(uuid: "b", properties: [.read])])
        return try ["radio.discover", "radio.mtu", "radio.disconnect"].map { try SchemaSample($0, "params", RadioLinkParams(link: 3)) } + [
            try SchemaSample("radio.filter", "params", RadioFilterParams(filters: [filter], activity: .active)),
            try SchemaSample("radio.connect", "params", RadioConnectParams(peer: peer, timeoutMilliseconds: 5000, security: .encrypted)),
            try SchemaSample("radio.connect", "result", RadioConnectResult(link: 3, mtu: 185, security: .encrypted)),
            try SchemaSample("radio.pair", "params", RadioPairParams(link: 3, model: .passkey, passkey: 123_456)),
            try SchemaSample("radio.pair", "result", RadioPairResult(security: .authenticated)),
            try SchemaSample("radio.discover", "result", RadioDiscoverResult(services: [service])),
            try SchemaSample("radio.mtu", "result", RadioMTUResult(mtu: 185)),
            try SchemaSample(
                "radio.subscribe", "params", RadioSubscribeParams(link: 3, service: "a", characteristic: "b", indications: true, on: true)),
            try SchemaSample("radio.read", "params", RadioReadParams(link: 3, service: "a", characteristic: "b")),
            try SchemaSample("radio.read", "result", RadioReadResult(value: bytes)),
            try SchemaSample(
                "radio.write", "params", RadioWriteParams(link: 3, service: "a", characteristic: "b", value: bytes, withResponse: true)),
            try SchemaSample(
                "radio.advertisement", "params",
                RadioAdvertisementParams(
                    peer: peer, rssi: -40, connectable: true, name: "n", services: ["a"], serviceData: named, manufacturer: named)),
            try SchemaSample("radio.notified", "params", RadioNotifiedParams(link: 3, service: "a", characteristic: "b", value: bytes)),
            try SchemaSample("radio.disconnected", "params", RadioDisconnectedParams(link: 3, reason: "r")),
        ]
    }

    private static func manifest(network: String) throws -> SchemaSample {
        try SchemaSample(
            manifest: """
                {"name": "mine", "title": "T", "version": "1.2.3-rc.1", "license": "MIT", "homepage": "https://a.example", "protocolVersions": [1],
                "minimumGateway": "0.1.0", "role": "lock", "run": ["./mine", "-v"], "vendor": "V", "models": ["M"], "level": "L1",
                "needs": {"network": \(network), "devices": ["/dev/x"], "radio": ["ble"]},
                "recognises": [{"radio": "ble", "is": "a lock", "pairable": true, "services": ["fff0"], "name": "L", "company": 76,
                "companyPrefix": "0215", "serviceData": "a92ee100-5501-11e4-916c-0800200c9a66"}],
                "standIn": {"run": ["./stand-in"]}, "configSchema": {"type": "object"}}
                """)
    }
}
