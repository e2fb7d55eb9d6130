import AdapterProtocol
import LockModel
import Testing

@testable import AdapterKit

@Suite("The life of an adapter", .timeLimit(.minutes(1)))
struct LifeOfAnAdapterTests {
    @Test("the adapter says nothing before it has answered initialize, not even what it logged while starting")
    func quietStart() async throws {
        var script = Script()
        script.start = { output in output.log(.info, "starting") }
        try await Conversation.with(script) { talk in
            try await talk.greet()
            #expect(try await talk.hear() == #"{"jsonrpc":"2.0","method":"log","params":{"level":"info","text":"starting"}}"#)
        }
    }

    @Test("with no version in common the adapter says which it speaks, and ends")
    func noVersion() async throws {
        try await Conversation.with { talk in
            talk.say(
                #"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersions":[7],"gateway":"g","config":{"host":"h"},"#
                    + #""limits":{"inFlight":1,"observedPerSecond":1,"lineBytes":65536}}}"#
            )
            let answer = try await talk.hear()
            #expect(errorCode(answer) == -32602 && answer?.contains("protocolVersions") == true)
            #expect(try await talk.hear() == nil)
            #expect(await talk.exitStatus() == 1)
        }
    }

    @Test("a configuration that does not fit is refused with the member's name, and may be put right")
    func badConfig() async throws {
        try await Conversation.with { talk in
            talk.say(
                #"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersions":[1],"gateway":"g","config":{"port":1},"#
                    + #""limits":{"inFlight":1,"observedPerSecond":1,"lineBytes":65536}}}"#
            )
            let answer = try await talk.hear()
            #expect(errorCode(answer) == AdapterErrorCode.badConfig.rawValue && answer?.contains("host") == true)
            try await talk.greet()
        }
    }

    @Test("nothing comes before initialize, and initialize comes once")
    func phases() async throws {
        try await Conversation.with { talk in
            talk.say(#"{"jsonrpc":"2.0","id":1,"method":"health"}"#)
            #expect(errorCode(try await talk.hear()) == -32600)
            try await talk.greet()
            talk.say(#"{"jsonrpc":"2.0","id":2,"method":"initialize","params":{}}"#)
            #expect(errorCode(try await talk.hear()) == -32600)
        }
    }

    @Test("an unknown request is refused by name, an unknown notification is ignored")
    func unknown() async throws {
        try await Conversation.with { talk in
            try await talk.greet()
            talk.say(#"{"jsonrpc":"2.0","method":"lock.dance"}"#)
            talk.say(#"{"jsonrpc":"2.0","id":1,"method":"lock.dance"}"#)
            #expect(errorCode(try await talk.hear()) == -32601)
            talk.say(#"{"jsonrpc":"2.0","id":2,"method":"health"}"#)
            #expect(try await talk.hear() == #"{"jsonrpc":"2.0","id":2,"result":{}}"#)
        }
    }

    @Test("health is answered while every other call hangs")
    func health() async throws {
        let gate = Gate()
        var script = Script()
        script.read = { _ in
            await gate.wait()
            throw AdapterFailure(.deviceUnreachable, "gone")
        }
        try await Conversation.with(script) { talk in
            try await talk.begin()
            talk.say(#"{"jsonrpc":"2.0","id":1,"method":"lock.read","params":{"lock":"front"}}"#)
            talk.say(#"{"jsonrpc":"2.0","id":2,"method":"health"}"#)
            #expect(try await talk.hear() == #"{"jsonrpc":"2.0","id":2,"result":{}}"#)
            gate.open()
            #expect(errorCode(try await talk.hear()) == 1000)
        }
    }

    @Test("shutdown takes back what was not sent, and its answer is the last line")
    func shutdown() async throws {
        let started = Gate()
        var script = Script()
        script.operate = { order in
            started.open()
            try await Task.sleep(for: .seconds(3600))
            try order.commit()
            return MotorReport(outcome: .done, bolt: .unlocked, door: .closed)
        }
        try await Conversation.with(script) { talk in
            try await talk.begin()
            talk.operate(1, "a")
            await started.wait()
            talk.say(#"{"jsonrpc":"2.0","id":2,"method":"shutdown"}"#)
            #expect(errorCode(try await talk.hear()) == AdapterErrorCode.cancelled.rawValue)
            #expect(try await talk.hear() == #"{"jsonrpc":"2.0","id":2,"result":{}}"#)
            #expect(try await talk.hear() == nil)
            #expect(await talk.exitStatus() == 0)
        }
    }

    @Test("a motor that was started is waited for before shutdown is answered")
    func shutdownWaits() async throws {
        let (started, gate) = (Gate(), Gate())
        var script = Script()
        script.operate = { order in
            try order.commit()
            started.open()
            await gate.wait()
            return MotorReport(outcome: .done, bolt: .unlocked, door: .closed)
        }
        try await Conversation.with(script) { talk in
            try await talk.begin()
            talk.operate(1, "a")
            await started.wait()
            talk.say(#"{"jsonrpc":"2.0","id":2,"method":"shutdown"}"#)
            talk.say(#"{"jsonrpc":"2.0","id":3,"method":"lock.read","params":{"lock":"front"}}"#)
            #expect(errorCode(try await talk.hear()) == -32600)
            gate.open()
            #expect(try await talk.hear() == Conversation.outcome(1, "a", "done", "unlocked", "closed"))
            #expect(try await talk.hear() == #"{"jsonrpc":"2.0","id":2,"result":{}}"#)
            #expect(await talk.exitStatus() == 0)
        }
    }

    @Test("the end of standard input ends the adapter with status 0")
    func endOfInput() async throws {
        try await Conversation.with { talk in
            try await talk.begin()
            talk.hangUp()
            #expect(try await talk.hear() == nil)
            #expect(await talk.exitStatus() == 0)
        }
    }

    @Test(
        "a core that breaks the protocol ends the adapter with status 1",
        arguments: [
            "nonsense", "", #"{"jsonrpc":"2.0","id":9,"result":{}}"#,
            #"{"jsonrpc":"2.0","method":"log","params":{"text":"\#(String(repeating: "x", count: 70_000))"}}"#,
        ]
    )
    func brokenCore(line: String) async throws {
        try await Conversation.with { talk in
            try await talk.greet()
            talk.say(line)
            #expect(await talk.exitStatus() == 1)
        }
    }
}
