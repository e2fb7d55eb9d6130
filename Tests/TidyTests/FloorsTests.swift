import Testing

@Suite("The house keeps its floors")
struct FloorsTests {
    @Test("Every import line is in the table of its target", arguments: Floors.targets.keys.sorted())
    func imports(target: String) throws {
        let row = try #require(Floors.targets[target])
        let files = try Tree.swiftFiles(below: row.folder)
        #expect(!files.isEmpty, "\(row.folder) holds no Swift file")
        let allowed = row.own.union(row.outside).union(Floors.platform)
        for (path, lines) in files {
            for (number, line) in lines.enumerated() {
                guard let module = Tree.importedModule(line) else { continue }
                #expect(allowed.contains(module), "\(path):\(number + 1) imports \(module), which \(target) may not")
            }
        }
    }

    @Test("Every folder of sources is in the table")
    func everyTarget() throws {
        let known = Set(Floors.targets.values.map(\.folder))
        for (path, _) in try Tree.swiftFiles(below: "Sources") + Tree.swiftFiles(below: "adapters")
        where !path.contains("/Tests/") && !path.hasSuffix("/Package.swift") {
            #expect(known.contains { path.hasPrefix($0 + "/") }, "\(path) belongs to no target of the table")
        }
    }

    @Test("Only the bus process links libmosquitto, and the core never does")
    func coreIsAlone() {
        for target in ["Gateway", "lockbridge", "GatewayCore", "Journal", "AdapterHost"] {
            #expect(Floors.targets[target]?.own.contains("MQTTBus") == false)
            #expect(Floors.targets[target]?.outside.contains("CMosquitto") == false)
        }
    }

    @Test("An import line is read whatever stands before it")
    func importLines() {
        #expect(Tree.importedModule("import Glibc") == "Glibc")
        #expect(Tree.importedModule("@testable import LockModel") == "LockModel")
        #expect(Tree.importedModule("package import struct LockModel.Digest") == "LockModel")
        #expect(Tree.importedModule("// import Foundation") == nil)
    }
}
