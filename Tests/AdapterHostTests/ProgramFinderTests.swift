import Glibc
import Testing

@testable import AdapterHost

@Suite("Finding programs and manifests")
struct ProgramFinderTests {
    private let base: String

    init() throws {
        var template = Array("/tmp/finder-XXXXXX".utf8CString)
        base = try #require(mkdtemp(&template).map { String(cString: $0) })
        for folder in ["bin", "libexec", "libexec/lockbridge", "share", "share/lockbridge", "share/lockbridge/adapters"] {
            mkdir(base + "/" + folder, 0o700)
        }
    }

    private func file(_ path: String, _ text: String = "", mode: mode_t = 0o600) {
        let descriptor = open(base + "/" + path, O_CREAT | O_WRONLY | O_TRUNC, mode)
        _ = write(descriptor, text, text.utf8.count)
        close(descriptor)
    }

    private func manifest(_ name: String, run: String = "drive", version: Int = 1) -> String {
        #"{"name":"\#(name)","title":"T","version":"1.0.0","license":"MIT-0","protocolVersions":[\#(version)],"#
            + #""minimumGateway":"0.1.0","role":"lock","run":["\#(run)","-v"]}"#
    }

    @Test("a bare name is sought beside the program, then in libexec")
    func bareName() throws {
        let finder = ProgramFinder(programFolder: base + "/bin")
        file("libexec/lockbridge/drive", mode: 0o700)
        #expect(try finder.program("drive", adapterFolder: "/none") == base + "/bin/../libexec/lockbridge/drive")
        file("bin/drive", mode: 0o700)
        #expect(try finder.program("drive", adapterFolder: "/none") == base + "/bin/drive")
        PrivateFolder.remove(base)
    }

    @Test("a file that is not executable, or a path that leaves its folder, is no program", arguments: ["drive", "bin/drive", "", "/none"])
    func noProgram(name: String) {
        file("bin/drive")
        #expect(throws: ProgramFinder.NotFound.self) {
            try ProgramFinder(programFolder: base + "/bin").program(name, adapterFolder: base)
        }
        PrivateFolder.remove(base)
    }

    @Test("an adapter is found by its name in share, or by a given path, and its program inside its folder")
    func adapter() throws {
        let finder = ProgramFinder(programFolder: base + "/bin")
        mkdir(base + "/share/lockbridge/adapters/acme", 0o700)
        file("share/lockbridge/adapters/acme/adapter.json", manifest("acme", run: "./drive"))
        file("share/lockbridge/adapters/acme/drive", mode: 0o700)
        let folder = base + "/share/lockbridge/adapters/acme"
        for path in [nil, folder, folder + "/adapter.json"] {
            let found = try finder.adapter("acme", path: path)
            #expect(found.folder == folder && found.program == folder + "/drive")
            let plan = found.plan(gateway: "gw", config: [:], workFolder: "/run")
            #expect(plan.arguments == ["-v"] && plan.folder == "/run/acme" && plan.identity == .init(name: "acme", version: "1.0.0"))
        }
        #expect { try finder.adapter("other", path: folder) } throws: { "\($0)".contains("is the adapter acme, not other") }
        #expect(throws: ProgramFinder.NotFound.self) { try finder.adapter("missing") }
        file("share/lockbridge/adapters/acme/adapter.json", manifest("acme", run: "./drive", version: 2))
        #expect { try finder.adapter("acme") } throws: { "\($0)".contains("protocolVersions") }
        PrivateFolder.remove(base)
    }
}
