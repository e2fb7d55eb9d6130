import Glibc
import LinuxIO
import Testing

@Suite("Spawner")
struct SpawnerTests {
    private struct Outcome {
        var lines: [String] = []
        var status: ChildExit?
        var failure: SpawnFailure?
    }

    /// Runs a program to its end and gathers what it wrote.
    private func outcome(of request: SpawnRequest, started: @escaping (ChildProcess) -> Void = { _ in }) throws -> Outcome {
        let seen = Seen<Outcome>()
        seen.values = [Outcome()]
        try withLoop { loop in
            let spawner = try Spawner(loop: loop)
            var open = 2
            func done() {
                open -= 1
                if open == 0 { loop.stop() }
            }
            spawner.spawn(request) { result in
                _ = spawner
                switch result {
                case .failure(let failure):
                    seen.values[0].failure = failure
                    loop.stop()
                case .success(let child):
                    child.onExit = { status in
                        seen.values[0].status = status
                        done()
                    }
                    do {
                        _ = try LineChannel(
                            loop: loop,
                            input: child.standardOutput,
                            output: child.standardInput,
                            onLine: { seen.values[0].lines.append(text($0)) },
                            onClosed: { _ in done() }
                        )
                    } catch {
                        Issue.record(error)
                    }
                    started(child)
                }
            }
        }
        return seen.values[0]
    }

    private func fail(_ what: String, _ loop: EventLoop) {
        Issue.record("\(what)")
        loop.stop()
    }

    private func shell(_ script: String, _ change: (inout SpawnRequest) -> Void = { _ in }) -> SpawnRequest {
        var request = SpawnRequest(executable: "/bin/sh", arguments: ["-c", script], environment: ["PATH": "/usr/bin:/bin"])
        change(&request)
        return request
    }

    @Test("a child echoes lines over its pipes and ends when its input ends")
    func echo() throws {
        let echoed = Seen<String>()
        try withLoop { loop in
            let spawner = try Spawner(loop: loop)
            spawner.spawn(SpawnRequest(executable: "/bin/cat")) { result in
                guard case .success(let child) = result else { return fail("\(result)", loop) }
                child.onExit = { status in
                    #expect(status == .exited(0))
                    _ = spawner
                    loop.stop()
                }
                let channels = Seen<LineChannel>()
                let channel = try? LineChannel(
                    loop: loop,
                    input: child.standardOutput,
                    output: child.standardInput,
                    onLine: { line in
                        echoed.values.append(text(line))
                        if echoed.values.count == 2 { channels.values[0].close() }
                    },
                    onClosed: { _ in }
                )
                guard let channel else { return fail("no channel", loop) }
                channels.values = [channel]
                #expect(channel.send(bytes("one")) == .queued)
                #expect(channel.send(bytes("two")) == .queued)
            }
        }
        #expect(echoed.values == ["one", "two"])
    }

    @Test("a child gets exactly the environment, arguments and working directory it was given")
    func environment() throws {
        var request = SpawnRequest(executable: "/usr/bin/env")
        request.environment = ["LANG": "C.UTF-8", "ODD": "a=b c"]
        #expect(try outcome(of: request).lines.sorted() == ["LANG=C.UTF-8", "ODD=a=b c"])
        let script = shell("pwd; printf '%s|' \"$@\"; echo") {
            $0.arguments += ["name", "", "two words", "ü"]
            $0.workingDirectory = "/usr"
        }
        #expect(try outcome(of: script).lines == ["/usr", "|two words|ü|"])
    }

    @Test("a child has the descriptors 0, 1 and 2 and no other, although the parent leaks some on purpose")
    func descriptors() throws {
        let leaked = (0..<8).map { _ in OwnedDescriptor(taking: open("/dev/null", O_RDONLY)) }
        let seen = try outcome(of: SpawnRequest(executable: "/bin/ls", arguments: ["/proc/self/fd"]))
        // ls itself opens the folder it lists.
        #expect(seen.lines == ["0", "1", "2", "3"])
        #expect(leaked.allSatisfy { $0.number > 2 })
    }

    @Test("a child starts with default signals, no blocked ones, no new privileges and a session of its own")
    func signals() throws {
        let seen = try outcome(of: SpawnRequest(executable: "/bin/cat", arguments: ["/proc/self/status", "/proc/self/stat"]))
        func field(_ name: String) -> String? {
            seen.lines.first { $0.hasPrefix(name + ":") }.map { String($0.dropFirst(name.count + 1).filter { !$0.isWhitespace }) }
        }
        #expect(field("SigIgn") == "0000000000000000")
        #expect(field("SigBlk") == "0000000000000000")
        #expect(field("NoNewPrivs") == "1")
        let stat = try #require(seen.lines.last).split(separator: " ")
        #expect(stat[5] == stat[0])
    }

