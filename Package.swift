// swift-tools-version: 6.2
import PackageDescription

// The floors of Sources/README.md: a target uses the floors below it. SwiftPM alone lets transitive imports through,
// so Tests/TidyTests holds every `import` line against that table.

let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]

func library(_ name: String, path: String? = nil, exclude: [String] = [], _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, path: path, exclude: exclude, swiftSettings: strict)
}

func program(_ name: String, path: String? = nil, exclude: [String] = [], _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: dependencies, path: path, exclude: exclude, swiftSettings: strict)
}

func tests(_ name: String, path: String? = nil, exclude: [String] = [], _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, path: path, exclude: exclude, swiftSettings: strict)
}

let crypto: [Target.Dependency] = [
    .product(name: "Crypto", package: "swift-crypto"), .product(name: "CryptoExtras", package: "swift-crypto"), "CSodium",
]
let collections: Target.Dependency = .product(name: "Collections", package: "swift-collections")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

let floor0: [Target] = [
    library("LockModel"),
    library("WireBytes"),
    library("LockCrypto", ["WireBytes"] + crypto),
    .systemLibrary(name: "CSodium", pkgConfig: "libsodium", providers: [.apt(["libsodium-dev"])]),
]

let floor1: [Target] = [
    library("GatewayCore", exclude: ["README.md"], ["LockModel", collections]),
    library("Tokens", ["LockModel", "WireBytes", "LockCrypto"]),
    library("AdapterProtocol", ["LockModel", "WireBytes"]),
    library("BLEStack", ["WireBytes", "LockCrypto", collections]),
    library("ZWaveStack", ["WireBytes", "LockCrypto", collections]),
    .target(name: "CLinux"),
    library("LinuxIO", ["CLinux", "WireBytes", logging]),
    .target(name: "CFaultyDisk", linkerSettings: [.linkedLibrary("sqlite3")]),
    library("FaultyDisk", ["CFaultyDisk"]),
]

let floor2: [Target] = [
    library("Journal", ["LockModel", "Tokens", "LockCrypto", "WireBytes", .product(name: "GRDB", package: "GRDB.swift")]),
    library("AdapterHost", ["LockModel", "AdapterProtocol", "LinuxIO", "WireBytes", logging]),
    library("AdapterKit", exclude: ["README.md"], ["LockModel", "AdapterProtocol", "LinuxIO", "WireBytes", logging]),
    library("EgressProxy", ["LinuxIO"]),
    .systemLibrary(name: "CMosquitto", pkgConfig: "libmosquitto", providers: [.apt(["libmosquitto-dev"])]),
    library("MQTTBus", ["LockModel", "AdapterProtocol", "LinuxIO", "WireBytes", "CMosquitto", logging]),
    .systemLibrary(name: "CBluetooth", pkgConfig: "bluez", providers: [.apt(["libbluetooth-dev"])]),
    library("BLERadio", ["BLEStack", "LockModel", "AdapterProtocol", "LinuxIO", "WireBytes", "LockCrypto", "CBluetooth", collections]),
]

let floor3: [Target] = [
    library(
        "Gateway",
        [
            "GatewayCore", "Tokens", "Journal", "AdapterHost", "AdapterProtocol", "LinuxIO", "LockModel", "WireBytes", "LockCrypto",
            .product(name: "Yams", package: "Yams"), logging,
        ]
    ),
    library("Simulation", ["GatewayCore", "Tokens", "Journal", "FaultyDisk", "LockModel", "WireBytes", "LockCrypto"]),
    library("Conformance", ["LockModel", "AdapterProtocol", "AdapterHost", "LinuxIO", "WireBytes"]),
]

let floor4: [Target] = [
    program(
        "lockbridge",
        ["Gateway", "Conformance", "AdapterProtocol", "LinuxIO", "LockModel", "Tokens", "WireBytes", "LockCrypto", arguments, logging]),
    program("lockbridge-bus", ["MQTTBus"]),
    program("lockbridge-egress", ["EgressProxy"]),
    program("lockbridge-ble", ["BLERadio"]),
    program("lockbridge-sim", ["Simulation", "WireBytes", arguments]),
    library("NukiProtocol", path: "adapters/nuki/Sources/NukiProtocol", ["LockModel", "WireBytes", "LockCrypto"]),
    program(
        "NukiAdapter", path: "adapters/nuki/Sources/NukiAdapter",
        ["NukiProtocol", "AdapterKit", "AdapterProtocol", "LockModel", "WireBytes", "LockCrypto"]
    ),
    library("AugustProtocol", path: "adapters/august/Sources/AugustProtocol", ["LockModel", "WireBytes", "LockCrypto"]),
    program(
        "AugustAdapter", path: "adapters/august/Sources/AugustAdapter",
        ["AugustProtocol", "AdapterKit", "AdapterProtocol", "LockModel", "WireBytes", "LockCrypto"]
    ),
    program(
        "LoopbackAdapter",
        path: "adapters/loopback/Sources/LoopbackAdapter",
        ["AdapterKit", "AdapterProtocol", "LockModel", "WireBytes", "LinuxIO"]
    ),
    program(
        "LoopbackLocks",
        path: "adapters/loopback/Sources/LoopbackLocks",
        ["AdapterKit", "AdapterProtocol", "LockModel", "WireBytes", "LinuxIO"]
    ),
]

// Programs of the tests' own.
let simulators: [Target] = [
    program(
        "PlainAdapter", path: "Tests/Simulators/plain-adapter", exclude: ["README.md", "adapter.json"],
        ["AdapterKit", "AdapterProtocol", "LockModel", "LinuxIO"])
]

