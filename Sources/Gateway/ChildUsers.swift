import Glibc
import LinuxIO

/// The users that adapters run as when the gateway runs as root: one for each adapter of each gateway, from a range that no distribution, container or service manager
/// hands out; and a place for their private folders that they can reach.
struct ChildUsers {
    private static let first: UInt32 = 1_900_000_000
    private static let count: UInt32 = 200_000_000

    /// Where the private folders of such children are: entered by anybody, listed by root alone.
    let folder: String
    private let gateway: String
    private var taken: Set<UInt32> = []
    private var given: [String: UInt32] = [:]
    private let isAvailable: Bool

    init(gateway: String) {
        self.gateway = gateway
        folder = "/run/lockbridge/" + gateway
        guard geteuid() == 0 else {
            isAvailable = false
            return
        }
        for path in ["/run/lockbridge", folder] { mkdir(path, 0o711) }
        isAvailable = access(folder, W_OK) == 0 && chmod("/run/lockbridge", 0o711) == 0 && chmod(folder, 0o711) == 0
    }

    /// The user of the adapter with that name, the same after each start; `nil` where we are not root.
    mutating func user(of name: String) -> UInt32? {
        guard isAvailable else { return nil }
        if let user = given[name] { return user }
        // FNV-1a: any spread will do, it only has to be the same each time.
        let hash = (gateway + "/" + name).utf8.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
        var user = Self.first + hash % Self.count
        while !taken.insert(user).inserted { user = Self.first + (user + 1 - Self.first) % Self.count }
        given[name] = user
        return user
    }
}
