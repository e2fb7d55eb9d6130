import LockModel

/// Settings as a trace keeps them.
extension GatewaySettings: Codable {
    private enum Key: String, CodingKey {
        case gateway, version, bootID, buses, limits, relock
    }

    private struct Bus: Codable {
        var name: BusName
        var principals: [PrincipalID]
    }

    package init(from decoder: any Decoder) throws {
        let object = try decoder.container(keyedBy: Key.self)
        let buses = try object.decode([Bus].self, forKey: .buses)
        self.init(
            gateway: try object.decode(String.self, forKey: .gateway), version: try object.decode(String.self, forKey: .version),
            bootID: try object.decode(String.self, forKey: .bootID),
            buses: Dictionary(buses.map { ($0.name, $0.principals) }) { first, _ in first },
            limits: try object.decode(Limits.self, forKey: .limits), relock: try object.decode(RelockPolicy.self, forKey: .relock))
    }

    package func encode(to encoder: any Encoder) throws {
        var object = encoder.container(keyedBy: Key.self)
        try object.encode(gateway, forKey: .gateway)
        try object.encode(version, forKey: .version)
        try object.encode(bootID, forKey: .bootID)
        try object.encode(buses.map { Bus(name: $0.key, principals: $0.value) }.sorted { $0.name < $1.name }, forKey: .buses)
        try object.encode(limits, forKey: .limits)
        try object.encode(relock, forKey: .relock)
    }
}
