import Glibc

/// What `Tests/Benchmarks/run` passes on.
struct Arguments {
    /// Where the release build's programs are.
    var programs = ""
    /// Where the floor's programs are.
    var floor = ""
    /// The committed limits.
    var limits = ""
    /// The folder of the loopback adapter with its manifest.
    var adapter = ""
    /// 1 is 10,000 locks and 20,000 commands at each window.
    var scale = 1.0
    /// Commands in flight.
    var windows = [1, 16, 256]
    /// Which of the two run; both, unless something is being looked into.
    var systems: Set<String> = ["gateway", "floor"]
    /// Also: how fast load generator and broker are when nothing is checked, stored or moved.
    var measuresGenerator = true

    var locks: Int { max(300, Int(10_000 * scale)) }
    var commands: Int { max(400, Int(20_000 * scale)) }

    static func read(_ arguments: [String]) throws -> Arguments {
        var result = Arguments()
        var rest = arguments[...]
        while let flag = rest.popFirst() {
            guard let value = rest.popFirst() else { throw Mishap("\(flag) wants a value") }
            switch flag {
            case "--programs": result.programs = value
            case "--floor": result.floor = value
            case "--limits": result.limits = value
            case "--adapter": result.adapter = value
            case "--scale":
                guard let scale = Double(value), scale > 0, scale <= 1 else { throw Mishap("--scale is above 0 and at most 1") }
                result.scale = scale
            case "--windows":
                result.windows = value.split(separator: ",").compactMap { Int($0) }.filter { (1...512).contains($0) }
            case "--systems": result.systems = Set(value.split(separator: ",").map(String.init))
            case "--generator": result.measuresGenerator = value == "yes"
            default: throw Mishap("unknown argument \(flag)")
            }
        }
        for folder in [result.programs, result.floor, result.limits, result.adapter] where folder.isEmpty {
            throw Mishap("--programs, --floor, --limits and --adapter are needed; Tests/Benchmarks/run gives them")
        }
        return result
    }
}

/// Why the benchmark can't go on, in words for whoever runs it.
struct Mishap: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
