import Glibc
import LockCrypto
import LockModel
import WireBytes

/// What adapters keep: their own state, and each lock's vendor state (keys, sessions), sealed in the home.
///
/// Each is one file of its own, `state/ADAPTER/adapter` and `state/ADAPTER/lock-NAME`, AES-256-GCM under a key derived from `keys/seal`, bound to whose it
/// is: a file that was put in another's place does not open. It is replaced as a whole: after a crash there is the old one or the new one. What is
/// in it is the vendors' secrets and is never in a log, a record or a trace.
struct AdapterStates: Sendable {
    /// Whose state a file is.
    struct Owner: Sendable, Hashable {
        var adapter: AdapterName
        /// `nil` for the adapter's own.
        var lock: LockID?

        fileprivate var name: String { lock.map { "lock-\($0)" } ?? "adapter" }
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

    private static let maximumBytes = 65_536
    private let folder: String
    private let key: SecretBytes

    init(folder: String, seal: SecretBytes) throws(CryptoFailure) {
        self.folder = folder
        key = try HKDFSHA256.derive(from: seal, salt: [], info: Array("lockbridge adapter state v1".utf8), count: 32)
    }

    /// The state, or `nil` where none was ever put.
    func read(_ owner: Owner) throws(Damage) -> JSONObject? {
        let path = path(of: owner)
        guard access(path, F_OK) == 0 else { return nil }
        let sealed: [UInt8]
        do throws(GatewayHome.Failure) { sealed = try PrivateFile.read(path, maximumBytes: Self.maximumBytes) } catch {
            throw .unreadable(error)
        }
        guard let bytes = try? AESGCM256.open(sealed, key: key, associatedData: owner.associatedData),
            case .object(let object)? = try? StrictJSON.parse(bytes, maximumDepth: 16)
        else { throw .notAuthentic(path) }
        return object
    }

    /// Keeps a state in place of the one before; on return it is on disk.
    func write(_ state: JSONObject, of owner: Owner) throws {
        for path in [folder, folder + "/\(owner.adapter)"] where mkdir(path, 0o700) != 0 && errno != EEXIST {
            throw GatewayHome.Failure.io(path, .last("mkdir"))
        }
        let sealed = try AESGCM256.seal(try StrictJSON.encode(JSONValue.object(state)), key: key, associatedData: owner.associatedData)
        try PrivateFile.replace(sealed, at: path(of: owner))
    }

    /// Forgets a state; nothing happens where there is none.
    func remove(_ owner: Owner) { unlink(path(of: owner)) }

    private func path(of owner: Owner) -> String { folder + "/\(owner.adapter)/\(owner.name)" }
}