let suites: [Target] = [
    tests("TidyTests", path: "Tests/TidyTests", []),
    tests("LockModelTests", ["LockModel"]),
    tests("WireBytesTests", ["WireBytes"]),
    tests("LockCryptoTests", ["LockCrypto", "WireBytes"]),
    tests("GatewayCoreTests", ["GatewayCore", "LockModel", "Simulation"]),
    tests("SimulationTests", ["Simulation", "GatewayCore", "LockModel"]),
    tests("ScenarioTests", path: "Tests/ScenarioTests/Runner", ["Simulation"]),
    tests("TokensTests", ["Tokens", "LockModel", "WireBytes", "LockCrypto"]),
    tests("AdapterProtocolTests", ["AdapterProtocol", "LockModel", "WireBytes"]),
    tests("LinuxIOTests", ["LinuxIO", "WireBytes"]),
    tests(
        "JournalTests", exclude: ["Fixtures"],
        [
            "Journal", "FaultyDisk", "GatewayCore", "LockModel", "Tokens", "LockCrypto", "WireBytes",
            .product(name: "GRDB", package: "GRDB.swift"),
        ]),
    tests("AdapterHostTests", ["AdapterHost", "AdapterProtocol", "LinuxIO", "LockModel", "WireBytes", logging]),
    tests("AdapterKitTests", ["AdapterKit", "AdapterProtocol", "LinuxIO", "LockModel", "WireBytes", logging]),
    .testTarget(
        name: "ConformanceTests", dependencies: ["Conformance", "LinuxIO", "LockModel", "WireBytes"], exclude: ["wrong"],
        swiftSettings: strict),
    tests(
        "NukiTests", path: "adapters/nuki/Tests",
        ["NukiAdapter", "NukiProtocol", "AdapterKit", "AdapterProtocol", "LockModel", "WireBytes", "LockCrypto"]),
    tests(
        "AugustTests", path: "adapters/august/Tests",
        ["AugustAdapter", "AugustProtocol", "AdapterKit", "AdapterProtocol", "LockModel", "WireBytes", "LockCrypto"]),
    tests("LoopbackTests", path: "adapters/loopback/Tests", ["LoopbackAdapter", "LoopbackLocks", "LockModel", "WireBytes"]),
    tests("EgressProxyTests", ["EgressProxy"]),
    tests("MQTTBusTests", ["MQTTBus", "lockbridge-bus", "AdapterProtocol", "LinuxIO", "LockModel", "WireBytes"]),
    tests("BLEStackTests", ["BLEStack", "WireBytes", "LockCrypto"]),
    tests("ZWaveStackTests", ["ZWaveStack", "WireBytes", "LockCrypto"]),
    tests("BLERadioTests", ["BLERadio", "BLEStack", "AdapterProtocol", "LinuxIO", "LockModel", "WireBytes"]),
    tests("GatewayTests", ["Gateway", "GatewayCore", "Journal", "Tokens", "AdapterProtocol", "LockModel", "WireBytes", "LockCrypto"]),
]

// Fuzz targets, which Tests/Fuzz/run builds with sanitizers in a build folder of its own.
let fuzzing: [Target] =
    Context.environment["LOCKBRIDGE_FUZZ"] == "1"
    ? [
        .systemLibrary(name: "CFuzzer", path: "Tests/Fuzz/CFuzzer"),
        program(
            "lockbridge-fuzz", path: "Tests/Fuzz/Sources",
            [
                "CFuzzer", "AugustProtocol", "BLEStack", "ZWaveStack", "NukiProtocol", "Gateway", "GatewayCore", "Journal", "Tokens",
                "AdapterProtocol", "LinuxIO", "LockModel", "LockCrypto", "WireBytes",
            ]),
    ] : []

// The benchmark's own executable; `Tests/Benchmarks/run` builds it, with a build folder of its own.
let benchmarks: [Target] =
    Context.environment["LOCKBRIDGE_BENCH"] == "1"
    ? [
        program(
            "lockbridge-benchmark",
            path: "Tests/Benchmarks",
            exclude: ["README.md", "bluetooth", "floor", "limits.yaml", "run"],
            ["AdapterProtocol", "CMosquitto", "LinuxIO", "LockCrypto", "LockModel", "Tokens", "WireBytes"]
        )
    ] : []

let package = Package(
    name: "lockbridge",
    products: [
        // What an adapter in Swift is built on, and nothing else of the house.
        .library(name: "AdapterKit", targets: ["AdapterKit", "AdapterProtocol", "LockModel"]),
        .executable(name: "lockbridge", targets: ["lockbridge"]),
        .executable(name: "lockbridge-bus", targets: ["lockbridge-bus"]),
        .executable(name: "lockbridge-egress", targets: ["lockbridge-egress"]),
        .executable(name: "lockbridge-ble", targets: ["lockbridge-ble"]),
        .executable(name: "lockbridge-sim", targets: ["lockbridge-sim"]),
        .executable(name: "lockbridge-adapter-loopback", targets: ["LoopbackAdapter"]),
        .executable(name: "lockbridge-adapter-august", targets: ["AugustAdapter"]),
        .executable(name: "lockbridge-adapter-nuki", targets: ["NukiAdapter"]),
        .executable(name: "lockbridge-adapter-plain", targets: ["PlainAdapter"]),
        .executable(name: "lockbridge-loopback-locks", targets: ["LoopbackLocks"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: floor0 + floor1 + floor2 + floor3 + floor4 + simulators + suites + fuzzing + benchmarks,
    swiftLanguageModes: [.v6]
)
