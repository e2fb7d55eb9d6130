import AdapterProtocol
import Glibc
import LinuxIO

/// Which roles a peer of the admin socket holds: both for root and the daemon's own user, else by unix group.
struct AdminRoles {
    private let groups: [AdminRole: Set<UInt32>]
    private let own = geteuid()

    /// Looks the configured groups up once, at start.
    /// - Throws: `ConfigurationMistake` for a group this machine does not have.
    init(_ configuration: Configuration) throws(ConfigurationMistake) {
        groups = [
            .operator: try AdminRoles.numbers(configuration.operatorGroups, "roles.operator"),
            .installer: try AdminRoles.numbers(configuration.installerGroups, "roles.installer"),
        ]
    }

    func roles(of peer: PeerCredentials) -> [AdminRole] {
        if peer.uid == 0 || peer.uid == own { return AdminRole.allCases }
        let held = Set(peer.groups + [peer.gid])
        return AdminRole.allCases.filter { !groups[$0, default: []].isDisjoint(with: held) }
    }

    /// The name of a peer's account, its number where it has none.
    static func name(of peer: PeerCredentials) -> String {
        guard let entry = getpwuid(peer.uid), let name = entry.pointee.pw_name else { return "uid \(peer.uid)" }
        return String(cString: name)
    }

    private static func numbers(_ names: [String], _ path: String) throws(ConfigurationMistake) -> Set<UInt32> {
        var numbers: Set<UInt32> = []
        for name in names {
            guard let group = getgrnam(name) else {
                throw ConfigurationMistake(path: path, message: "there is no group `\(name)` on this machine")
            }
            numbers.insert(group.pointee.gr_gid)
        }
        return numbers
    }
}
