import AdapterProtocol
import LinuxIO
import WireBytes

/// What a child is started with and held to.
package struct ChildPlan: Sendable {
    /// Who it has to say it is.
    package struct Identity: Sendable, Equatable {
        package var name: String
        package var version: String

        package init(name: String, version: String) {
            self.name = name
            self.version = version
        }
    }

    /// What it is called in the log.
    package var name: String
    /// The program's absolute path.
    package var executable: String
    package var arguments: [String]
    /// Its own folder: HOME, TMPDIR and working directory, emptied before each start and removed at the end. Its parent must exist.
    package var folder: String
    /// Checked against its answer to `initialize`; `nil` for a program of our own package.
    package var identity: Identity?
    package var protocolVersions: [Int]
    /// The gateway's id.
    package var gateway: String
    /// Its configuration, an object.
    package var config: JSONObject
    package var limits: ChildLimits
    package var timings: ChildTimings
    /// What it may reach beyond its pipes and its folder.
    package var box: ProcessBox?
    /// The user it runs as; `nil` for ours.
    package var user: UInt32?
    /// Walls it goes without, each with the reason.
    package var weaknesses: [String] = []

    package init(
        name: String, executable: String, arguments: [String] = [], folder: String, identity: Identity? = nil,
        protocolVersions: [Int] = [1], gateway: String, config: JSONObject, limits: ChildLimits = ChildLimits(),
        timings: ChildTimings = ChildTimings()
    ) {
        self.name = name
        self.executable = executable
        self.arguments = arguments
        self.folder = folder
        self.identity = identity
        self.protocolVersions = protocolVersions
        self.gateway = gateway
        self.config = config
        self.limits = limits
        self.timings = timings
    }

    /// How its process is started: limits, user, walls, environment, and its own folder, which must have been prepared.
    package var spawnRequest: SpawnRequest {
        var walls = box
        walls?.writable.append(folder)
        return SpawnRequest(
            executable: executable, arguments: arguments, environment: environment, workingDirectory: folder, limits: limits.process,
            identity: user.map { ProcessIdentity(user: $0, group: $0) }, box: walls)
    }

    /// Where an adapter finds its proxy, in its own network namespace.
    package static let proxyPort: UInt16 = 3128

    /// Everything a child finds in its environment (`adapters-reference`, The box); its proxy, where it may reach hosts.
    var environment: [String: String] {
        let proxy = box?.loopbackPort.map { "http://127.0.0.1:\($0)" }
        let names = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY"]
        return Dictionary(names.compactMap { name in proxy.map { (name, $0) } }) { first, _ in first }.merging([
            "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "TZ": "UTC", "HOME": folder, "TMPDIR": folder,
            "PYTHONDONTWRITEBYTECODE": "1",
        ]) { $1 }
    }
}

/// How much a child may use. Beyond any of them it is ended and started anew.
package struct ChildLimits: Sendable {
    /// How often it may say something unasked.
    package struct Notifications: Sendable {
        package var perSecond: Int
        package var perMinute: Int

        package init(perSecond: Int = 50, perMinute: Int = 600) {
            self.perSecond = perSecond
            self.perMinute = perMinute
        }
    }

    /// Resident memory of it and all it has started, polled.
    package var memoryBytes: Int
    /// Its share of one processor over a minute, likewise; `nil` for the bus process, which works as hard as its broker does.
    package var processorPercent: Int? = 95
    /// What the kernel keeps.
    package var process: ProcessLimits
    /// Processes and threads together, where it has a user of its own.
    package static let processesOfAUser: UInt32 = 64
    /// What may wait for it to read.
    package var outputBytes: Int
    /// `nil` for the bus process, whose rate the core governs by its credit.
    package var notifications: Notifications?
    /// Requests of its own it may have open; one more is answered `busy`.
    package var inFlight: Int

    package init(
        memoryBytes: Int = 128 << 20, process: ProcessLimits = ProcessLimits(openFiles: 64), outputBytes: Int = 256 * 1024,
        notifications: Notifications? = Notifications(), inFlight: Int = 16
    ) {
        self.memoryBytes = memoryBytes
        self.process = process
        self.outputBytes = outputBytes
        self.notifications = notifications
        self.inFlight = inFlight
    }
}

/// How long a child may take, and how it is started again. In milliseconds on the boot clock.
package struct ChildTimings: Sendable {
    /// From its start to its answer to `initialize`.
    package var greetingMilliseconds: Int64 = 10_000
    /// Between two questions for its health.
    package var healthEveryMilliseconds: Int64 = 15_000
    /// How long the answer may take.
    package var healthAnswerMilliseconds: Int64 = 10_000
    /// From `shutdown` to its exit.
    package var shutdownMilliseconds: Int64 = 2000
    /// Between two looks at its memory and processor time.
    package var useEveryMilliseconds: Int64 = 5000
    /// Over how long its share of a processor is taken.
    package var processorWindowMilliseconds: Int64 = 60_000
    /// Before the first restart; doubled for each crash that follows.
    package var firstRestartMilliseconds: Int64 = 1000
    /// The longest wait before a restart.
    package var longestRestartMilliseconds: Int64 = 300_000
    /// So many crashes …
    package var quarantineCrashes = 5
    /// … within so long, and it is not started any more.
    package var quarantineWindowMilliseconds: Int64 = 600_000

    package init() {}
}
