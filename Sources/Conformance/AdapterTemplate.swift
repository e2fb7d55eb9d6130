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
        /// `adapters/template-swift`.
        case swift

        fileprivate var files: [(name: String, isProgram: Bool)] {
            switch self {
            case .python:
                [
                    ("README.md", false), ("adapter.json", false), ("lockbridge_adapter.py", false), ("template_adapter.py", true),
                    ("stand_in.py", true), ("Tests/test_library.py", false),
                ]
            case .swift:
                [
                    ("README.md", false), ("adapter.json", false), ("Package.swift", false), ("build", true), (".gitignore", false),
                    ("Sources/TemplateLines/LineBuffer.swift", false), ("Sources/TemplateAdapter/main.swift", false),
                    ("Sources/TemplateAdapter/TemplateAdapter.swift", false), ("Sources/TemplateAdapter/Link.swift", false),
                    ("Sources/TemplateAdapter/LockWords.swift", false), ("Sources/TemplateStandIn/main.swift", false),
                    ("Sources/TemplateStandIn/Server.swift", false), ("Sources/TemplateStandIn/VirtualLock.swift", false),
                    ("Sources/TemplateStandIn/KitLine.swift", false), ("Tests/TemplateStandInTests/VirtualLockTests.swift", false),
                ]
            }
        }
    }

    private static let maximumBytes = 1 << 20
    private let language: Language
    private let source: String
    /// Where a Swift adapter finds `AdapterKit`.
    private let package: SwiftPackage?

    /// Finds the template: beside the installed program, or in the checkout it was built in.
    /// - Parameters:
    ///   - folder: where it is, when it is elsewhere.
    ///   - package: the package with `AdapterKit`, for Swift alone: a checkout's folder or a git address; by default the checkout the running
    ///     program was built in.
    /// - Throws: ``ConformanceRefusal`` naming the places where it is not.
    public init(_ language: Language, folder: String? = nil, package: String? = nil) throws(ConformanceRefusal) {
        let own = ProgramFinder().programFolder
        let places = folder.map { [$0] } ?? ["../share/lockbridge", "../../.."].map { "\(own)/\($0)/adapters/template-\(language)" }
        guard let source = places.first(where: { access($0 + "/adapter.json", R_OK) == 0 }) else {
            throw ConformanceRefusal(description: "no template in \(places.joined(separator: " or "))")
        }
        self.language = language
        self.source = source
        switch language {
        case .swift: self.package = try SwiftPackage(package, programFolder: own)
        case .python:
            guard package == nil else { throw ConformanceRefusal(description: "an adapter in Python needs no package") }
            self.package = nil
        }
    }

    /// Copies the template into the new folder `parent/name`. Nothing that is there is overwritten.
    /// - Returns: the folder.
    /// - Throws: ``ConformanceRefusal`` for a name that is none, a folder that is there already, and what cannot be read or written.
    public func copy(name: String, into parent: String) throws(ConformanceRefusal) -> String {
        guard AdapterName(name) != nil else {
            throw ConformanceRefusal(description: "`\(name)` is not a name: 1 to 64 of a-z, 0-9 and -, and not - first")
        }
        let folder = parent + "/" + name
        try make(folder)
        var made: Set<String> = []
        for file in language.files {
            let path = folder + "/" + renamed(file.name, name)
            try makeFolders(of: renamed(file.name, name), in: folder, made: &made)
            do throws(IOFailure) {
                let text = String(
                    decoding: try SmallFile.bytes(at: source + "/" + file.name, limit: AdapterTemplate.maximumBytes), as: UTF8.self)
                try write(renamed(package?.named(in: text) ?? text, name), to: path, mode: file.isProgram ? 0o755 : 0o644)
            } catch {
                throw ConformanceRefusal(description: "\(path): \(error)")
            }
        }
        package?.copyPins(to: folder)
        return folder
    }

    private func make(_ folder: String) throws(ConformanceRefusal) {
        guard mkdir(folder, 0o755) != 0 else { return }
        throw ConformanceRefusal(description: errno == EEXIST ? "\(folder) is there already" : "\(folder): \(IOFailure.text(of: errno))")
    }

    private func makeFolders(of file: String, in folder: String, made: inout Set<String>) throws(ConformanceRefusal) {
        var path = folder
        for step in file.split(separator: "/").dropLast() {
            path += "/" + step
            if made.insert(path).inserted { try make(path) }
        }
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
        let prefix = (name.first?.isNumber == true ? "Lock" : "") + words.map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
        let replacements = [
            ("adapters/template-\(language)", name), ("template-\(language)", name), ("Template: an adapter in Python", name),
            ("Template: an adapter in Swift", name), ("TemplateAdapter", prefix + "Adapter"), ("TemplateStandIn", prefix + "StandIn"),
            ("TemplateLines", prefix + "Lines"), ("template_adapter", words.joined(separator: "_") + "_adapter"),
        ]
        return replacements.reduce(text) { text, pair in
            text.split(separator: pair.0, omittingEmptySubsequences: false).joined(separator: pair.1)
        }
    }
}
