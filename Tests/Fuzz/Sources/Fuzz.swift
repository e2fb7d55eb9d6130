import CFuzzer
import Glibc
import LinuxIO

/// The fuzz targets' one program; `Tests/Fuzz/run` builds and runs it.
///
/// A target takes any bytes and must neither trap nor break its property; it answers whether the bytes were taken for what they should be.
/// What it refuses, it refuses by its own typed error.
@main
struct Fuzz {
    /// The targets, by the name their corpus has.
    static let targets: [String: @Sendable ([UInt8]) -> Bool] = [
        "jws": fuzzJWS, "token": fuzzToken, "json": fuzzJSON, "line": fuzzLine, "arrival": fuzzArrival, "manifest": fuzzManifest,
        "configuration": fuzzConfiguration, "record": fuzzRecord, "smp": fuzzSMP,
        "hci": fuzzHCI, "l2cap": fuzzL2CAP, "att": fuzzATT, "host": fuzzHost, "tar": fuzzTar,
        "serial": fuzzSerial, "s0": fuzzS0, "s2": fuzzS2, "zwave": fuzzZWave,
        "nuki": fuzzNuki, "august": fuzzAugust,
    ]

    /// The one chosen; libFuzzer's callback has no place for it.
    nonisolated(unsafe) private static var target: ([UInt8]) -> Bool = { _ in false }

    static func main() {
        let arguments = CommandLine.arguments
        guard arguments.count > 1, let target = targets[arguments[1]] else {
            print("usage: \(arguments[0]) TARGET seeds FILE… | TARGET [libFuzzer's arguments]")
            print("targets: \(targets.keys.sorted().joined(separator: " "))")
            exit(64)
        }
        self.target = target
        if arguments.count > 2, arguments[2] == "seeds" { exit(judge(arguments[3...], by: target)) }
        var count = CommandLine.argc - 1
        var rest: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv + 1
        exit(LLVMFuzzerRunDriver(&count, &rest) { data, size in Fuzz.run(data, size) })
    }

    static func run(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
        _ = target(Array(UnsafeBufferPointer(start: data, count: size)))
        return 0
    }

    /// Holds seeds against their names, so that a corpus cannot rot: `good-…` is taken, `bad-…` is refused.
    private static func judge(_ files: ArraySlice<String>, by target: ([UInt8]) -> Bool) -> CInt {
        var wrong: CInt = 0
        for file in files {
            let isGood = file.split(separator: "/").last?.hasPrefix("good-") == true
            guard let bytes = try? SmallFile.bytes(at: file, limit: 65_536), target(bytes) == isGood else {
                print("\(file) is \(isGood ? "refused" : "taken") or cannot be read")
                wrong = 1
                continue
            }
        }
        return wrong
    }
}

/// libFuzzer's own main, which is linked but never called, wants this name.
@_cdecl("LLVMFuzzerTestOneInput")
func testOneInput(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt { Fuzz.run(data, size) }
