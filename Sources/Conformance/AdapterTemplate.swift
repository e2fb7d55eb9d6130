import AdapterHost
import Glibc
import LinuxIO
import LockModel

/// A working adapter to start from: copied into a folder of its own, with the new name put in.
public struct AdapterTemplate {
    /// The languages there is a template for.
    public enum Language: String, CaseIterable, Sendable {
        /// `adapters/template-python`.
        case python
    }

    private static let files: [(name: String, isProgram: Bool)] = [
        ("README.md", false), ("adapter.json", false), ("lockbridge_adapter.py", false), ("template_adapter.py", true),
        ("stand_in.py", true), ("Tests/test_library.py", false),
    ]
    private static let maximumBytes = 1 << 20
    private let source: String

    /// Finds the template: beside the installed program, or in the checkout it was built in.
    /// - Parameter folder: where it is, when it is elsewhere.
    /// - Throws: ``ConformanceRefusal`` naming the places where it is not.
    public init(_ language: Language, folder: String? = nil) throws(ConformanceRefusal) {
        let own = ProgramFinder().programFolder
        let places = folder.map { [$0] } ?? ["../share/lockbridge", "../../.."].map { "\(own)/\($0)/adapters/template-\(language)" }
        guard let source = places.first(where: { access($0 + "/adapter.json", R_OK) == 0 }) else {
            throw ConformanceRefusal(description: "no template in \(places.joined(separator: " or "))")
        }
        self.source = source
    }

    /// Copies the template into the new folder `parent/name`. Nothing that is there is overwritten.
    /// - Returns: the folder.
    /// - Throws: ``ConformanceRefusal`` for a name that is none, a folder that is there already, and what cannot be read or written.
    public func copy(name: String, into parent: String) throws(ConformanceRefusal) -> String {
        guard AdapterName(name) != nil else {
            throw ConformanceRefusal(description: "`\(name)` is not a name: 1 to 64 of a-z, 0-9 and -, and not - first")
        }
        let folder = parent + "/" + name
        for made in [folder, folder + "/Tests"] where mkdir(made, 0o755) != 0 {
            throw ConformanceRefusal(description: errno == EEXIST ? "\(made) is there already" : "\(made): \(IOFailure.text(of: errno))")
        }
        for file in AdapterTemplate.files {
            let path = folder + "/" + renamed(file.name, name)
            do throws(IOFailure) {
                let text = String(
                    decoding: try SmallFile.bytes(at: source + "/" + file.name, limit: AdapterTemplate.maximumBytes), as: UTF8.self)
                try write(renamed(text, name), to: path, mode: file.isProgram ? 0o755 : 0o644)
            } catch {
                throw ConformanceRefusal(description: "\(path): \(error)")
            }
        }
        return folder
    }

    private func write(_ text: String, to path: String, mode: mode_t) throws(IOFailure) {
        let opened = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, mode)
        guard opened >= 0 else { throw .last("open") }
        let file = OwnedDescriptor(taking: opened)
        defer { file.close() }
        guard Glibc.write(opened, text, text.utf8.count) == text.utf8.count else { throw .last("write") }
    }

    /// The text with the template's names replaced: the adapter's, its class's, its file's.
    private func renamed(_ text: String, _ name: String) -> String {
        let words = name.split(separator: "-")
        let prefix = name.first?.isNumber == true ? "Lock" : ""
        let replacements = [
            ("adapters/template-python", name), ("template-python", name), ("Template: an adapter in Python", name),
            ("TemplateAdapter", prefix + words.map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined() + "Adapter"),
            ("template_adapter", words.joined(separator: "_") + "_adapter"),
        ]
        return replacements.reduce(text) { text, pair in
            text.split(separator: pair.0, omittingEmptySubsequences: false).joined(separator: pair.1)
        }
    }
}
