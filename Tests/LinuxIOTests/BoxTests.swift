import Glibc
import LinuxIO
import Synchronization
import Testing

/// What a program inside the walls can't do, tried from inside. Python does the trying: one line `name: result` for each attempt.
@Suite("The walls around a child")
struct BoxTests {
    private static let isRoot = geteuid() == 0
    /// A user for each child: what is left of one is killed by its user.
    private static let users = Atomic<UInt32>(1_900_100_000)

    /// Runs a Python script inside the walls, in an empty folder of its own, and gathers its lines.
    private func attempt(
        _ script: String, hasNetwork: Bool = false, writable: [String] = [], limits: ProcessLimits = ProcessLimits()
    ) throws -> (lines: [String], walls: ProcessWalls, user: UInt32) {
        let folder = try TemporaryFolder()
        let user = Self.users.add(1, ordering: .relaxed).newValue
        if Self.isRoot { chown(folder.path, user, user) }
        let lines = Seen<String>()
        let walls = Seen<ProcessWalls>()
        try withLoop { loop in
            let spawner = try Spawner(loop: loop)
            let request = SpawnRequest(
                executable: "/usr/bin/python3", arguments: ["-I", "-c", script], environment: ["PATH": "/usr/bin"],
                workingDirectory: folder.path, limits: limits,
                identity: Self.isRoot ? ProcessIdentity(user: user, group: user) : nil,
                box: ProcessBox(
                    hasNetwork: hasNetwork, readable: ["/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache", "/proc"],
                    writable: [folder.path, "/dev/null"] + writable))
            var open = 2
            let done = {
                open -= 1
                if open == 0 { loop.stop() }
            }
            spawner.spawn(request) { result in
                _ = spawner
                guard case .success(let child) = result else {
                    Issue.record("\(result)")
                    return loop.stop()
                }
                walls.values = [child.walls]
                child.onExit = { _ in done() }
                do {
                    _ = try LineChannel(
                        loop: loop, input: child.standardOutput, output: child.standardInput, onLine: { lines.values.append(text($0)) },
                        onClosed: { _ in done() })
                } catch {
                    Issue.record(error)
                }
            }
        }
        return (lines.values, walls.values.first ?? [], user)
    }

    /// Python that tries something and prints the errno's name, or `done`.
    private func tries(_ attempts: [(String, String)]) -> String {
        var script = "import os, errno, socket, ctypes, signal\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        script += "def call(number, *rest):\n    if libc.syscall(number, *rest) < 0: raise OSError(ctypes.get_errno(), '')\n"
        for (name, code) in attempts {
            script += "try:\n    \(code)\n    print('\(name): done', flush=True)\n"
            script += "except OSError as error: print('\(name):', errno.errorcode.get(error.errno, error), flush=True)\n"
        }
        return script
    }

    @Test("the walls of this kernel stand: files, system calls, TCP, other processes, and as root a user and an empty network")
    func stands() throws {
        let seen = try attempt("print('here')")
        #expect(seen.lines == ["here"])
        var expected: ProcessWalls = [.files, .calls]
        if Self.isRoot { expected.formUnion([.user, .networkNamespace]) }
        #expect(seen.walls.isSuperset(of: expected), "\(seen.walls.names)")
    }

    @Test("its own folder is its to write, and no other file can be read, written or listed")
    func files() throws {
        let secret = try TemporaryFolder()
        let file = secret.path + "/key"
        let number = open(file, O_CREAT | O_WRONLY, 0o666)
        #expect(number >= 0)
        close(number)
        chmod(secret.path, 0o777)
        let seen = try attempt(
            tries([
                ("own", "open('mine', 'w').write('x')"), ("secret", "open('\(file)')"), ("write", "open('\(secret.path)/new', 'w')"),
                ("list", "os.listdir('\(secret.path)')"), ("etc", "open('/etc/passwd')"),
                ("environ", "open('/proc/\(getpid())/environ').read()"), ("maps", "open('/proc/\(getpid())/maps').read()"),
                ("shadow", "open('/etc/shadow')"), ("null", "open('/dev/null', 'w').write('x')"),
                ("link", "os.link('\(file)', 'mine2')"),
            ]))
        let refusals = ["EACCES", "EPERM", "EXDEV"]
        let got = seen.lines.filter {
            !$0.hasPrefix("own") && !$0.hasPrefix("null") && !refusals.contains(String($0.split(separator: " ")[1]))
        }
        #expect(got.isEmpty, "\(got)")
        #expect(seen.lines.count == 10)
        #expect(seen.lines.contains("own: done") && seen.lines.contains("null: done"))
    }