    @Test("a child whose reader has gone dies of SIGPIPE, as programs expect")
    func brokenPipe() throws {
        let status = Seen<ChildExit>()
        try withLoop { loop in
            let spawner = try Spawner(loop: loop)
            spawner.spawn(shell("while :; do echo y; done")) { result in
                guard case .success(let child) = result else { return fail("\(result)", loop) }
                child.standardOutput.close()
                child.onExit = { ended in
                    status.values.append(ended)
                    _ = spawner
                    loop.stop()
                }
            }
        }
        #expect(status.values == [.killed(signal: SIGPIPE)])
    }

    @Test("limits hold: descriptors, processor time, and no core files")
    func limits() throws {
        let script = shell("ulimit -n; ulimit -c; ulimit -t") {
            $0.limits = ProcessLimits(openFiles: 17, processorSeconds: 3)
        }
        #expect(try outcome(of: script).lines == ["17", "0", "3"])
        let busy = shell("while :; do :; done") { $0.limits.processorSeconds = 1 }
        #expect(try outcome(of: busy).status == .killed(signal: SIGKILL))
    }

    @Test("run as root, a child takes the user it is given and keeps no group", .enabled(if: geteuid() == 0))
    func identity() throws {
        let script = shell("id -u; id -g; id -G; cat /proc/self/status | grep CapEff") {
            $0.identity = ProcessIdentity(user: 65_534, group: 65_533)
        }
        let seen = try outcome(of: script)
        #expect(Array(seen.lines.prefix(3)) == ["65534", "65533", "65533"])
        #expect(seen.lines.last?.hasSuffix("0000000000000000") == true)
    }

    @Test(
        "what cannot start says at which step and why",
        arguments: [
            (SpawnRequest(executable: "/nonexistent"), SpawnFailure(step: .execute, code: ENOENT)),
            (SpawnRequest(executable: "/etc/passwd"), SpawnFailure(step: .execute, code: EACCES)),
            (SpawnRequest(executable: "cat"), SpawnFailure(step: .request, code: EINVAL)),
            (SpawnRequest(executable: "/bin/cat", arguments: ["a\0b"]), SpawnFailure(step: .request, code: EINVAL)),
            (SpawnRequest(executable: "/bin/cat", environment: ["A=B": "C"]), SpawnFailure(step: .request, code: EINVAL)),
            (
                SpawnRequest(executable: "/bin/cat", workingDirectory: "/nonexistent"),
                SpawnFailure(step: .workingDirectory, code: ENOENT)
            ),
        ]
    )
    func failures(request: SpawnRequest, failure: SpawnFailure) throws {
        let seen = try outcome(of: request)
        #expect(seen.failure == failure)
        #expect(seen.status == nil)
    }

    @Test("the exit status and the killing signal are told apart")
    func statuses() throws {
        #expect(try outcome(of: shell("exit 7")).status == .exited(7))
        #expect(try outcome(of: SpawnRequest(executable: "/bin/cat")) { $0.kill(SIGTERM) }.status == .killed(signal: SIGTERM))
    }

    @Test("what a child has started ends with it")
    func wholeGroup() throws {
        // The grandchild holds the pipe: the stream ends only when it has gone.
        let seen = try outcome(of: shell("sleep 1000 & echo $!; exit 3"))
        #expect(seen.status == .exited(3))
        let grandchild = try #require(seen.lines.first.flatMap { Int32($0) })
        // It is dead; whoever adopted it may take a moment to notice.
        let end = Clocks.bootMilliseconds() + 10_000
        while ProcessUse.ofChild(grandchild).processes > 0 && Clocks.bootMilliseconds() < end { sched_yield() }
        #expect(ProcessUse.ofChild(grandchild).processes == 0)
    }

    @Test("children are killed when the process that spawned them is")
    func diesWithParent() async throws {
        let result = await #expect(processExitsWith: .signal(SIGKILL), observing: [\.standardOutputContent]) {
            let loop = try EventLoop()
            let spawner = try Spawner(loop: loop)
            spawner.spawn(SpawnRequest(executable: "/bin/sleep", arguments: ["1000"])) { result in
                guard case .success(let child) = result else { return loop.stop() }
                let line = Array("child \(child.pid)\n".utf8)
                _ = write(STDOUT_FILENO, line, line.count)
                kill(getpid(), SIGKILL)
            }
            try loop.run()
        }
        let output = text(try #require(result).standardOutputContent)
        let line = try #require(output.split(separator: "\n").first { $0.hasPrefix("child ") })
        let pid = try #require(Int32(line.dropFirst(6)))
        // The kernel kills it at once; whoever inherits it reaps it in its own time.
        for _ in 0..<10_000 where ProcessUse.ofChild(pid).processes > 0 { sched_yield() }
        #expect(ProcessUse.ofChild(pid).processes == 0)
    }
}
