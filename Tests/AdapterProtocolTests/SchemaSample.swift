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
            try manifest(network: #"{"egress": ["a.example:443"], "listen": false}"#), try manifest(network: #"{"listen": true}"#),
            try manifest(network: #""none""#),
        ]
    }

    private static func manifest(network: String) throws -> SchemaSample {
        try SchemaSample(
            manifest: """
                {"name": "mine", "title": "T", "version": "1.2.3-rc.1", "license": "MIT", "homepage": "https://a.example", "protocolVersions": [1],
                "minimumGateway": "0.1.0", "role": "lock", "run": ["./mine", "-v"], "vendor": "V", "models": ["M"], "level": "L1",
                "needs": {"network": \(network), "devices": ["/dev/x"], "radio": ["ble"]},
                "standIn": {"run": ["./stand-in"]}, "configSchema": {"type": "object"}}
                """)
    }
}
