import AdapterProtocol
import Glibc
import LinuxIO
import WireBytes

/// Finds programs and manifests, relative to the running program: nothing depends on the working directory or PATH
/// (`decisions`, Processes).
package struct ProgramFinder: Sendable {
    /// Why something is not found; the operator reads it.
    package struct NotFound: Error, Sendable, Equatable, CustomStringConvertible {
        package let description: String
    }

    /// The folder of the running program.
    package let programFolder: String

    /// - Parameter programFolder: where the running program is; by default as the kernel says.
    package init(programFolder: String? = nil) {
        self.programFolder = programFolder ?? ProgramFinder.ownFolder()
    }

    /// The absolute path of a manifest's `run[0]`.
    ///
    /// A bare name is sought beside the running program, then in `../libexec/lockbridge`; `./` means the adapter's folder; an absolute
    /// path is itself.
    /// - Throws: ``NotFound`` naming the places where it is not, or not executable.
    package func program(_ name: String, adapterFolder: String) throws(NotFound) -> String {
        let candidates: [String]
        if name.hasPrefix("/") {
            candidates = [name]
        } else if name.hasPrefix("./") {
            candidates = [adapterFolder + "/" + name.dropFirst(2)]
        } else if name.contains("/") || name.isEmpty {
            throw NotFound(description: "\(name) is neither a bare name, nor begins with ./ or /")
        } else {
            candidates = [programFolder + "/" + name, programFolder + "/../libexec/lockbridge/" + name]
        }
        for candidate in candidates where access(candidate, X_OK) == 0 { return candidate }
        throw NotFound(description: "no executable \(candidates.joined(separator: " or "))")
    }

    /// Reads an adapter's manifest: from `path` (its folder, or the file itself) where given, else from
    /// `../share/lockbridge/adapters/NAME`.
    /// - Throws: ``NotFound`` for a file that cannot be read, a manifest that is refused, one with another name, or one for
    ///   other versions of the protocol or for a newer gateway.
    package func adapter(_ name: String, path: String? = nil) throws(NotFound) -> InstalledAdapter {
        var folder = path ?? programFolder + "/../share/lockbridge/adapters/" + name
        let suffix = "/adapter.json"
        if folder.hasSuffix(suffix) { folder.removeLast(suffix.count) }
        guard let absolute = ProgramFinder.absolute(folder) else { throw NotFound(description: "no adapter folder \(folder)") }
        let manifest: Manifest
        do {
            manifest = try Manifest(reading: try SmallFile.bytes(at: absolute + suffix, limit: Manifest.maximumBytes))
        } catch {
            throw NotFound(description: "\(absolute)\(suffix): \(error)")
        }
        guard manifest.name.text == name else {
            throw NotFound(description: "\(absolute)\(suffix) is the adapter \(manifest.name), not \(name)")
        }
        guard !InstalledAdapter.spoken(by: manifest).isEmpty else {
            throw NotFound(description: "\(absolute)\(suffix): none of its protocolVersions is spoken here")
        }
        if let refusal = manifest.refusal() { throw NotFound(description: "\(absolute)\(suffix): \(refusal)") }
        guard let first = manifest.run.first else { throw NotFound(description: "\(absolute)\(suffix) names no program") }
        let program = try program(first, adapterFolder: absolute)
        return InstalledAdapter(manifest: manifest, folder: absolute, program: program)
    }

    /// Whether an adapter of that name came with Lockbridge.
    package func isShipped(_ name: String) -> Bool {
        access(programFolder + "/../share/lockbridge/adapters/" + name + "/adapter.json", F_OK) == 0
    }

    private static func ownFolder() -> String {
        var path = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        let count = readlink("/proc/self/exe", &path, Int(PATH_MAX))
        guard count > 0 else { return "/usr/bin" }
        let text = String(decoding: path[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard let slash = text.lastIndex(of: "/"), slash != text.startIndex else { return "/" }
        return String(text[..<slash])
    }

    private static func absolute(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}

/// An adapter that was found: its manifest, its folder, its program.
package struct InstalledAdapter: Sendable, Equatable {
    package var manifest: Manifest
    package var folder: String
    /// The absolute path of `run[0]`.
    package var program: String

    package init(manifest: Manifest, folder: String, program: String) {
        self.manifest = manifest
        self.folder = folder
        self.program = program
    }

    /// The versions of the protocol that the adapter and we speak.
    static func spoken(by manifest: Manifest) -> [Int] { manifest.protocolVersions.filter { $0 == 1 } }

    /// How it is started, inside its walls; its private folder is `workFolder` with its name.
    ///
    /// - Parameter user: the user it is to run as, where it can.
    package func plan(
        gateway: String, config: JSONObject, workFolder: String, user: UInt32? = nil, limits: ChildLimits = ChildLimits(),
        timings: ChildTimings = ChildTimings()
    ) -> ChildPlan {
        let devices = devices(in: config)
        var plan = ChildPlan(
            name: manifest.name.text, executable: program, arguments: Array(manifest.run.dropFirst()),
            folder: workFolder + "/" + manifest.name.text,
            identity: ChildPlan.Identity(name: manifest.name.text, version: manifest.version.description),
            protocolVersions: InstalledAdapter.spoken(by: manifest), gateway: gateway, config: config, limits: limits,
            timings: timings)
        let programFolder = String(program[..<(program.lastIndex(of: "/") ?? program.startIndex)])
        plan.box = Box.around(readable: [folder, programFolder, program], writable: devices, hasNetwork: false)
        if case .egress = manifest.needs.network {
            if geteuid() == 0 {
                plan.box?.loopbackPort = ChildPlan.proxyPort
            } else {
                plan.weaknesses.append("no network: the hosts its manifest names can be given by root alone")
            }
        }
        if let reason = user == nil ? "none is set aside" : whyNoUser(devices: devices) {
            plan.weaknesses.append("no user of its own: \(reason)")
        } else {
            plan.user = user
            plan.limits.process.processes = ChildLimits.processesOfAUser
        }
        return plan
    }
}
