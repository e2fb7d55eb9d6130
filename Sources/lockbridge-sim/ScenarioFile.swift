import Glibc
import Simulation

extension Report {
    /// Lives a scenario's file and tells it; as JSON only how it ended, in the form a file expects it.
    /// - Returns: the exit code.
    static func live(scenario path: String, store: StoreKind, isJSON: Bool) throws -> Int32 {
        guard let bytes = contents(of: path) else {
            note("lockbridge-sim: \(path) can't be read: \(String(cString: strerror(errno)))\n")
            return 64
        }
        let scenario: Scenario
        do {
            scenario = try Scenario(json: bytes)
        } catch {
            note("lockbridge-sim: \(path) is no scenario: \(error)\n")
            return 64
        }
        let (world, differences) = scenario.lived(isTold: true, store: store.maker())
        if isJSON {
            printJSON(Scenario.Outcome(world))
            return differences.isEmpty ? 0 : 1
        }
        for moment in world.timeline ?? [] { print(moment.line) }
        print("\n\(scenario.name)")
        for difference in differences { print("  but \(difference)") }
        return differences.isEmpty ? 0 : 1
    }

    private static func contents(of path: String) -> [UInt8]? {
        guard let file = fopen(path, "rb") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = fread(&chunk, 1, chunk.count, file)
            guard count > 0 else { break }
            bytes += chunk[..<count]
        }
        return ferror(file) == 0 ? bytes : nil
    }
}
