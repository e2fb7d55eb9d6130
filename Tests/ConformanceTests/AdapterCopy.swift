import Glibc
import LinuxIO
import Testing
import WireBytes

/// A copy of the Python template in a folder of its own, as it is or with one fault.
final class AdapterCopy {
    let folder: String
    private static let files = ["lockbridge_adapter.py", "template_adapter.py", "stand_in.py", "adapter.json"]

    /// The checkout these tests are part of.
    static let root = #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 }
    static let template = root + "/adapters/template-python"

    init(fault: String, standIn: [String]? = nil) throws {
        var path = Array("/tmp/adapter-XXXXXX".utf8CString)
        folder = try #require(mkdtemp(&path).map { String(cString: $0) })
        for file in Self.files { try copy(Self.template + "/" + file, file) }
        try copy(Self.root + "/Tests/ConformanceTests/wrong/wrong_adapter.py", "wrong_adapter.py")
        var manifest = try #require(
            try StrictJSON.parse(try SmallFile.bytes(at: Self.template + "/adapter.json", limit: 65_536), maximumDepth: 16).object)
        manifest["run"] = ["./wrong_adapter.py", "--wrong", .string(fault)]
        if let standIn { manifest["standIn"] = .object(["run": .array(standIn.map { .string($0) })]) }
        try write(try StrictJSON.encode(JSONValue.object(manifest)), to: "adapter.json")
    }

    private func copy(_ path: String, _ name: String) throws {
        try write(try SmallFile.bytes(at: path, limit: 1 << 20), to: name)
    }

    private func write(_ bytes: [UInt8], to name: String) throws {
        let descriptor = open(folder + "/" + name, O_CREAT | O_WRONLY | O_TRUNC, 0o755)
        try #require(descriptor >= 0)
        #expect(Glibc.write(descriptor, bytes, bytes.count) == bytes.count)
        close(descriptor)
    }

    deinit {
        for file in Self.files + ["wrong_adapter.py"] { unlink(folder + "/" + file) }
        rmdir(folder)
    }
}
