import Foundation
import Testing

@testable import Gateway

@Suite("An adapter's package")
struct TarArchiveTests {
    private static let manifest = #"{"name": "mine"}"#

    private func folder() throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appending(path: "tar-\(UUID())")
        for (path, text) in [
            ("adapter.json", Self.manifest), ("run", "#!/bin/sh\n"), ("a/deep/" + String(repeating: "n", count: 90), "x"),
            (".git/config", "secret"), ("__pycache__/a.pyc", "y"), ("empty", ""),
        ] {
            let file = folder.appending(path: path)
            try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.appending(path: "run").path)
        return folder
    }

    @Test("A folder packed twice is the same bytes, and reads as its files without what is hidden")
    func roundTrip() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let bytes = try TarArchive.pack(folder.path)
        #expect(try TarArchive.pack(folder.path) == bytes)
        let archive = try TarArchive(bytes)
        #expect(archive.files.map(\.path) == ["a/deep/" + String(repeating: "n", count: 90), "adapter.json", "empty", "run"])
        #expect(archive.files.map(\.isExecutable) == [false, false, false, true])
        #expect(String(decoding: archive.manifest, as: UTF8.self) == Self.manifest)
    }

    @Test("A folder with a link in it is not packed")
    func link() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createSymbolicLink(atPath: folder.appending(path: "link").path, withDestinationPath: "/etc/passwd")
        #expect { try TarArchive.pack(folder.path) } throws: { "\($0)".contains("link is neither a file nor a folder") }
    }

    @Test(
        "A path that leaves its folder by bytes is refused, whatever characters its slashes seem part of, and so is a file without a name",
        arguments: ["../\u{301}x", "\u{600}/../../x", "a/\u{301}x", "/\u{301}x", "./.", "..", "../x"])
    func hiddenSteps(path: String) throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        var bytes = try TarArchive.pack(folder.path)
        let name = Array(path.utf8)
        bytes.replaceSubrange(0..<100, with: name + [UInt8](repeating: 0, count: 100 - name.count))
        bytes.replaceSubrange(345..<500, with: [UInt8](repeating: 0, count: 155))
        bytes.replaceSubrange(148..<156, with: [UInt8](repeating: 0x20, count: 8))
        let sum = String(bytes[..<512].reduce(0) { $0 + Int($1) }, radix: 8)
        bytes.replaceSubrange(148..<148 + sum.utf8.count, with: Array(sum.utf8))
        #expect(throws: TarArchive.Refusal.self) { try TarArchive(bytes) }
    }

    @Test("A package cut anywhere has whole files only, and one with a changed byte keeps its files in their folder")
    func damage() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let bytes = try TarArchive.pack(folder.path)
        let whole = try TarArchive(bytes).files.map(\.path)
        for end in stride(from: 0, to: bytes.count - 1024, by: 7) {
            let files = (try? TarArchive(Array(bytes[..<end])))?.files.map(\.path) ?? []
            #expect(files == Array(whole.prefix(files.count)), "cut at \(end)")
        }
        for place in bytes.indices where place % 3 == 0 {
            for flip: UInt8 in [0x01, 0x2F, 0x80] {
                var changed = bytes
                changed[place] ^= flip
                guard let archive = try? TarArchive(changed) else { continue }
                for file in archive.files {
                    #expect(!file.path.hasPrefix("/") && !file.path.split(separator: "/").contains(".."))
                }
            }
        }
    }

    @Test("More entries or bytes than the bounds are refused")
    func bounds() throws {
        let one = try TarArchive.pack(try folder().path).prefix(1024)
        var many: [UInt8] = []
        for _ in 0...TarArchive.maximumEntries { many += one }
        #expect(throws: TarArchive.Refusal.self) { try TarArchive(many) }
        #expect { try TarArchive([UInt8](repeating: 0, count: TarArchive.maximumBytes + 1)) } throws: { "\($0)" == "larger than 64 MiB" }
        #expect { try TarArchive([]) } throws: { "\($0)" == "there is no adapter.json in it" }
    }
}
