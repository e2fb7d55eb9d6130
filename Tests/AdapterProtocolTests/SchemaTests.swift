@testable import AdapterProtocol
import Testing
import WireBytes

/// `adapters/schema` and the Swift types take the same values: each sample, whole and with each member in turn left out, null, of another
/// type, another word, another form. A member, a word or a required-ness that differs shows as a value that one takes and the other does not.
@Suite("The schemas partners read are the types the gateway reads")
struct SchemaTests {
    private static let shared: Set<String> = ["words", "line", "manifest"]
    /// What passes between the core and processes of our own package, which no partner writes.
    private static let ours: Set<Method> = [.radioPeers, .radioDrop, .radioPeerState, .radioStatus]
    private static let partners = Method.allCases.filter { !$0.rawValue.hasPrefix("bus.") && !ours.contains($0) }

    private static func file(of method: Method) -> String { method == .cancel ? "cancel" : method.rawValue }

    @Test("every method of a partner's has a schema, its parts and a sample of each, and nothing else has one")
    func complete() throws {
        #expect(try JSONSchema.files() == Set(Self.partners.map(Self.file)).union(Self.shared))
        let samples = try SchemaSample.all()
        for method in Self.partners {
            for part in method.row.kind == .request ? ["params", "result"] : ["params"] {
                let schema = try JSONSchema(Self.file(of: method), part)
                let isSampled = samples.contains { $0.file == schema.file && $0.part == part }
                #expect(try isSampled || schema.members() == nil || schema.members()?.isEmpty == true, "\(method.rawValue) \(part)")
            }
        }
    }

    @Test("a sample has every member its type has", arguments: try SchemaSample.all())
    func full(sample: SchemaSample) { #expect(sample.missing == []) }

    @Test("type and schema take a whole value, and name the same members", arguments: try SchemaSample.all())
    func members(sample: SchemaSample) throws {
        let schema = try JSONSchema(sample.file, sample.part)
        #expect(sample.reads(sample.value))
        #expect(try schema.accepts(sample.value))
        try compare(sample.value, schema, sample.file)
    }

    private func compare(_ value: JSONValue, _ schema: JSONSchema, _ path: String) throws {
        switch value {
        case .object(let object):
            guard let members = try schema.members() else { return }
            let name = path.split(separator: ".").last.map(String.init) ?? ""
            // A needs.network has one of two members; both are in its schema.
            if name != "network" { #expect(Set(members.keys) == Set(object.keys), "\(path)") }
            for (key, inner) in object.members { try members[key].map { try compare(inner, $0, "\(path).\(key)") } }
        case .array(let array):
            guard let elements = try schema.elements() else { return }
            for element in array { try compare(element, elements, path + "[]") }
        case .null, .bool, .integer, .string: break
        }
    }

    @Test("whatever the type refuses the schema refuses, and the other way round", arguments: try SchemaSample.all())
    func same(sample: SchemaSample) throws {
        #expect(try Self.differences(sample) == [])
    }

    private enum Armed: String, Codable, Sendable, CaseIterable { case set, cleared, unverified, failed }
    private struct WithoutAWord: Codable, Sendable { var state: Armed }
    private struct OneOptional: Codable, Sendable { var lock: String? }
    private struct OneMore: Codable, Sendable {
        var lock: String
        var more: Bool
    }
    private struct AnotherType: Codable, Sendable { var step, of, text: Int }

    @Test("a type with a word, a member, a required-ness or a type that differs is found")
    func seeded() throws {
        for sample in [
            try SchemaSample("lock.configure", "result", WithoutAWord(state: .set)),
            try SchemaSample("lock.read", "params", OneOptional(lock: "a")),
            try SchemaSample("lock.read", "params", OneMore(lock: "a", more: true)),
            try SchemaSample("progress", "params", AnotherType(step: 1, of: 1, text: 1)),
        ] { #expect(try !Self.differences(sample).isEmpty, "\(sample.testDescription)") }
    }

    /// Values that one of the two takes and the other does not.
    private static func differences(_ sample: SchemaSample) throws -> [String] {
        let schema = try JSONSchema(sample.file, sample.part)
        var words = Set(try SchemaSample.all().flatMap(\.words))
        for file in try JSONSchema.files() { words.formUnion(try JSONSchema(file).words()) }
        let probes = forms + words.sorted().map { .string($0) }
        var found: [String] = []
        for place in places(in: sample.value) {
            for probe in probes {
                guard let changed = changed(sample.value, place[...], probe) else { continue }
                if sample.reads(changed) != (try schema.accepts(changed)) {
                    found.append("\(place): \(probe.map { "\($0)" } ?? "left out")")
                }
            }
            // Of numbers the schema says the range, which the type leaves to the one who uses it.
            for number: JSONValue in [-1, 0, 9_007_199_254_740_991] {
                guard let changed = changed(sample.value, place[...], number), try schema.accepts(changed) else { continue }
                if !sample.reads(changed) { found.append("\(place): \(number)") }
            }
        }
        return found
    }

    private static let forms: [JSONValue?] =
        [nil, .null, true, false, 7, [], [:], [7], ["a"]]
        + [
            "", "~", "front", "-front", "Front", "op 1", "1.2.3", "1.2", "01.2.3", "1.2.3-", "1.2.3-01", "2026-11-22T10:15:30.250Z",
            "2026-11-22T10:15:30Z", "2026-13-22T10:15:30.250Z", "./run", "./", ".", "a/b", "/a/../b", "./..", "host:0", "host:65535",
            "host:65536",
            ":1", "http://a", "ftp://a", String(repeating: "a", count: 64), String(repeating: "a", count: 65),
        ].map { .string($0) }

    private enum Step: Sendable {
        case key(String)
        case index(Int)
    }

    private static func places(in value: JSONValue) -> [[Step]] {
        switch value {
        case .object(let object):
            object.members.flatMap { member in [[.key(member.key)]] + places(in: member.value).map { [.key(member.key)] + $0 } }
        case .array(let array):
            array.indices.flatMap { index in [[.index(index)]] + places(in: array[index]).map { [.index(index)] + $0 } }
        case .null, .bool, .integer, .string: []
        }
    }

    /// The value with what stands at the place replaced, or left out; `nil` for an element, which can't be left out.
    private static func changed(_ value: JSONValue, _ place: ArraySlice<Step>, _ probe: JSONValue?) -> JSONValue? {
        guard let step = place.first else { return probe }
        switch (step, value) {
        case (.key(let key), .object(let object)):
            let isLast = place.count == 1
            var members: [(String, JSONValue)] = []
            for member in object.members {
                if member.key != key {
                    members.append((member.key, member.value))
                } else if !(isLast && probe == nil) {
                    guard let inner = changed(member.value, place.dropFirst(), probe) else { return nil }
                    members.append((key, inner))
                }
            }
            return .object(JSONObject(members))
        case (.index(let index), .array(var array)):
            guard let inner = changed(array[index], place.dropFirst(), probe) else { return nil }
            array[index] = inner
            return .array(array)
        default: return nil
        }
    }
}
