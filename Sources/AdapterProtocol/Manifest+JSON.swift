import WireBytes

extension Manifest: Decodable {
    private enum Member: String, CodingKey {
        case name, title, version, license, homepage, protocolVersions, minimumGateway, role, run, needs, vendor, models, level, standIn
        case configSchema, recognises
    }

    private struct Program: Decodable {
        var run: [String]
    }

    /// Reads the members in their types; ``init(reading:)`` checks the rules that go beyond types.
    package init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: Member.self)
        name = try members.decode(forKey: .name)
        title = try members.decode(forKey: .title)
        version = try members.decode(forKey: .version)
        license = try members.decode(forKey: .license)
        homepage = try members.decodeIfPresent(String.self, forKey: .homepage)
        protocolVersions = try members.decode(forKey: .protocolVersions)
        minimumGateway = try members.decode(forKey: .minimumGateway)
        role = try members.decode(forKey: .role)
        run = try members.decode(forKey: .run)
        needs = try members.decodeIfPresent(Needs.self, forKey: .needs) ?? Needs()
        vendor = try members.decodeIfPresent(String.self, forKey: .vendor)
        models = try members.decodeIfPresent([String].self, forKey: .models) ?? []
        recognises = try members.decodeIfPresent([Recognised].self, forKey: .recognises) ?? []
        level = try members.decodeIfPresent(Level.self, forKey: .level)
        standIn = try members.decodeIfPresent(Program.self, forKey: .standIn)?.run
        configSchema = try members.decodeIfPresent(JSONObject.self, forKey: .configSchema) ?? JSONObject()
    }
}

extension Manifest.Needs: Decodable {
    private enum Member: String, CodingKey {
        case network, devices, radio
    }

    /// Reads `{network?, devices?, radio?}`.
    package init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: Member.self)
        network = try members.decodeIfPresent(Manifest.Network.self, forKey: .network) ?? .none
        devices = try members.decodeIfPresent([String].self, forKey: .devices) ?? []
        radio = try members.decodeIfPresent([String].self, forKey: .radio) ?? []
    }
}

extension Manifest.Network: Decodable {
    private enum Member: String, CodingKey {
        case egress, listen
    }

    /// Reads `"none"`, `{"egress": [...]}` or `{"listen": true}`.
    package init(from decoder: any Decoder) throws {
        let single = try decoder.singleValueContainer()
        if let word = try? single.decode(String.self) {
            guard word == "none" else { throw Self.refusal(single) }
            self = .none
            return
        }
        let members = try decoder.container(keyedBy: Member.self)
        let egress = try members.decodeIfPresent([String].self, forKey: .egress)
        let listen = try members.decodeIfPresent(Bool.self, forKey: .listen) ?? false
        switch (egress, listen) {
        case (let hosts?, false): self = .egress(hosts)
        case (nil, true): self = .listen
        default: throw Self.refusal(single)
        }
    }

    private static func refusal(_ container: any SingleValueDecodingContainer) -> DecodingError {
        DecodingError.dataCorruptedError(in: container, debugDescription: "is neither none, nor {egress: [host:port]}, nor {listen: true}")
    }
}

extension KeyedDecodingContainer {
    fileprivate func decode<Value: Decodable>(forKey key: Key) throws -> Value { try decode(Value.self, forKey: key) }
}
