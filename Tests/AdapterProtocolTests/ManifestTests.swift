import Testing

@testable import AdapterProtocol
import LockModel
import WireBytes

@Suite("adapter.json")
struct ManifestTests {
    private static let good: JSONObject = [
        "name": "nuki", "title": "Nuki", "version": "1.2.3", "license": "Apache-2.0", "homepage": "https://example.org",
        "protocolVersions": [1], "minimumGateway": "0.1.0", "role": "lock", "run": ["lockbridge-adapter-nuki"],
        "needs": ["network": "none", "radio": ["ble"]], "vendor": "Nuki", "models": ["Smart Lock 3"], "level": "L1",
        "standIn": ["run": ["lockbridge-nuki-stand-in", "-v"]], "configSchema": ["type": "object"], "somethingNew": true,
    ]

    private func manifest(_ change: (inout JSONObject) -> Void = { _ in }) throws -> Manifest {
        var object = ManifestTests.good
        change(&object)
        return try Manifest(reading: try StrictJSON.encode(.object(object)))
    }

    @Test("a good manifest is read whole, and unknown members do not harm it")
    func reads() throws {
        let manifest = try manifest()
        #expect(manifest.name.text == "nuki" && manifest.version.description == "1.2.3" && manifest.role == .lock)
        #expect(manifest.needs.network == .none && manifest.needs.radio == ["ble"] && manifest.needs.devices.isEmpty)
        #expect(manifest.level == .L1 && manifest.standIn == ["lockbridge-nuki-stand-in", "-v"])
        #expect(manifest.configSchema == ["type": "object"])
    }

    @Test("what is not named is not needed")
    func defaults() throws {
        let manifest = try manifest { object in
            for member in ["needs", "homepage", "vendor", "models", "level", "standIn", "configSchema"] { object[member] = nil }
        }
        #expect(manifest.needs == Manifest.Needs() && manifest.models.isEmpty && manifest.standIn == nil)
    }

    @Test("what an adapter recognises on the air is read, and an entry that could match everything or nothing is refused")
    func recognises() throws {
        let entry: JSONObject = ["radio": "ble", "is": "Nuki lock", "company": 76, "companyPrefix": "0215", "pairable": true]
        func read(_ change: (inout JSONObject) -> Void = { _ in }) throws -> [Recognised] {
            var entry = entry
            change(&entry)
            return try manifest { $0["recognises"] = [.object(entry)] }.recognises
        }
        let filter = RadioFilterParams.Filter(company: 76, companyPrefix: HexBytes([0x02, 0x15]))
        #expect(try read() == [Recognised(filter: filter, what: "Nuki lock", isPairable: true)])
        #expect(try read { $0["pairable"] = nil }.first?.isPairable == false)
        let wrong: [(String, JSONValue?)] = [
            ("radio", "zigbee"), ("is", ""), ("is", .string(String(repeating: "x", count: 41))), ("company", nil), ("company", 65_536),
            ("companyPrefix", "0"), ("services", []), ("services", ["FFF0"]), ("serviceData", "a92ee100"), ("name", ""),
        ]
        for (member, value) in wrong {
            #expect(throws: ManifestRefusal.self, "\(member)") { try read { $0[member] = value } }
        }
        #expect(throws: ManifestRefusal("recognises[0]: needs one of services, name, company, serviceData")) {
            try read {
                $0["company"] = nil
                $0["companyPrefix"] = nil
            }
        }
        #expect(throws: ManifestRefusal.self) {
            try manifest { $0["recognises"] = .array(Array(repeating: .object(entry), count: 17)) }
        }
    }

    @Test("the network is none, named hosts, or a socket handed in")
    func network() throws {
        #expect(
            try manifest { $0["needs"] = ["network": ["egress": ["api.example.org:443"]]] }.needs.network
                == .egress(["api.example.org:443"])
        )
        #expect(try manifest { $0["needs"] = ["network": ["listen": true]] }.needs.network == .listen)
    }

    @Test(
        "a wrong member is named in the refusal",
        arguments: [
            ("name", "Nuki!", "name"), ("version", "1.2", "version"), ("version", "01.2.3", "version"), ("title", "", "title"),
            ("license", nil, "license"), ("homepage", "javascript:1", "homepage"), ("protocolVersions", [], "protocolVersions"),
            ("protocolVersions", [0], "protocolVersions"), ("minimumGateway", 1, "minimumGateway"), ("role", "door", "role"),
            ("run", [], "run"), ("run", ["../sh"], "run"), ("run", ["bin/sh"], "run"), ("run", ["./../sh"], "run"), ("run", ["."], "run"),
            ("run", "sh", "run"), ("level", "L9", "level"), ("standIn", ["run": []], "standIn"), ("needs", ["network": "all"], "network"),
            ("needs", ["network": ["egress": []]], "egress"), ("needs", ["network": ["egress": ["example.org"]]], "egress"),
            ("needs", ["network": ["listen": true, "egress": ["a:1"]]], "network"), ("needs", ["radio": ["zigbee"]], "radio"),
            ("needs", ["devices": [""]], "devices"),
        ] as [(String, JSONValue, String)]
    )
    func refuses(member: String, value: JSONValue, named: String) {
        #expect { try manifest { $0[member] = value } } throws: { error in
            error is ManifestRefusal && String(describing: error).contains(named)
        }
    }

    @Test("a manifest that is not JSON, or too large, is refused")
    func notJSON() {
        #expect(throws: ManifestRefusal.self) { try Manifest(reading: Array("{".utf8)) }
        #expect(throws: ManifestRefusal.self) { try Manifest(reading: [UInt8](repeating: 0x20, count: Manifest.maximumBytes + 1)) }
    }

    @Test("versions are ordered as SemVer says")
    func versions() throws {
        let ordered = [
            "0.9.0", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.10.0",
        ]
        let versions = try ordered.map { try #require(SemanticVersion($0)) }
        #expect(versions == versions.reversed().sorted())
        #expect(versions.map(\.description) == ordered)
    }

    @Test(
        "what is no version is not taken for one",
        arguments: ["", "1", "1.2.3.4", "1.2.x", "v1.2.3", "1.2.3-", "1.2.3-01", "1.2.3-é", "1.2.3+b"]
    )
    func noVersion(text: String) {
        #expect(SemanticVersion(text) == nil)
    }
}
