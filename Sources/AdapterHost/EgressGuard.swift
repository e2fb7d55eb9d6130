import Glibc
import LinuxIO
import Logging

/// Keeps `lockbridge-egress` running beside one adapter, whose network it is: started anew with each life of the adapter, and after its own end.
package final class EgressGuard {
    private static let restartMilliseconds: Int64 = 1000

    private let program: String
    private let hosts: [String]
    private let name: String
    private let loop: EventLoop
    private let spawner: Spawner
    private let log: Logger
    private var process: ChildProcess?
    private var relay = StandardErrorRelay()
    private var errors: Watch?
    private var life = 0

    package init(_ program: String, hosts: [String], of name: String, loop: EventLoop, spawner: Spawner, log: Logger) {
        self.program = program
        self.hosts = hosts
        self.name = name
        self.loop = loop
        self.spawner = spawner
        self.log = log
    }

    /// Serves a new life of the adapter, which connects to this listening socket.
    package func serve(_ listener: OwnedDescriptor) {
        stop()
        start(listener, life)
    }

    /// Ends it; nothing is carried any more.
    package func stop() {
        life += 1
        process?.kill(SIGKILL)
        process = nil
    }

    private func start(_ listener: OwnedDescriptor, _ life: Int) {
        guard life == self.life else { return }
        var request = SpawnRequest(
            executable: program, arguments: hosts, environment: ["LANG": "C.UTF-8"],
            limits: ProcessLimits(openFiles: 128),
            box: Box.around(readable: [program, ProgramFinder().programFolder], hasNetwork: true))
        request.handedIn = listener
        spawner.spawn(request) { [weak self] result in
            guard let self else { return }
            switch result {
            case .failure(let failure):
                log.error("the way to the network did not start", metadata: ["child": "\(name)", "error": "\(failure)"])
                again(listener, life)
            case .success(let process):
                guard life == self.life else { return process.kill(SIGKILL) }
                self.process = process
                listen(process)
                process.onExit = { [weak self] _ in self?.again(listener, life) }
            }
        }
    }

    private func again(_ listener: OwnedDescriptor, _ life: Int) {
        guard life == self.life else { return }
        loop.schedule(afterMilliseconds: Self.restartMilliseconds) { [weak self] in self?.start(listener, life) }
    }

    private func listen(_ process: ChildProcess) {
        try? process.standardError.setNonBlocking()
        relay = StandardErrorRelay()
        errors?.cancel()
        errors = try? loop.watch(process.standardError.number, readable: true, writable: false) { [weak self] _ in
            guard let self else { return }
            var buffer = [UInt8](repeating: 0, count: 4096)
            let count = read(process.standardError.number, &buffer, buffer.count)
            if count > 0 {
                for line in relay.take(buffer[..<count], at: Clocks.bootMilliseconds()) {
                    log.notice("\(line)", metadata: ["child": "\(name)"])
                }
            } else if count == 0 || (errno != EAGAIN && errno != EINTR) {
                errors?.cancel()
                errors = nil
            }
        }
    }
}
