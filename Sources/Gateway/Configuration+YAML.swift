import GatewayCore
import LockModel
import WireBytes

extension Configuration {
    /// The format this gateway reads.
    package static let version = 1

    /// Reads `lockbridge.yaml`. Nothing is guessed: an unknown key, a wrong kind or a value out of range refuses the whole file.
    ///
    /// - Throws: `ConfigurationMistake` naming the place, the rule, and for a mistyped key the nearest known one.
    package init(yaml: String) throws(ConfigurationMistake) {
        let root = try ConfigurationNode(yaml: yaml)
        try root.allow(["version", "gateway", "site", "buses", "adapters", "radios", "roles", "limits"])
        let version = try root.required("version").integer(1...1_000_000)
        guard version == Configuration.version else {
            throw ConfigurationMistake(path: "version", message: "is \(version); this Lockbridge reads version \(Configuration.version)")
        }
        let site = try root.required("site")
        try site.allow(["timeZone", "clock"])
        self.init(
            gateway: try Configuration.gateway(root.required("gateway")), timeZone: try site.required("timeZone").text(),
            clock: try site["clock"]?.choice(ClockSource.self) ?? .kernel, buses: try Configuration.buses(root["buses"]),
            adapters: try Configuration.adapters(root["adapters"]))
        if let radios = root["radios"] {
            try radios.allow(["ble"])
            self.radios = try Configuration.radios(radios["ble"])
        }
        if let roles = root["roles"] {
            try roles.allow(["operator", "installer"])
            operatorGroups = try Configuration.texts(roles["operator"])
            installerGroups = try Configuration.texts(roles["installer"])
        }
        if let limits = root["limits"] { try read(limits: limits) }
    }

    private static func gateway(_ node: ConfigurationNode) throws(ConfigurationMistake) -> String {
        let text = try node.text()
        let letters = text.utf8.dropFirst(3)
        let isBase32 = letters.allSatisfy {
            ($0 >= UInt8(ascii: "a") && $0 <= UInt8(ascii: "z")) || ($0 >= UInt8(ascii: "2") && $0 <= UInt8(ascii: "7"))
        }
        guard text.hasPrefix("gw-"), letters.count == 16, isBase32 else {
            throw node.mistake("is not a gateway id; `lockbridge init` wrote one like gw-abcdefghijklmnop, put it back")
        }
        return text
    }

    private static func buses(_ list: ConfigurationNode?) throws(ConfigurationMistake) -> [Bus] {
        var buses: [Bus] = []
        for node in try list?.elements() ?? [] {
            try node.allow(["name", "url", "protocol", "tls", "username", "passwordFile", "prefix", "principals"])
            var bus = Bus(name: try node.required("name").name("bus"), url: try url(node.required("url")), principals: [])
            guard !buses.contains(where: { $0.name == bus.name }) else { throw node.mistake("there are two buses called \(bus.name)") }
            if let version = node["protocol"] {
                bus.mqttVersion = try version.text()
                guard ["5", "3.1.1"].contains(bus.mqttVersion) else {
                    throw version.mistake("is `\(bus.mqttVersion)`; \"5\" or \"3.1.1\" are allowed")
                }
            }
            bus.username = try node["username"]?.text()
            bus.passwordFile = try node["passwordFile"]?.text()
            if let prefix = node["prefix"] { bus.prefix = try topicPrefix(prefix) }
            if let tls = node["tls"] { bus.tls = try self.tls(tls) }
            for principal in try node["principals"]?.elements() ?? [] { bus.principals.append(try principal.name("principal")) }
            buses.append(bus)
        }
        return buses
    }

    private static func url(_ node: ConfigurationNode) throws(ConfigurationMistake) -> String {
        let text = try node.text()
        guard text.hasPrefix("mqtt://") || text.hasPrefix("mqtts://") else {
            throw node.mistake("is not a broker's address; write mqtt://HOST:PORT, or mqtts://HOST:PORT for TLS")
        }
        return text
    }

