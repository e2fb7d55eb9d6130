import AdapterProtocol
import Glibc
import LockCrypto
import LockModel
import WireBytes

/// What adapters keep: their own state, each lock's vendor state (keys, sessions) and blobs, and what the radio keeps of a lock, sealed in the home.
///
/// Each is one file of its own below `state/ADAPTER/`: `adapter`, `lock-NAME`, `radio-NAME`, `blob-NAME`, AES-256-GCM under a key derived from `keys/seal`, bound to whose it
/// is: a file that was put in another's place does not open. It is replaced as a whole: after a crash there is the old one or the new one. What is
/// in it is the vendors' secrets and is never in a log, a record or a trace.
struct AdapterStates: Sendable {
    /// Whose state a file is.
    struct Owner: Sendable, Hashable {
        /// What of the adapter's.
        enum Part: Sendable, Hashable {
            case own
            case lock(LockID)
            /// The radio's keys and handles for a lock; the adapter never sees them.
            case radio(LockID)
            case blob(BlobName)
        }

        var adapter: AdapterName
        var part = Part.own

        fileprivate var name: String {
            switch part {
            case .own: "adapter"
            case .lock(let lock): "lock-\(lock)"
            case .radio(let lock): "radio-\(lock)"
            case .blob(let blob): "blob-\(blob)"
            }
        }
        fileprivate var associatedData: [UInt8] { Array("lockbridge adapter state v1\0\(adapter)\0\(name)".utf8) }
    }

    /// Why a state can't be given; the adapter starts without it and the operator hears.
    enum Damage: Error, CustomStringConvertible {
        case unreadable(GatewayHome.Failure)
        /// It was changed, belongs to another, or was sealed with another key.
        case notAuthentic(String)

        var description: String {
            switch self {
            case .unreadable(let failure): "\(failure)"
            case .notAuthentic(let path):
                "\(path) was changed, or sealed with another key; pair again, or restore the file with its keys/seal"
            }
        }
    }

    private static let maximumBytes = Blobs.maximumBytes + 1024
    private let folder: String
    private let key: SecretBytes

    init(folder: String, seal: SecretBytes) throws(CryptoFailure) {
        self.folder = folder
        key = try HKDFSHA256.derive(from: seal, salt: [], info: Array("lockbridge adapter state v1".utf8), count: 32)
    }

    /// The state, or `nil` where none was ever put.
    func read(_ owner: Owner) throws(Damage) -> JSONObject? {
        guard let bytes = try readBytes(owner) else { return nil }
        guard case .object(let object)? = try? StrictJSON.parse(bytes, maximumDepth: 16) else { throw .notAuthentic(path(of: owner)) }
        return object
    }

    /// What was kept as bytes, or `nil` where nothing ever was.
    func readBytes(_ owner: Owner) throws(Damage) -> [UInt8]? {
        let path = path(of: owner)
        guard access(path, F_OK) == 0 else { return nil }
        let sealed: [UInt8]
        do throws(GatewayHome.Failure) { sealed = try PrivateFile.read(path, maximumBytes: Self.maximumBytes) } catch {
            throw .unreadable(error)
        }
        guard let bytes = try? AESGCM256.open(sealed, key: key, associatedData: owner.associatedData) else { throw .notAuthentic(path) }
        return bytes
    }

    /// Keeps a state in place of the one before; on return it is on disk.
    func write(_ state: JSONObject, of owner: Owner) throws {
        try write(try StrictJSON.encode(JSONValue.object(state)), of: owner)
    }

    /// Keeps bytes in place of those before; on return they are on disk.
    func write(_ bytes: [UInt8], of owner: Owner) throws {
        for path in [folder, folder + "/\(owner.adapter)"] where mkdir(path, 0o700) != 0 && errno != EEXIST {
            throw GatewayHome.Failure.io(path, .last("mkdir"))
        }
        try PrivateFile.replace(try AESGCM256.seal(bytes, key: key, associatedData: owner.associatedData), at: path(of: owner))
    }

    /// Forgets what was kept, where anything was; on return it is off the disk.
    func forget(_ owner: Owner) throws(GatewayHome.Failure) {
        let path = path(of: owner)
        if unlink(path) != 0 {
            if errno == ENOENT { return }
            throw .io(path, .last("unlink"))
        }
        try PrivateFile.syncFolder(of: path)
    }

    /// The blobs an adapter keeps.
    func blobs(of adapter: AdapterName) -> [BlobName] {
        guard let stream = opendir(folder + "/\(adapter)") else { return [] }
        defer { closedir(stream) }
        var names: [BlobName] = []
        while let entry = readdir(stream) {
            let file = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if file.hasPrefix("blob-"), let name = BlobName(String(file.dropFirst(5))) { names.append(name) }
        }
        return names.sorted()
    }

    private func path(of owner: Owner) -> String { folder + "/\(owner.adapter)/\(owner.name)" }
}
