import AdapterHost
import LinuxIO
import LockModel

/// What starting an adapter takes, at the gateway's start and while it runs.
final class AdapterWorkshop {
    /// A newer version that waits to be accepted.
    struct Next {
        var installed: InstalledAdapter
        var needs: AdapterNeeds
    }

    let finder: ProgramFinder
    let spawner: Spawner
    let packages: AdapterPackages
    let thread: PackageThread
    var users: ChildUsers
    var next: [AdapterName: Next] = [:]
    /// The package that is being uploaded.
    var upload: [UInt8] = []

    init(home: GatewayHome, gateway: String, finder: ProgramFinder, spawner: Spawner, loop: EventLoop) throws {
        self.finder = finder
        self.spawner = spawner
        users = ChildUsers(gateway: gateway)
        packages = AdapterPackages(home: home, gateway: gateway)
        thread = try PackageThread(packages, loop: loop)
    }
}
