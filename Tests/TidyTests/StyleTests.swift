import Testing

@Suite("The house keeps its style")
struct StyleTests {
    private static let folders = ["Sources", "adapters", "Tests"]

    /// Files that have a reason to be longer than 400 lines.
    private static let long: Set<String> = []

    @Test("No file is longer than 400 lines without a reason", arguments: folders)
    func length(folder: String) throws {
        for (path, lines) in try Tree.swiftFiles(below: folder) where !Self.long.contains(path) {
            #expect(lines.count <= 400, "\(path) has \(lines.count) lines")
        }
    }

    @Test("No type is called after having no idea", arguments: folders)
    func names(folder: String) throws {
        let banned = ["Utils", "Helpers", "Helper", "Manager", "Misc", "Types"]
        for (path, _) in try Tree.swiftFiles(below: folder) {
            let file = path.split(separator: "/").last.map { String($0.dropLast(6)) } ?? ""
            #expect(!banned.contains { file.hasSuffix($0) }, "\(path)")
        }
    }

    @Test("public stands only where adapter authors look")
    func visibility() throws {
        let open = ["Sources/LockModel/", "Sources/AdapterProtocol/", "Sources/AdapterKit/", "Sources/Conformance/"]
        for (path, lines) in try Tree.swiftFiles(below: "Sources") where !open.contains(where: path.hasPrefix) {
            for (number, line) in lines.enumerated() {
                let words = line.split(separator: " ")
                let isOpen =
                    words.first == "open" && words.count > 1 && ["class", "func", "var", "subscript", "override"].contains(words[1])
                #expect(words.first != "public" && !isOpen, "\(path):\(number + 1)")
            }
        }
    }

    @Test("No source leaves a stub", arguments: folders)
    func stubs(folder: String) throws {
        // Written apart, so that this file does not find itself.
        try expectNone(of: ["TO" + "DO", "FIX" + "ME", "try" + "!", "XCT" + "Skip", "as" + "! "], in: folder)
    }

    @Test("No test waits by the clock: an hour that is cancelled is a hang, anything shorter is a guess", arguments: ["Tests", "adapters"])
    func sleeps(folder: String) throws {
        try expectNone(of: ["Thread" + ".sleep", "usle" + "ep(", "Task" + ".sleep(for: .milli", "Task" + ".sleep(nano"], in: folder)
    }

    private func expectNone(of banned: [String], in folder: String) throws {
        for (path, lines) in try Tree.swiftFiles(below: folder) {
            for (number, line) in lines.enumerated() {
                for word in banned { #expect(!line.contains(word), "\(path):\(number + 1) says \(word)") }
            }
        }
    }

    @Test("The top folder holds exactly what the house says")
    func topLevel() throws {
        let agreed: Set<String> = [
            "Package.swift", "Package.resolved", "README.md", "LICENSE", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "Sources",
            "Tests", "adapters", "deploy",
        ]
        let extra = try Tree.topLevel().subtracting(agreed)
        #expect(extra.isEmpty, "\(extra.sorted())")
    }
}
