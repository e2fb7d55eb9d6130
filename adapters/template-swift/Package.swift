// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "template-swift",
    products: [
        .executable(name: "template-swift", targets: ["TemplateAdapter"]),
        .executable(name: "template-swift-stand-in", targets: ["TemplateStandIn"]),
    ],
    dependencies: [
        // AdapterKit. Another checkout, or a release by its address: .package(url: "https://…/lockbridge", from: "0.1.0")
        .package(name: "lockbridge", path: "../..")
    ],
    targets: [
        .target(name: "TemplateLines"),
        .executableTarget(name: "TemplateAdapter", dependencies: ["TemplateLines", .product(name: "AdapterKit", package: "lockbridge")]),
        .executableTarget(name: "TemplateStandIn", dependencies: ["TemplateLines"]),
        .testTarget(name: "TemplateStandInTests", dependencies: ["TemplateStandIn", "TemplateLines"]),
    ],
    swiftLanguageModes: [.v6]
)
