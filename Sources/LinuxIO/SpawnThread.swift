import CLinux
import Glibc
import Synchronization

/// What the spawning thread made: the child's pid and the parent's ends.
struct SpawnedProcess: Sendable {
    let pid: Int32
    let process: OwnedDescriptor
    let standardInput: OwnedDescriptor
    let standardOutput: OwnedDescriptor
    let standardError: OwnedDescriptor
    let walls: ProcessWalls
    let loopback: OwnedDescriptor?
    /// The user all of whose processes end with it; nil where it has ours.
    let user: UInt32?
}

struct SpawnAnswer: Sendable {
    let number: UInt64
    let result: Result<SpawnedProcess, SpawnFailure>
}

struct SpawnOrder: Sendable {
    let number: UInt64
    let request: SpawnRequest
    let answers: Mailbox<SpawnAnswer>
}

/// The one thread that starts children, as long as the process lives.
///
/// The kernel sends a child its death signal (PR_SET_PDEATHSIG) when the *thread* that started it ends, so that thread must
/// outlive all of them; and the loop must not wait for a slow file system.
enum SpawnThread {
    private static let running = Mutex<Mailbox<SpawnOrder>?>(nil)

    /// The thread's mailbox; the first call starts it.
    static func orders() throws(IOFailure) -> Mailbox<SpawnOrder> {
        try running.withLock { running throws(IOFailure) in
            if let running { return running }
            let orders = try Mailbox<SpawnOrder>(capacity: 256)
            try DetachedThread.start(named: "spawn") {
                while let batch = orders.waitForMessages() {
                    for order in batch {
                        let result = spawn(order.request)
                        let posted = order.answers.post(SpawnAnswer(number: order.number, result: result))
                        if posted != .accepted, case .success(let unwanted) = result { unwanted.destroy() }
                    }
                }
            }
            running = orders
            return orders
        }
    }

    private static func spawn(_ request: SpawnRequest) -> Result<SpawnedProcess, SpawnFailure> {
        let variables = request.environment.sorted { $0.key < $1.key }
        let environment = variables.map { "\($0.key)=\($0.value)" }
        let arguments = [request.executable] + request.arguments
        let hasNul = (arguments + environment + [request.workingDirectory]).contains { $0.utf8.contains(0) }
        guard !hasNul, request.executable.hasPrefix("/"), !variables.contains(where: { $0.key.isEmpty || $0.key.contains("=") })
        else { return .failure(SpawnFailure(step: .request, code: EINVAL)) }

        var spawned = lb_spawned()
        var code: Int32 = 0
        let step = withCStrings(arguments) { arguments in
            withCStrings(environment) { environment in
                request.executable.withCString { executable in
                    request.workingDirectory.withCString { directory in
                        withBox(request.box) { box in
                            var raw = lb_spawn_request(
                                executable: executable,
                                arguments: arguments,
                                environment: environment,
                                working_directory: directory,
                                open_files: request.limits.openFiles.map(Int64.init) ?? -1,
                                processes: request.limits.processes.map(Int64.init) ?? -1,
                                processor_seconds: request.limits.processorSeconds.map(Int64.init) ?? -1,
                                user: request.identity.map { Int64($0.user) } ?? -1,
                                group: request.identity.map { Int64($0.group) } ?? -1,
                                box: box,
                                handed_in: request.handedIn?.number ?? -1
                            )
                            return lb_spawn(&raw, &spawned, &code)
                        }
                    }
                }
            }
        }
        guard step == 0 else { return .failure(SpawnFailure(step: SpawnFailure.Step(rawValue: step) ?? .fork, code: code)) }
        return .success(
            SpawnedProcess(
                pid: spawned.pid,
                process: OwnedDescriptor(taking: spawned.process),
                standardInput: OwnedDescriptor(taking: spawned.input),
                standardOutput: OwnedDescriptor(taking: spawned.output),
                standardError: OwnedDescriptor(taking: spawned.error),
                walls: ProcessWalls(rawValue: spawned.walls),
                loopback: spawned.loopback < 0 ? nil : OwnedDescriptor(taking: spawned.loopback),
                user: request.identity?.user
            )
        )
    }

    /// The box as C has it, for the time of the call.
    private static func withBox<Result>(_ box: ProcessBox?, _ body: (UnsafePointer<lb_box>?) -> Result) -> Result {
        guard let box else { return body(nil) }
        return withCStrings(box.readable) { readable in
            withCStrings(box.writable) { writable in
                readable.withMemoryRebound(to: UnsafePointer<CChar>?.self, capacity: box.readable.count + 1) { readable in
                    writable.withMemoryRebound(to: UnsafePointer<CChar>?.self, capacity: box.writable.count + 1) { writable in
                        var raw = lb_box(
                            has_network: box.hasNetwork ? 1 : 0, loopback_port: box.loopbackPort ?? 0, readable: readable,
                            writable: writable)
                        return body(&raw)
                    }
                }
            }
        }
    }

    /// A NULL-terminated array of C strings, for the time of the call.
    private static func withCStrings<Result>(
        _ strings: [String],
        _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        var pointers = strings.map { strdup($0) }
        pointers.append(nil)
        defer { for pointer in pointers { free(pointer) } }
        return pointers.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { fatalError("an array with a last NULL has a base") }
            return body(base)
        }
    }
}
