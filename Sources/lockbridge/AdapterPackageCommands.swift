import AdapterProtocol
import ArgumentParser
import Gateway
import Glibc
import LinuxIO
import LockCrypto
import LockModel
import WireBytes

extension AdapterCommand {
    /// `lockbridge adapter add`
    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "add", abstract: "Add an adapter, or a newer version of one, while the gateway runs.",
            discussion: """
                PATH is the adapter's folder or a tar of it. Shown are its name, its version, what it asks for and the SHA-256 of the package; the gateway keeps the package, and runs
                no other until another is added. A version that asks for more than was accepted waits for `adapter accept`, and the one before it runs on. Refused while one of its doors is open.
                Its configuration is its entry in lockbridge.yaml, which is read again: write that first.
                """)
        @OptionGroup var options: HomeOptions
        @Argument(help: "The adapter's folder, or a tar of it.") var path: String
        @Option(name: .customLong("sha256"), help: "The SHA-256 that the package must have, as its maker tells it.") var sha256Text: String?
        @Flag(name: .long, help: "Do not ask.") var yes = false

        func run() throws {
            let (bytes, archive) = try package()
            guard let digest = Digest(sha256(bytes)) else { throw CommandFailure(.failed, "the package can't be hashed") }
            if let sha256Text, sha256Text.lowercased() != digest.description {
                throw CommandFailure(.failed, "the package's SHA-256 is \(digest), not \(sha256Text.lowercased()); nothing was added")
            }
            let manifest: Manifest
            do throws(ManifestRefusal) { manifest = try Manifest(reading: archive.manifest) } catch {
                throw CommandFailure(.configuration, "adapter.json: \(error)")
            }
            if let refusal = manifest.refusal() { throw CommandFailure(.configuration, refusal) }
            let needs = AdapterNeeds(manifest)
            Terminal.print("\(manifest.title): \(manifest.name) \(manifest.version), \(manifest.license)")
            Terminal.print("SHA-256 \(digest), \(archive.files.count) files, \(bytes.count) bytes")
            for need in needs.all { Terminal.print("  + \(need)") }
            if !yes {
                guard isatty(STDIN_FILENO) == 1 else { throw CommandFailure(.usage, "say --yes to add this") }
                Terminal.print("Type add to add it:")
                guard readLine() == "add" else { throw CommandFailure(.failed, "nothing was changed") }
            }
            try send(bytes, manifest.name, digest)
        }

        private func package() throws -> ([UInt8], TarArchive) {
            do {
                var info = stat()
                let isFolder = stat(path, &info) == 0 && info.st_mode & S_IFMT == S_IFDIR
                let bytes = isFolder ? try TarArchive.pack(path) : try SmallFile.bytes(at: path, limit: TarArchive.maximumBytes)
                return (bytes, try TarArchive(bytes))
            } catch {
                throw CommandFailure(.configuration, "\(path): \(error)")
            }
        }

        private func send(_ bytes: [UInt8], _ name: AdapterName, _ digest: Digest) throws {
            let client = try AdminClient(home: options.home)
            var offset = 0
            while offset < bytes.count {
                let end = min(offset + AdapterUploadRequest.maximumPieceBytes, bytes.count)
                let piece = AdapterUploadRequest(offset: offset, data: Base64URL.encode(Array(bytes[offset..<end])))
                let _: Nothing = try client.call(.adapterUpload, piece)
                offset = end
            }
            let answer: AdapterAddAnswer = try client.call(.adapterAdd, AdapterAddRequest(adapter: name, digest: digest))
            if answer.unchanged == true { return Terminal.print("\(name) is this package already.") }
            guard let wants = answer.wants else { return Terminal.print("Added; \(name) is being started.") }
            Terminal.print("It asks for more than was accepted; the version before it runs on:")
            for want in wants { Terminal.print("  + \(want)") }
            Terminal.print("`lockbridge adapter accept \(name)` installs it.")
        }
    }

    /// `lockbridge adapter remove`
    struct Remove: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "remove", abstract: "Take out an adapter that was added.",
            discussion:
                "Refused while one of its doors is open. Its locks are offline then; what it kept of them stays, for when it is added again."
        )
        @OptionGroup var options: HomeOptions
        @Argument(help: "The adapter's name.") var name: String

        func run() throws {
            let _: Nothing = try AdminClient(home: options.home).call(.adapterRemove, AdapterRequest(adapter: try parsed(name, "adapter")))
            Terminal.print("\(name) is gone.")
        }
    }

    /// `lockbridge adapter disable`
    struct Disable: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "disable", abstract: "Stop an adapter until it is enabled, over restarts too.",
            discussion: "Refused while one of its doors is open. Its locks are offline then.")
        @OptionGroup var options: HomeOptions
        @Argument(help: "The adapter's name.") var name: String

        func run() throws {
            let _: Nothing = try AdminClient(home: options.home).call(.adapterDisable, AdapterRequest(adapter: try parsed(name, "adapter")))
            Terminal.print("\(name) is stopped. `lockbridge adapter enable \(name)` starts it.")
        }
    }

    /// `lockbridge adapter enable`
    struct Enable: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "enable", abstract: "Start an adapter that was disabled.")
        @OptionGroup var options: HomeOptions
        @Argument(help: "The adapter's name.") var name: String

        func run() throws {
            let _: Nothing = try AdminClient(home: options.home).call(.adapterEnable, AdapterRequest(adapter: try parsed(name, "adapter")))
            Terminal.print("\(name) is being started.")
        }
    }
}
