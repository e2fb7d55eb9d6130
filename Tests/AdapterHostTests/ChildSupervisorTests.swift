import AdapterProtocol
import Glibc
import LinuxIO
import LockModel
import Testing
import WireBytes

@testable import AdapterHost

extension RealChildren {
    @Suite("A child under supervision")
    struct ChildSupervisorTests {
        private static let greeting = HostHarness.greeting

        @Test("a good child comes up, answers, and ends when asked; nothing of it is left")
        func goodLife() throws {
            let script =
                Self.greeting + #"""
                    read line; printf '%s\n' '{"jsonrpc":"2.0","id":2,"result":{}}'
                    read line; printf '%s\n' '{"jsonrpc":"2.0","id":3,"result":{}}'
                    """#
            var seen: [String] = []
            try HostHarness.run { harness in
                let child = harness.shell(script)
                child.onUp = { result in
                    seen.append("up \(result.name)")
                    child.request(.health, Nothing(), timeoutMilliseconds: 5000) { answer in
                        if case .success = answer { seen.append("healthy") }
                        child.stop {
                            seen.append("stopped")
                            harness.loop.stop()
                        }
                    }
                }
                child.onDown = { seen.append("down: \($0)") }
                child.start()
                harness.loop.onTurnEnd = {
                    if child.state == .idle {
                        #expect(access(harness.folder + "/child", F_OK) != 0)
                        #expect(child.counters.crashes == 0)
                    }
                }
            }
            #expect(seen == ["up good", "healthy", "down: stopped", "stopped"])
        }

        @Test("a child finds a clean environment, an empty folder of its own, and no descriptors but three")
        func environment() throws {
            // The shell itself adds PWD, SHLVL and _ to what it was given.
            let script = #"""
                touch left-behind
                env | grep -v -e '^PWD=' -e '^SHLVL=' -e '^_=' -e '^OLDPWD=' | sort >&2
                pwd >&2; ls -A >&2
                for fd in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do [ -e /proc/$$/fd/$fd ] && echo "fd $fd" >&2; done
                ulimit -n >&2; ulimit -c >&2
                """#
            var lives = 0
            var lines: [String] = []
            var folder = ""
            setenv("LOCKBRIDGE_TEST_SECRET", "s", 1)
            try HostHarness.run { harness in
                folder = harness.folder + "/child"
                let child = harness.shell(script)
                child.onDown = { _ in
                    lives += 1
                    guard lives == 2 else { return }
                    lines = harness.logLines.all
                    child.stop { harness.loop.stop() }
                }
                child.start()
            }
            let expected = [
                "HOME=\(folder)", "LANG=C.UTF-8", "PATH=/usr/local/bin:/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE=1", "TMPDIR=\(folder)",
                "TZ=UTC",
                folder, "left-behind", "fd 0", "fd 1", "fd 2", "64", "0",
            ]
            #expect(Array(lines.prefix(expected.count)) == expected)
            // The second life found its folder empty again: the same lines, one file.
            #expect(lines.filter { $0 == "left-behind" }.count == 2)
        }

        @Test("a child that crashes is started again, and after five crashes no more, with the last cause")
        func quarantine() throws {
            var downs: [DownCause] = []
            try HostHarness.run { harness in
                let child = harness.shell("exit 7")
                child.onDown = { cause in
                    downs.append(cause)
                    guard case .quarantined(let last) = child.state else { return }
                    #expect(last == .exited(.exited(7)) && child.counters.crashes == 5)
                    harness.loop.stop()
                }
                child.start()
            }
            #expect(downs == Array(repeating: .exited(.exited(7)), count: 5))
        }

        @Test("a quarantined child is started again by hand, with its crashes forgiven")
        func release() throws {
            var downs = 0
            try HostHarness.run { harness in
                let child = harness.shell("exit 7") { $0.timings.quarantineCrashes = 2 }
                child.onDown = { _ in
                    downs += 1
                    if downs == 2 { harness.loop.soon { child.start() } }
                    if downs == 3 {
                        #expect(child.state == .waiting)
                        child.stop { harness.loop.stop() }
                    }
                }
                child.start()
            }
            #expect(downs == 3)
        }

        @Test("a program that is not there is told by its path")
        func missing() throws {
            let cause = try HostHarness.causeOfDeath("") { $0.executable = "/no/such/program" }
            guard case .notStarted(let why) = cause else {
                Issue.record("ended for \(String(describing: cause))")
                return
            }
            #expect(why.contains("/no/such/program"))
        }

        @Test("every request is told when its child dies, and none is sent to a child that is not up")
        func requestsEnd() throws {
            var answers: [String] = []
            try HostHarness.run { harness in
                let child = harness.shell(Self.greeting + "read a; read b; exit 1")
                func ask(_ name: String) {
                    child.request(.health, Nothing(), timeoutMilliseconds: 5000) { answer in
                        if case .failure(let failure) = answer { answers.append("\(name) \(failure)") }
                    }
                }
                child.onUp = { _ in
                    ask("first")
                    ask("second")
                }
                child.onDown = { _ in child.stop { harness.loop.stop() } }
                ask("early")
                child.start()
            }
            let gone = "\(CallFailure.gone(.exited(.exited(1))))"
            #expect(answers == ["early \(CallFailure.notSent)", "first \(gone)", "second \(gone)"])
        }

        @Test("an answer after its time is dropped and counted, and the child lives on")
        func lateAnswer() throws {
            let script =
                Self.greeting + #"""
                    read first; read second
                    printf '%s\n' '{"jsonrpc":"2.0","id":2,"result":{}}' '{"jsonrpc":"2.0","id":3,"result":{}}'
                    read third
                    """#
            var answers: [CallFailure?] = []
            try HostHarness.run { harness in
                let child = harness.shell(script)
                child.onUp = { _ in
                    child.request(.health, Nothing(), timeoutMilliseconds: 1) { answer in
                        answers.append(failure(of: answer))
                        child.request(.health, Nothing(), timeoutMilliseconds: 5000) { answer in
                            answers.append(failure(of: answer))
                            #expect(child.counters.lateAnswers == 1 && child.state == .up)
                            child.stop { harness.loop.stop() }
                        }
                    }
                }
                child.start()
            }
            #expect(answers == [.noAnswer, nil])
        }

        @Test("an unknown notification is ignored and counted, an unknown request is refused by name")
        func unknown() throws {
            let script =
                Self.greeting + #"""
                    printf '%s\n' '{"jsonrpc":"2.0","method":"lock.dance"}' '{"jsonrpc":"2.0","id":"q","method":"lock.operate"}'
                    read answer
                    case "$answer" in *'"id":"q","error":{"code":-32601'*) printf '%s\n' '{"jsonrpc":"2.0","method":"progress","params":{"step":1,"of":1,"text":""}}';; esac
                    read line
                    """#
            var told: [Method] = []
            try HostHarness.run { harness in
                let child = harness.shell(script)
                child.onNotification = { method, _ in
                    told.append(method)
                    #expect(child.counters.ignoredNotifications == 1)
                    child.stop { harness.loop.stop() }
                }
                child.start()
            }
            #expect(told == [.progress])
        }

        @Test("what a child asks is answered once, whatever the caller does")
        func theirRequest() throws {
            let script =
                Self.greeting + #"""
                    printf '%s\n' '{"jsonrpc":"2.0","id":"p","method":"state.put","params":{"scope":"adapter","state":{"epoch":3}}}'
                    read answer; echo "$answer" >&2
                    read line
                    """#
            var lines: [String] = []
            try HostHarness.run { harness in
                let child = harness.shell(script)
                child.onRequest = { method, params, reply in
                    #expect(method == .statePut && params["scope"] == "adapter")
                    reply.succeed(Nothing())
                    reply.succeed(Nothing())
                }
                child.onDown = { _ in
                    lines = harness.logLines.all
                    harness.loop.stop()
                }
                child.onUp = { _ in
                    harness.loop.onTurnEnd = { if harness.logLines.all.count > 1 { child.stop() } }
                }
                child.start()
            }
            #expect(lines.contains(#"{"jsonrpc":"2.0","id":"p","result":{}}"#))
        }

        @Test("a child's own log lines are written, whoever owns it, with nothing in them that harms the log")
        func theirLog() throws {
            let script =
                Self.greeting + #"""
                    printf '%s\n' '{"jsonrpc":"2.0","method":"log","params":{"level":"warning","text":"two\nlines"}}'
                    printf '%s\n' '{"jsonrpc":"2.0","method":"log","params":{"level":"loud","text":"x"}}'
                    read line
                    """#
            var cause: DownCause?
            var lines: [String] = []
            try HostHarness.run { harness in
                let child = harness.shell(script)
                child.onDown = {
                    cause = $0
                    lines = harness.logLines.all
                    child.stop { harness.loop.stop() }
                }
                child.start()
            }
            #expect(lines.contains(#"two\u{a}lines"#))
            guard case .malformed(let text) = cause else {
                return #expect(cause == nil, "ended as malformed, not \(String(describing: cause))")
            }
            #expect(text.hasPrefix("log: "))
        }

        @Test("stopping a child that is starting or waiting leaves nothing running")
        func stopEarly() throws {
            var downs: [DownCause] = []
            try HostHarness.run { harness in
                let child = harness.shell("sleep 100")
                child.onDown = { downs.append($0) }
                child.start()
                child.stop {
                    #expect(child.state == .idle)
                    harness.loop.stop()
                }
            }
            #expect(downs == [.stopped])
        }
    }
}

/// What went wrong, `nil` for a result.
func failure<Value>(of answer: Result<Value, CallFailure>) -> CallFailure? {
    if case .failure(let failure) = answer { failure } else { nil }
}

/// The lock of most tests.
let front: LockID = {
    guard let lock = LockID("front") else { fatalError("front is a name") }
    return lock
}()
