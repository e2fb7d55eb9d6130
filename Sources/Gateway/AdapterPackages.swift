import AdapterHost
import AdapterProtocol
import Glibc
import LinuxIO
import LockCrypto
import LockModel
import WireBytes

/// The adapters that were added: for each the tar as it was delivered, named by its SHA-256, and the folder made of it.
///
/// The tar is what is pinned: which one runs is a record in the journal. The folder is made of it anew at each start of the gateway, so
/// that a changed file does not run, and a changed tar is found.
struct AdapterPackages: Sendable {
    /// Why a package can't be used; the operator reads it.
    struct Failure: Error, Sendable, CustomStringConvertible {
        let description: String
    }

    /// `NAME/DIGEST.tar`, `NAME/next` with the digest that waits to be accepted, `NAME/disabled`.
    private let folder: String
    /// Where the folders are made: where an adapter with a user of its own can reach them.
    private let unpacked: String

    /// - Parameters:
    ///   - home: the gateway's folder.
    ///   - gateway: its id.
    init(home: GatewayHome, gateway: String) {
        folder = home.path + "/adapters"
        let cache = "/var/cache/lockbridge/" + gateway
        // Others have no way into the home, and an adapter of a gateway that runs as root is one of them.
        let isOpen =
            geteuid() == 0
            && ["/var/cache/lockbridge", cache].allSatisfy { (path: String) in
                (mkdir(path, 0o755) == 0 || errno == EEXIST) && chmod(path, 0o755) == 0
            }
        unpacked = isOpen ? cache : home.path + "/adapters"
    }

    /// Those that were added or disabled.
    var names: [AdapterName] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var names: [AdapterName] = []
        while let entry = readdir(stream) {
            let text = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if let name = AdapterName(text) { names.append(name) }
        }
        return names.sorted()
    }

    func has(_ name: AdapterName, _ digest: Digest) -> Bool { access(tar(name, digest), F_OK) == 0 }

    /// Keeps a tar that was delivered, and makes its folder.
    /// - Throws: ``Failure`` for another digest, an archive that is refused, a manifest of another adapter, and a disk that fails.
    func keep(_ bytes: [UInt8], of name: AdapterName, _ digest: Digest) throws(Failure) -> InstalledAdapter {
        let installed = try unpack(bytes, name, digest)
        do throws(GatewayHome.Failure) {
            for path in [folder, folder + "/\(name)"] where mkdir(path, 0o750) != 0 && errno != EEXIST {
                throw GatewayHome.Failure.io(path, .last("mkdir"))
            }
            try PrivateFile.replace(bytes, at: tar(name, digest))
        } catch {
            throw Failure(description: "\(error)")
        }
        return installed
    }

    /// Makes the folder of a tar that was kept.
    /// - Throws: ``Failure`` where it is gone or was changed.
    func open(_ name: AdapterName, _ digest: Digest) throws(Failure) -> InstalledAdapter {
        let bytes: [UInt8]
        do throws(GatewayHome.Failure) {
            bytes = try PrivateFile.read(tar(name, digest), maximumBytes: TarArchive.maximumBytes)
        } catch {
            throw Failure(description: "\(error)")
        }
        return try unpack(bytes, name, digest)
    }

    private func unpack(_ bytes: [UInt8], _ name: AdapterName, _ digest: Digest) throws(Failure) -> InstalledAdapter {
        guard Digest(sha256(bytes)) == digest else { throw Failure(description: "the package of \(name) is not the one that was accepted") }
        do {
            let archive = try TarArchive(bytes)
            let place = unpacked + "/\(name)"
            if mkdir(place, 0o755) != 0 && errno != EEXIST { throw IOFailure.last("mkdir \(place)") }
            let root = place + "/\(digest)"
            try PrivateFolder.prepare(root)
            chmod(root, 0o755)
            for file in archive.files { try write(file, in: root) }
            return try ProgramFinder().adapter(name.text, path: root)
        } catch {
            throw Failure(description: "\(error)")
        }
    }

    private func write(_ file: TarArchive.File, in root: String) throws(IOFailure) {
        var path = root
        for step in file.path.split(separator: "/").dropLast() {
            path += "/" + step
            if mkdir(path, 0o755) != 0 && errno != EEXIST { throw .last("mkdir \(path)") }
            chmod(path, 0o755)
        }
        let mode: mode_t = file.isExecutable ? 0o755 : 0o644
        let opened = Glibc.open(root + "/" + file.path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, mode)
        guard opened >= 0 else { throw .last("open \(file.path)") }
        let descriptor = OwnedDescriptor(taking: opened)
        defer { descriptor.close() }
        fchmod(opened, mode)
        var rest = file.bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(opened, $0.baseAddress, $0.count) }
            guard count > 0 else { throw .last("write \(file.path)") }
            rest = rest.dropFirst(count)
        }
    }

    /// Removes every tar and folder of an adapter but those named.
    func clean(_ name: AdapterName, but kept: [Digest]) {
        for place in Set([folder, unpacked]) {
            guard let stream = opendir(place + "/\(name)") else { continue }
            var entries: [String] = []
            while let entry = readdir(stream) {
                entries.append(
                    withUnsafePointer(to: &entry.pointee.d_name) {
                        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                    })
            }
            closedir(stream)
            for entry in entries where !entry.hasPrefix(".") && !["next", "disabled"].contains(entry) {
                if kept.contains(where: { entry.hasPrefix($0.description) }) { continue }
                let path = place + "/\(name)/" + entry
                if unlink(path) != 0 { PrivateFolder.remove(path) }
            }
        }
    }

    /// Forgets an adapter altogether.
    func remove(_ name: AdapterName) {
        clean(name, but: [])
        setNext(name, nil)
        setDisabled(name, false)
        for place in [folder, unpacked] { rmdir(place + "/\(name)") }
    }

    /// The digest that waits to be accepted.
    func next(_ name: AdapterName) -> Digest? {
        guard let text = try? SmallFile.text(at: folder + "/\(name)/next") else { return nil }
        return (try? Hex.decode(text)).flatMap { Digest($0) }
    }

    func setNext(_ name: AdapterName, _ digest: Digest?) { mark(name, "next", digest?.description) }

    /// Whether the operator stopped it.
    func isDisabled(_ name: AdapterName) -> Bool { access(folder + "/\(name)/disabled", F_OK) == 0 }

    func setDisabled(_ name: AdapterName, _ isDisabled: Bool) { mark(name, "disabled", isDisabled ? "disabled" : nil) }

    private func mark(_ name: AdapterName, _ file: String, _ text: String?) {
        let path = folder + "/\(name)/" + file
        guard let text else {
            unlink(path)
            return
        }
        for made in [folder, folder + "/\(name)"] { mkdir(made, 0o750) }
        try? PrivateFile.replace(Array(text.utf8), at: path)
    }

    private func tar(_ name: AdapterName, _ digest: Digest) -> String { folder + "/\(name)/\(digest).tar" }
}