    private static func topicPrefix(_ node: ConfigurationNode) throws(ConfigurationMistake) -> String {
        let text = try node.text()
        let isClean = text.utf8.allSatisfy {
            $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "#") && $0 != UInt8(ascii: "$")
        }
        guard isClean, !text.hasPrefix("/"), !text.hasSuffix("/") else {
            throw node.mistake("is no topic prefix: levels without +, #, $ or blanks")
        }
        return text
    }

    private static func tls(_ node: ConfigurationNode) throws(ConfigurationMistake) -> Bus.TLS {
        try node.allow(["ca", "certificate", "key"])
        let tls = Bus.TLS(
            ca: try node.required("ca").text(), certificate: try node["certificate"]?.text(), key: try node["key"]?.text())
        guard (tls.certificate == nil) == (tls.key == nil) else { throw node.mistake("certificate and key go together") }
        return tls
    }

    private static func adapters(_ mapping: ConfigurationNode?) throws(ConfigurationMistake) -> [Adapter] {
        var adapters: [Adapter] = []
        for (key, node) in try mapping?.members() ?? [] {
            guard let name = AdapterName(key) else { throw node.mistake("`\(key)` is no name for an adapter") }
            try node.allow(["path", "listen", "config"])
            var config = JSONObject()
            if let given = node["config"], case .object(let object) = try given.json() { config = object }
            adapters.append(Adapter(name: name, path: try node["path"]?.text(), listen: try node["listen"]?.text(), config: config))
        }
        return adapters
    }

    private static func radios(_ list: ConfigurationNode?) throws(ConfigurationMistake) -> [Radio] {
        var radios: [Radio] = []
        for node in try list?.elements() ?? [] {
            try node.allow(["hci"])
            let place = try node.required("hci")
            let text = try place.text()
            if text.hasPrefix("hci"), UInt16(text.dropFirst(3)) != nil {
                throw place.mistake(
                    "can't be taken by a child of the gateway; `systemctl enable --now lockbridge-ble@\(text)`, then write socket:/run/lockbridge-ble/\(text).sock"
                )
            }
            let isPath = ["unix:/", "serial:/", "socket:/"].contains { text.hasPrefix($0) }
            let port = text.hasPrefix("tcp:") ? text.lastIndex(of: ":").map { UInt16(text[text.index(after: $0)...]) } : nil
            guard isPath || port.flatMap({ $0 }) != nil else {
                throw place.mistake(
                    "is no Bluetooth controller; write socket:/PATH of a lockbridge-ble that listens, tcp:HOST:PORT, unix:/PATH or serial:/PATH"
                )
            }
            guard !radios.contains(where: { $0.hci == text }) else { throw place.mistake("stands twice") }
            radios.append(Radio(hci: text))
        }
        return radios
    }

    private static func texts(_ list: ConfigurationNode?) throws(ConfigurationMistake) -> [String] {
        var texts: [String] = []
        for node in try list?.elements() ?? [] { texts.append(try node.text()) }
        return texts
    }

    private mutating func read(limits node: ConfigurationNode) throws(ConfigurationMistake) {
        try node.allow([
            "issuerRatePerSecond", "issuerBurst", "topicRatePerSecond", "topicBurst", "commandsUnderWay", "usedIdSeconds",
            "settleMilliseconds",
            "noticeMilliseconds", "snapshotRecords",
        ])
        if let value = node["issuerRatePerSecond"] { limits.issuerRatePerSecond = try value.integer(1...100_000) }
        if let value = node["issuerBurst"] { limits.issuerBurst = try value.integer(1...1_000_000) }
        if let value = node["topicRatePerSecond"] { topicRatePerSecond = try value.integer(1...10_000) }
        if let value = node["topicBurst"] { topicBurst = try value.integer(1...100_000) }
        if let value = node["commandsUnderWay"] { limits.commandsUnderWay = try value.integer(1...100_000) }
        if let value = node["usedIdSeconds"] { limits.usedIDSeconds = try value.integer(360...86_400) }
        if let value = node["settleMilliseconds"] { relock.settleMilliseconds = Int64(try value.integer(100...60_000)) }
        if let value = node["snapshotRecords"] { snapshotRecords = Int64(try value.integer(10...1_000_000)) }
        if let value = node["noticeMilliseconds"] { relock.noticeMilliseconds = Int64(try value.integer(100...2000)) }
    }
}
