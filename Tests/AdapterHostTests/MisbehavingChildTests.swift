import AdapterProtocol
import LinuxIO
import Testing
import WireBytes

@testable import AdapterHost

extension RealChildren {
    /// Each way a child can go wrong, by a real process that does.
    @Suite("A child that misbehaves")
    struct MisbehavingChildTests {
        private static let greeting = HostHarness.greeting
        private static let log = #"{"jsonrpc":"2.0","method":"log","params":{"level":"info","text":"x"}}"#

        private func isMalformed(_ cause: DownCause?) -> Bool {
            if case .malformed = cause { true } else { false }
        }

        @Test("one that speaks before it has answered initialize is ended")
        func speaksFirst() throws {
            let cause = try HostHarness.causeOfDeath("printf '%s\\n' '\(Self.log)'; sleep 100")
            #expect(cause == .outOfPhase("a notification before its answer to initialize"))
        }

        @Test("one that writes noise instead of the protocol is ended", arguments: ["hello", "", "[]", #"{\"jsonrpc\":\"1.0\"}"#])
        func noise(text: String) throws {
            #expect(isMalformed(try HostHarness.causeOfDeath("printf '%s\\n' \"\(text)\"; sleep 100")))
        }

        @Test("one that never answers initialize is ended in time")
        func noGreeting() throws {
            #expect(try HostHarness.causeOfDeath("sleep 100") { $0.timings.greetingMilliseconds = 50 } == .noGreeting)
        }

        @Test("one that refuses initialize is ended with its words")
        func refuses() throws {
            let script = #"""
                read line
                printf '%s\n' '{"jsonrpc":"2.0","id":1,"error":{"code":1004,"message":"host is missing"}}'
                sleep 100
                """#
            #expect(try HostHarness.causeOfDeath(script) == .refusedGreeting("host is missing"))
        }

        @Test("one that is not what its manifest says is ended")
        func wrongIdentity() throws {
            let cause = try HostHarness.causeOfDeath(Self.greeting + "sleep 100") { $0.identity?.version = "2.0.0" }
            #expect(cause == .wrongIdentity("good 1.0.0"))
        }

        @Test("one that writes a line without end is ended before it fills the memory")
        func hugeLine() throws {
            #expect(isMalformed(try HostHarness.causeOfDeath(Self.greeting + "head -c 10000000 /dev/zero | tr '\\0' x; sleep 100")))
        }

        @Test("one that answers a request twice is ended")
        func answersTwice() throws {
            let script = Self.greeting + "printf '%s\\n' '{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}'; sleep 100"
            #expect(try HostHarness.causeOfDeath(script) == .answeredTwice)
        }

        @Test("one that answers what was not asked is ended")
        func invents() throws {
            let script = Self.greeting + "printf '%s\\n' '{\"jsonrpc\":\"2.0\",\"id\":99,\"result\":{}}'; sleep 100"
            #expect(try HostHarness.causeOfDeath(script) == .inventedAnswer)
        }

        @Test("one whose result is not what its method carries is ended, and the caller is told")
        func wrongResult() throws {
            let script =
                Self.greeting + "read line; printf '%s\\n' '{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{\"bolt\":\"ajar\"}}'; sleep 100"
            var told: CallFailure?
            let up = { (child: ChildSupervisor) in
                child.request(.lockRead, LockParams(lock: front), timeoutMilliseconds: 5000) { answer in told = failure(of: answer) }
            }
            let cause = try HostHarness.causeOfDeath(script, up: up)
            #expect(isMalformed(cause))
            guard case .gone = told else {
                Issue.record("told \(String(describing: told))")
                return
            }
        }

        @Test("one that floods is ended")
        func floods() throws {
            #expect(try HostHarness.causeOfDeath(Self.greeting + "while :; do printf '%s\\n' '\(Self.log)'; done") == .flood)
        }

        @Test("one that does not answer health is ended")
        func silent() throws {
            let cause = try HostHarness.causeOfDeath(Self.greeting + "exec sleep 100") { plan in
                plan.timings.healthEveryMilliseconds = 10
                plan.timings.healthAnswerMilliseconds = 50
            }
            #expect(cause == .silent)
        }

        @Test("one that does not read is ended before its queue fills the memory")
        func doesNotRead() throws {
            let big: JSONObject = ["x": .string(String(repeating: "x", count: 60_000))]
            let up = { (child: ChildSupervisor) in
                for _ in 0..<8 {
                    child.request(.statePut, StatePutParams(scope: .adapter, state: big), timeoutMilliseconds: 5000) { _ in }
                }
            }
            let cause = try HostHarness.causeOfDeath(Self.greeting + "exec sleep 100", up: up)
            #expect(cause == .doesNotRead)
        }

        @Test("one that uses too much memory is ended")
        func memory() throws {
            let cause = try HostHarness.causeOfDeath(Self.greeting + "exec sleep 100") { plan in
                plan.limits.memoryBytes = 4096
                plan.timings.useEveryMilliseconds = 20
            }
            guard case .tooMuchMemory(let bytes) = cause else {
                Issue.record("ended for \(String(describing: cause))")
                return
            }
            #expect(bytes > 4096)
        }

        @Test("one whose own child uses too much memory is ended, and its child with it")
        func memoryOfAChild() throws {
            let script = Self.greeting + "python3 -c 'x = bytearray(80 << 20); import time; time.sleep(100)' & exec sleep 100"
            let cause = try HostHarness.causeOfDeath(script) { plan in
                plan.limits.memoryBytes = 60 << 20
                plan.timings.useEveryMilliseconds = 50
            }
            guard case .tooMuchMemory = cause else {
                Issue.record("ended for \(String(describing: cause))")
                return
            }
        }

        @Test("one that keeps a processor busy is ended")
        func processor() throws {
            let cause = try HostHarness.causeOfDeath(Self.greeting + "while :; do :; done") { plan in
                plan.limits.processorPercent = 20
                plan.timings.useEveryMilliseconds = 50
                plan.timings.processorWindowMilliseconds = 500
            }
            #expect(cause == .tooMuchProcessor)
        }

        @Test("one that closes its output and lives on is ended")
        func closesOutput() throws {
            #expect(try HostHarness.causeOfDeath(Self.greeting + "exec 1>&-; exec sleep 100") == .closedOutput)
        }

        @Test("one that leaves its output open to a process of its own is seen to be gone")
        func leavesOutputOpen() throws {
            let script = Self.greeting + "setsid sh -c 'touch away; exec sleep 5' & until [ -e away ]; do :; done; exit 3"
            #expect(try HostHarness.causeOfDeath(script) == .exited(.exited(3)))
        }

        @Test("one that ignores shutdown is ended in time")
        func ignoresShutdown() throws {
            let cause = try HostHarness.causeOfDeath(Self.greeting + "exec sleep 100") { plan in
                plan.timings.shutdownMilliseconds = 50
            } up: {
                $0.stop()
            }
            #expect(cause == .didNotStop)
        }

        @Test("one that answers shutdown and stays is ended in time")
        func staysAfterShutdown() throws {
            let script = Self.greeting + "read line; printf '%s\\n' '{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{}}'; exec sleep 100"
            let cause = try HostHarness.causeOfDeath(script) { plan in
                plan.timings.shutdownMilliseconds = 50
            } up: {
                $0.stop()
            }
            #expect(cause == .didNotStop)
        }

        @Test("one that reuses the id of its own open request is ended")
        func reusesID() throws {
            let put = #"{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"state.put\",\"params\":{\"scope\":\"adapter\",\"state\":{}}}"#
            var kept: [ChildReply] = []
            var cause: DownCause?
            try HostHarness.run { harness in
                let child = harness.shell(Self.greeting + "printf '%s\\n%s\\n' \"\(put)\" \"\(put)\"; sleep 100")
                child.onRequest = { _, _, reply in kept.append(reply) }
                child.onDown = { down in
                    cause = cause ?? down
                    child.stop { harness.loop.stop() }
                }
                child.start()
            }
            #expect(kept.count == 1 && isMalformed(cause))
        }
    }
}
