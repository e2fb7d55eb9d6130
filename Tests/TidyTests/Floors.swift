/// The floors table of Sources/README.md: what each target may import. SwiftPM lets transitive imports through, so this table is what holds.
enum Floors {
    struct Row {
        let folder: String
        let own: Set<String>
        let outside: Set<String>
    }

    /// Always there: the standard library's and the C library's modules.
    static let platform: Set<String> = ["Glibc", "Synchronization"]

    /// Tools of tests, benchmarks and the tidy checks themselves.
    static let testing: Set<String> = ["Testing", "Foundation", "FoundationEssentials"]

    static let targets: [String: Row] = [
        "LockModel": Row(folder: "Sources/LockModel", own: [], outside: []),
        "WireBytes": Row(folder: "Sources/WireBytes", own: [], outside: []),
        "LockCrypto": Row(folder: "Sources/LockCrypto", own: ["WireBytes"], outside: ["Crypto", "CryptoExtras", "CSodium"]),
        "GatewayCore": Row(folder: "Sources/GatewayCore", own: ["LockModel"], outside: ["Collections"]),
        "Tokens": Row(folder: "Sources/Tokens", own: ["LockModel", "WireBytes", "LockCrypto"], outside: []),
        "AdapterProtocol": Row(folder: "Sources/AdapterProtocol", own: ["LockModel", "WireBytes"], outside: []),
        "BLEStack": Row(folder: "Sources/BLEStack", own: ["WireBytes", "LockCrypto"], outside: ["Collections"]),
        "ZWaveStack": Row(folder: "Sources/ZWaveStack", own: ["WireBytes", "LockCrypto"], outside: ["Collections"]),
        "LinuxIO": Row(folder: "Sources/LinuxIO", own: ["CLinux", "WireBytes"], outside: ["Logging"]),
        "FaultyDisk": Row(folder: "Sources/FaultyDisk", own: ["CFaultyDisk"], outside: []),
        "Journal": Row(
            folder: "Sources/Journal", own: ["LockModel", "Tokens", "LockCrypto", "WireBytes"], outside: ["GRDB", "Foundation"]),
        "AdapterHost": Row(
            folder: "Sources/AdapterHost", own: ["LockModel", "AdapterProtocol", "LinuxIO", "WireBytes"], outside: ["Logging"]),
        "AdapterKit": Row(
            folder: "Sources/AdapterKit", own: ["LockModel", "AdapterProtocol", "LinuxIO", "WireBytes"], outside: ["Logging"]),
        "EgressProxy": Row(folder: "Sources/EgressProxy", own: ["LinuxIO"], outside: []),
        "lockbridge-egress": Row(folder: "Sources/lockbridge-egress", own: ["EgressProxy"], outside: []),
        "MQTTBus": Row(
            folder: "Sources/MQTTBus", own: ["LockModel", "AdapterProtocol", "LinuxIO", "WireBytes"], outside: ["CMosquitto", "Logging"]),
        "BLERadio": Row(
            folder: "Sources/BLERadio", own: ["BLEStack", "LockModel", "AdapterProtocol", "LinuxIO", "WireBytes", "LockCrypto"],
            outside: ["CBluetooth", "Collections"]),
        "Gateway": Row(
            folder: "Sources/Gateway",
            own: ["GatewayCore", "Tokens", "Journal", "AdapterHost", "AdapterProtocol", "LinuxIO", "LockModel", "WireBytes", "LockCrypto"],
            outside: ["Yams", "ServiceLifecycle", "Metrics", "Logging"]),
        "Simulation": Row(
            folder: "Sources/Simulation", own: ["GatewayCore", "Tokens", "Journal", "FaultyDisk", "LockModel", "WireBytes", "LockCrypto"],
            outside: []),
        "Conformance": Row(
            folder: "Sources/Conformance", own: ["LockModel", "AdapterProtocol", "AdapterHost", "LinuxIO", "WireBytes"], outside: []),
        "lockbridge": Row(
            folder: "Sources/lockbridge",
            own: ["Gateway", "Conformance", "AdapterProtocol", "LinuxIO", "LockModel", "Tokens", "WireBytes", "LockCrypto"],
            outside: ["ArgumentParser", "Logging"]),
        "lockbridge-bus": Row(folder: "Sources/lockbridge-bus", own: ["MQTTBus"], outside: []),
        "lockbridge-ble": Row(folder: "Sources/lockbridge-ble", own: ["BLERadio"], outside: []),
        "lockbridge-sim": Row(folder: "Sources/lockbridge-sim", own: ["Simulation", "WireBytes"], outside: ["ArgumentParser"]),
        "NukiProtocol": Row(folder: "adapters/nuki/Sources/NukiProtocol", own: ["LockModel", "WireBytes", "LockCrypto"], outside: []),
        "NukiAdapter": Row(
            folder: "adapters/nuki/Sources/NukiAdapter",
            own: ["NukiProtocol", "AdapterKit", "AdapterProtocol", "LockModel", "WireBytes", "LockCrypto"], outside: []),
        "AugustProtocol": Row(
            folder: "adapters/august/Sources/AugustProtocol", own: ["LockModel", "WireBytes", "LockCrypto"], outside: []),
        "AugustAdapter": Row(
            folder: "adapters/august/Sources/AugustAdapter",
            own: ["AugustProtocol", "AdapterKit", "AdapterProtocol", "LockModel", "WireBytes", "LockCrypto"], outside: []),
        "LoopbackAdapter": Row(
            folder: "adapters/loopback/Sources/LoopbackAdapter",
            own: ["AdapterKit", "AdapterProtocol", "LockModel", "WireBytes", "LinuxIO"],
            outside: []),
        "PlainAdapter": Row(
            folder: "Tests/Simulators/plain-adapter/Sources", own: ["AdapterKit", "AdapterProtocol", "LockModel", "LinuxIO"], outside: []),
        "LoopbackLocks": Row(
            folder: "adapters/loopback/Sources/LoopbackLocks", own: ["AdapterKit", "AdapterProtocol", "LockModel", "WireBytes", "LinuxIO"],
            outside: []),
        // A package of its own, which sees of the house what is public.
        "TemplateLines": Row(folder: "adapters/template-swift/Sources/TemplateLines", own: [], outside: []),
        "TemplateAdapter": Row(
            folder: "adapters/template-swift/Sources/TemplateAdapter",
            own: ["AdapterKit", "AdapterProtocol", "LockModel", "TemplateLines"],
            outside: ["Dispatch"]),
        "TemplateStandIn": Row(
            folder: "adapters/template-swift/Sources/TemplateStandIn", own: ["TemplateLines"], outside: ["FoundationEssentials"]),
    ]
}
