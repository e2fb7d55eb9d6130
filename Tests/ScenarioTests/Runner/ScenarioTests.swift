import Glibc
import Simulation
import Testing

@Suite("A life told in a file")
struct ScenarioTests {
    @Test("ends as the file says", arguments: Folder.files)
    func ends(file: String) throws {
        let scenario = try Scenario(json: try #require(Folder.contents(of: file)))
        let (_, differences) = scenario.lived()
        #expect(differences.isEmpty, "\(scenario.name); lockbridge-sim --scenario Tests/ScenarioTests/\(file)")
    }

    @Test("there are files, each with a rule of its own")
    func files() throws {
        let names = try Folder.files.map { try Scenario(json: try #require(Folder.contents(of: $0))).name }
        #expect(names.count >= 30)
        #expect(Set(names).count == names.count)
    }

    @Test("a file that is no scenario is refused and told where it is wrong")
    func wrong() {
        let unknown = #"{"name":"x","plan":{"steps":[{"at":0,"do":{"explode":{}}}]},"expected":{}}"#
        #expect(throws: (any Error).self) { try Scenario(json: Array(unknown.utf8)) }
        #expect(throws: (any Error).self) { try Scenario(json: Array("{".utf8)) }
    }
}

/// `Tests/ScenarioTests`, where the files are.
enum Folder {
    static let path: String = {
        var path = #filePath
        for _ in 0..<2 { path = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]) }
        return path
    }()

    static let files: [String] = {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasSuffix(".json") { names.append(name) }
        }
        return names.sorted()
    }()

    static func contents(of file: String) -> [UInt8]? {
        guard let handle = fopen(path + "/" + file, "rb") else { return nil }
        defer { fclose(handle) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = fread(&bytes, 1, bytes.count, handle)
        return Array(bytes[..<count])
    }
}
