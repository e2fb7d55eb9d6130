import Glibc
import LinuxIO
import LockCrypto
import LockModel
import WireBytes

/// The folder of one gateway: configuration, keys, journal, socket (`decisions`, Home).
package struct GatewayHome: Sendable {
    package enum Failure: Error, Sendable, CustomStringConvertible {
        /// There is a gateway in it already.
        case exists(String)
        /// There is none.
        case missing(String)
        case io(String, IOFailure)
        case key(String, CryptoFailure)
        case socketPathTooLong(String)
        /// Another process runs this gateway.
        case running(String)
        /// The journal is too damaged to start with, or to be taken as it is.
        case damaged(String)

        package var description: String {
            switch self {
            case .exists(let path): "there is a gateway in \(path) already; nothing was changed"
            case .missing(let path): "there is no gateway in \(path); make one with `lockbridge init`, or name another folder with --home"
            case .running(let path): "the gateway in \(path) runs already; see `lockbridge status`"
            case .damaged(let what): "the journal is damaged: \(what); put a sound copy back, then `lockbridge audit accept`"
            case .io(let path, let failure): "\(path): \(failure)"
            case .key(let path, let failure): "\(path): \(failure)"
            case .socketPathTooLong(let path):
                "\(path) is longer than the \(UnixSocket.maximumPathBytes) bytes a socket's name may have; choose a shorter --home"
            }
        }
    }

    package let path: String

    package init(path: String) { self.path = path }

    package var configuration: String { path + "/lockbridge.yaml" }
    package var gatewayKey: String { path + "/keys/gateway.pem" }
    package var sealKey: String { path + "/keys/seal" }
    package var journal: String { path + "/journal.sqlite" }
    /// What adapters keep, sealed.
    package var states: String { path + "/state" }
    /// How far the journal was, signed: what a rolled back one is known by.
    package var anchor: String { path + "/anchor" }
    /// The copy of the journal's rows that belongs to the snapshot after that record.
    package func snapshot(after record: Int64) -> String { path + "/snapshot-\(record)" }
    /// Room kept back on the disk for the records of relocks and alarms.
    package var reserve: String { path + "/reserve" }
    package var adminSocket: String { path + "/run/admin.sock" }
    /// The private folders of the processes below the core.
    package var children: String { path + "/run/children" }

    /// Where a gateway is looked for: the flag, else `LOCKBRIDGE_HOME`, else the system's place for root and the user's for others.
    package static func standard(flag: String?) -> GatewayHome {
        if let flag { return GatewayHome(path: absolute(flag)) }
        if let given = getenv("LOCKBRIDGE_HOME").map({ String(cString: $0) }), !given.isEmpty { return GatewayHome(path: absolute(given)) }
        if geteuid() == 0 { return GatewayHome(path: "/var/lib/lockbridge") }
        if let state = getenv("XDG_STATE_HOME").map({ String(cString: $0) }), !state.isEmpty {
            return GatewayHome(path: state + "/lockbridge")
        }
        let user = getenv("HOME").map { String(cString: $0) } ?? "/"
        return GatewayHome(path: user + "/.local/state/lockbridge")
    }

    /// Makes the folder, the keys and a configuration without buses or adapters; returns the gateway's id.
    ///
    /// - Throws: `.exists` when there is one already, `.socketPathTooLong`, `.io`, `.key`.
    package func create(timeZone: String, clock: Configuration.ClockSource) throws(Failure) -> String {
        guard adminSocket.utf8.count <= UnixSocket.maximumPathBytes else { throw .socketPathTooLong(adminSocket) }
        guard access(configuration, F_OK) != 0 && access(gatewayKey, F_OK) != 0 else { throw .exists(path) }
        for folder in [path, path + "/keys", path + "/run"] { try makeFolder(folder) }
        let key: SigningKey
        do { key = try SigningKey.generate(.ed25519) } catch { throw .key(gatewayKey, error) }
        try PrivateFile.write(key.pem, to: gatewayKey)
        try PrivateFile.write(SecretBytes.random(32), to: sealKey)
        let id = GatewayHome.id(of: key.verifyingKey)
        try PrivateFile.write(Array(template(id, timeZone, clock).utf8), to: configuration, mode: 0o640)
        return id
    }

    /// Claims the folder for this process until the descriptor is closed or the process ends, however it ends.
    /// - Throws: `.running` when another process has it, `.missing` when there is no gateway here.
    package func claim() throws(Failure) -> OwnedDescriptor {
        guard access(path + "/run", F_OK) == 0 else { throw .missing(path) }
        let number = open(path + "/run/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard number >= 0 else { throw .io(path + "/run/lock", .last("open")) }
        let claimed = OwnedDescriptor(taking: number)
        guard flock(number, LOCK_EX | LOCK_NB) == 0 else {
            throw errno == EWOULDBLOCK ? .running(path) : .io(path + "/run/lock", .last("flock"))
        }
        return claimed
    }

    /// `gw-` and 16 characters of base32 of the key's SHA-256.
    static func id(of key: VerifyingKey) -> String { "gw-" + Base32.encode(sha256(key.raw)).prefix(16) }

    /// Reads the configuration.
    package func readConfiguration() throws -> Configuration {
        guard access(configuration, F_OK) == 0 else { throw Failure.missing(path) }
        let bytes = try PrivateFile.read(configuration, maximumBytes: 1 << 20)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ConfigurationMistake(path: "", message: "the file is not UTF-8")
        }
        return try Configuration(yaml: text)
    }

    /// Reads the gateway's signing key.
    package func readGatewayKey() throws(Failure) -> SigningKey {
        var bytes = try PrivateFile.read(gatewayKey, maximumBytes: 4096)
        do { return try SigningKey(pem: SecretBytes(wiping: &bytes)) } catch { throw .key(gatewayKey, error) }
    }

    /// Reads the 32 bytes everything at rest is sealed with.
    package func readSealKey() throws(Failure) -> SecretBytes {
        // A service manager may hand it in, so that it is not in the home and not in its backups.
        let handed = getenv("CREDENTIALS_DIRECTORY").map { String(cString: $0) + "/seal" }
        let path = handed.flatMap { access($0, R_OK) == 0 ? $0 : nil } ?? sealKey
        var bytes = try PrivateFile.read(path, maximumBytes: 64)
        guard bytes.count == 32 else { throw .key(path, .invalidKey) }
        return SecretBytes(wiping: &bytes)
    }

    private func makeFolder(_ folder: String) throws(Failure) {
        var made = ""
        for level in folder.split(separator: "/", omittingEmptySubsequences: true) {
            made += "/" + level
            if mkdir(made, 0o750) != 0 && errno != EEXIST { throw .io(made, .last("mkdir")) }
        }
    }

    private static func absolute(_ path: String) -> String {
        if path.hasPrefix("/") { return path }
        guard let here = getcwd(nil, 0) else { return path }
        defer { free(here) }
        return String(cString: here) + "/" + path
    }

    private func template(_ id: String, _ timeZone: String, _ clock: Configuration.ClockSource) -> String {
        """
        # Lockbridge. Locks, residents, retailers, keys and grants are not configured here: they are records, made by `lockbridge`.
        version: 1
        gateway: \(id)
        site:
          timeZone: \(timeZone)
          clock: \(clock.rawValue)   # kernel: trust the clock when the kernel says it is synchronised; host: the host below keeps it right
        buses: []
        # - name: shop
        #   url: mqtt://127.0.0.1:1883
        #   principals: [acme, alice]
        adapters: {}
        # loopback:
        #   config: {socket: /run/lockbridge/locks.sock}

        """
    }
}