    @Test("without network there is no internet socket, no packet, no netlink, and no abstract socket of others")
    func network() throws {
        let abstract = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { bytes in
            for (index, byte) in Array("\0lockbridge-box-test-\(getpid())".utf8).enumerated() { bytes[index] = byte }
        }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + "\0lockbridge-box-test-\(getpid())".utf8.count)
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(abstract, $0, length) }
        }
        #expect(bound == 0 && listen(abstract, 4) == 0)
        defer { close(abstract) }
        let seen = try attempt(
            tries([
                ("inet", "socket.socket(socket.AF_INET)"), ("inet6", "socket.socket(socket.AF_INET6)"),
                ("packet", "socket.socket(socket.AF_PACKET, socket.SOCK_RAW)"),
                ("netlink", "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)"),
                ("unix", "socket.socket(socket.AF_UNIX)"),
                ("abstract", "socket.socket(socket.AF_UNIX).connect('\\0lockbridge-box-test-\(getpid())')"),
            ]))
        #expect(
            seen.lines.prefix(5) == [
                "inet: EAFNOSUPPORT", "inet6: EAFNOSUPPORT", "packet: EAFNOSUPPORT", "netlink: EAFNOSUPPORT", "unix: done",
            ])
        let isScoped = seen.walls.contains(.scopes) || seen.walls.contains(.networkNamespace)
        #expect(!isScoped || ["abstract: EPERM", "abstract: ECONNREFUSED"].contains(seen.lines.last), "\(seen.lines)")
    }

    @Test("a program with network has internet sockets and nothing lower")
    func withNetwork() throws {
        let seen = try attempt(
            tries([("inet", "socket.socket(socket.AF_INET)"), ("packet", "socket.socket(socket.AF_PACKET, socket.SOCK_RAW)")]),
            hasNetwork: true)
        #expect(seen.lines == ["inet: done", "packet: EAFNOSUPPORT"])
        #expect(!seen.walls.contains(.networkNamespace))
    }

    @Test("other processes can't be traced, read, signalled or entered, and no namespace is made")
    func processes() throws {
        let pid = getpid()
        let seen = try attempt(
            tries([
                ("ptrace", "call(101, 16, \(pid), 0, 0)"), ("vm_readv", "call(310, \(pid), 0, 0, 0, 0, 0)"), ("kill", "os.kill(\(pid), 0)"),
                ("unshare", "call(272, 0x10000000)"), ("mount", "call(165, 0, 0, 0, 0, 0)"), ("bpf", "call(321, 0, 0, 0)"),
                ("io_uring", "call(425, 1, 0)"), ("perf", "call(298, 0, 0, 0, 0, 0)"), ("keyctl", "call(250, 0, 0, 0, 0, 0)"),
                ("clone_newuser", "call(56, 0x10000000 | 17, 0, 0, 0, 0)"),
            ]))
        let answers = Dictionary(
            uniqueKeysWithValues: seen.lines.map { line in
                let parts = line.split(separator: " ")
                return (String(parts[0].dropLast()), String(parts[1]))
            })
        for name in ["ptrace", "vm_readv", "unshare", "mount", "bpf", "perf", "keyctl", "clone_newuser"] {
            #expect(answers[name] == "EPERM", "\(name): \(answers[name] ?? "-")")
        }
        #expect(answers["io_uring"] == "ENOSYS")
        let isApart = seen.walls.contains(.user) || seen.walls.contains(.scopes)
        #expect(!isApart || answers["kill"] == "EPERM", "\(answers["kill"] ?? "-")")
    }

    @Test("a fork bomb ends at its limit, and nothing of it is left when the child has ended")
    func forkBomb() throws {
        guard Self.isRoot else { return #expect(geteuid() != 0, "without a user of its own the number of processes can't be limited") }
        let script = """
            import os, sys, time
            made = 0
            try:
                while made < 500:
                    if os.fork() == 0:
                        os.setsid()
                        time.sleep(600)
                    made += 1
            except BlockingIOError: pass
            print('made', made < 100, flush=True)
            """
        let seen = try attempt(script, limits: ProcessLimits(openFiles: 64, processes: 48))
        #expect(seen.lines == ["made True"])
        // Killed is not yet gone.
        let end = Clocks.bootMilliseconds() + 5000
        while running(of: seen.user) > 0 && Clocks.bootMilliseconds() < end { sched_yield() }
        #expect(running(of: seen.user) == 0)
    }

    /// How many processes of a user still run, by /proc: what was killed and not yet reaped by init does not.
    private func running(of user: UInt32) -> Int {
        guard let folder = opendir("/proc") else { return -1 }
        defer { closedir(folder) }
        var count = 0
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            guard Int(name) != nil else { continue }
            var info = stat()
            guard stat("/proc/" + name, &info) == 0, info.st_uid == user, let file = fopen("/proc/" + name + "/stat", "r") else { continue }
            defer { fclose(file) }
            var bytes = [UInt8](repeating: 0, count: 256)
            let line = String(decoding: bytes[..<fread(&bytes, 1, bytes.count, file)], as: UTF8.self)
            if !line.contains(") Z ") { count += 1 }
        }
        return count
    }
}
