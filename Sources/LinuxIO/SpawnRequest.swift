/// The user and group a child runs as. Supplementary groups are dropped. Needs root.
package struct ProcessIdentity: Equatable, Sendable {
    package var user: UInt32
    package var group: UInt32

    package init(user: UInt32, group: UInt32) {
        self.user = user
        self.group = group
    }
}

/// What a child may use, as hard resource limits (getrlimit(2)). Core files are always off. Nil means as in the parent.
///
/// Resident memory and processor time have no such limit that holds for all a child starts: poll ``ProcessUse``.
package struct ProcessLimits: Equatable, Sendable {
    /// Open descriptors; one more than the highest number it may get.
    package var openFiles: UInt32?
    /// Processes and threads of the child's *user*, also those outside the child; the kernel does not hold root to it.
    package var processes: UInt32?
    /// Seconds of processor time, then SIGKILL.
    package var processorSeconds: UInt32?

    package init(openFiles: UInt32? = 64, processes: UInt32? = nil, processorSeconds: UInt32? = nil) {
        self.openFiles = openFiles
        self.processes = processes
        self.processorSeconds = processorSeconds
    }
}

/// The walls around a child: what it may reach beyond its pipes. What is not named it does not get.
package struct ProcessBox: Equatable, Sendable {
    /// Internet sockets; without it only those of the unix family.
    package var hasNetwork: Bool
    /// Without network: a port in its own empty namespace that it may connect to, where ``ChildProcess/loopback`` listens.
    package var loopbackPort: UInt16?
    /// Files and folders it may read and execute.
    package var readable: [String]
    /// Files, folders and devices it may write too.
    package var writable: [String]

    package init(hasNetwork: Bool = false, readable: [String] = [], writable: [String] = []) {
        self.hasNetwork = hasNetwork
        self.readable = readable
        self.writable = writable
    }
}

/// The walls that stand around a running child; which do depends on the kernel, and on whether we are root.
package struct ProcessWalls: OptionSet, Sendable, Hashable {
    package let rawValue: Int32
    package init(rawValue: Int32) { self.rawValue = rawValue }

    /// No file but those named (Landlock).
    package static let files = ProcessWalls(rawValue: 1)
    /// No TCP (Landlock).
    package static let tcp = ProcessWalls(rawValue: 2)
    /// No abstract socket and no signal beyond the box (Landlock).
    package static let scopes = ProcessWalls(rawValue: 4)
    /// No system call that reaches into other processes or the kernel, no socket family but those allowed (seccomp).
    package static let calls = ProcessWalls(rawValue: 8)
    /// An empty network namespace.
    package static let networkNamespace = ProcessWalls(rawValue: 16)
    /// A user of its own.
    package static let user = ProcessWalls(rawValue: 32)
    /// No capability, also not as root.
    package static let capabilities = ProcessWalls(rawValue: 64)

    /// In words, strongest first, for people.
    package var names: [String] {
        let all: [(ProcessWalls, String)] = [
            (.user, "own user"), (.capabilities, "no capabilities"), (.networkNamespace, "network of its own (namespace)"),
            (.files, "files (landlock)"), (.tcp, "no TCP outside (landlock)"),
            (.scopes, "no outside processes (landlock)"), (.calls, "system calls (seccomp)"),
        ]
        return all.filter { contains($0.0) }.map(\.1)
    }
}

/// A program to start.
package struct SpawnRequest: Sendable {
    /// The program's absolute path; PATH is not searched.
    package var executable: String
    /// The arguments after the program's name.
    package var arguments: [String]
    /// The whole environment: nothing is inherited.
    package var environment: [String: String]
    package var workingDirectory: String
    package var limits: ProcessLimits
    package var identity: ProcessIdentity?
    /// Nil: no walls but the limits.
    package var box: ProcessBox?
    /// The child's descriptor 3.
    package var handedIn: OwnedDescriptor?

    package init(
        executable: String,
        arguments: [String] = [],
        environment: [String: String] = [:],
        workingDirectory: String = "/",
        limits: ProcessLimits = ProcessLimits(),
        identity: ProcessIdentity? = nil,
        box: ProcessBox? = nil
    ) {
        self.executable = executable
        self.arguments = arguments
        self.environment = environment
        self.workingDirectory = workingDirectory
        self.limits = limits
        self.identity = identity
        self.box = box
    }
}

/// Why no child runs: the step that failed, and why. Nothing of the child is left.
package struct SpawnFailure: Error, Equatable, Sendable, CustomStringConvertible {
    /// A step between the request and the running program.
    package enum Step: Int32, Sendable {
        /// The request: EINVAL for a NUL byte, an `=` in a variable's name or a relative path; EAGAIN for too many at once.
        case request = 0
        /// The three pipes: the parent's descriptors have run out.
        case pipes
        /// The process itself: EAGAIN when there may be no more.
        case fork
        /// The child's standard descriptors.
        case descriptors
        /// A limit above the parent's own.
        case limits
        /// The change of user, which needs root.
        case identity
        /// The working directory.
        case workingDirectory
        /// The death signal or the renunciation of new privileges.
        case privileges
        /// The program: ENOENT, EACCES, ENOEXEC, or a missing interpreter (ENOENT too).
        case execute
    }

    package let step: Step
    /// The `errno`.
    package let code: Int32

    package init(step: Step, code: Int32) {
        self.step = step
        self.code = code
    }

    package var description: String { "\(step): \(IOFailure.text(of: code))" }
}
