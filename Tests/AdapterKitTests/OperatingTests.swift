import AdapterProtocol
import LockModel
import Synchronization
import Testing

@testable import AdapterKit

@Suite("Operating a lock through the kit", .timeLimit(.minutes(1)))
struct OperatingTests {
    /// A script whose motor counts its moves and, where given, waits for the gate after it was started.
    private func counting(_ moves: MoveCount, started: Gate = Gate(), gate: Gate? = nil) -> Script {
        var script = Script()
        script.operate = { order in
            try order.commit()
            moves.add()
            started.open()
            await gate?.wait()
            return MotorReport(outcome: .done, bolt: order.action == .lock ? .locked : .unlocked, door: .closed)
        }
        return script
    }

    @Test("the same operation again is one motor move and the same outcome")
    func sameAgain() async throws {
        let moves = MoveCount()
        try await Conversation.with(counting(moves)) { talk in
            try await talk.begin()
            talk.operate(1, "a")
            #expect(try await talk.hear() == Conversation.outcome(1, "a", "done", "unlocked", "closed"))
            talk.operate(2, "a")
            #expect(try await talk.hear() == Conversation.outcome(2, "a", "done", "unlocked", "closed"))
            #expect(moves.count == 1)
        }
    }

    @Test("a repeat while the motor runs gets the one outcome, another operation is busy, another action under the id is refused")
    func whileRunning() async throws {
        let (moves, started, gate) = (MoveCount(), Gate(), Gate())
        try await Conversation.with(counting(moves, started: started, gate: gate)) { talk in
            try await talk.begin()
            talk.operate(1, "a")
            await started.wait()
            talk.operate(2, "a")
            talk.operate(3, "b", "lock")
            #expect(errorCode(try await talk.hear()) == AdapterErrorCode.busy.rawValue)
            talk.operate(4, "a", "lock")
            #expect(errorCode(try await talk.hear()) == -32602)
            gate.open()
            #expect(try await talk.hear() == Conversation.outcome(1, "a", "done", "unlocked", "closed"))
            #expect(try await talk.hear() == Conversation.outcome(2, "a", "done", "unlocked", "closed"))
            #expect(moves.count == 1)
        }
    }

    @Test("after an error the id is unused, and a repeat is a new try")
    func errorFreesID() async throws {
        let tries = MoveCount()
        var script = Script()
        script.operate = { order in
            tries.add()
            guard tries.count > 1 else { throw AdapterFailure(.deviceUnreachable, "no link") }
            try order.commit()
            return MotorReport(outcome: .done, bolt: .unlocked, door: .closed)
        }
        try await Conversation.with(script) { talk in
            try await talk.begin()
            talk.operate(1, "a")
            let answer = try await talk.hear()
            #expect(errorCode(answer) == 1000 && answer?.contains(#""reason":"lockOffline""#) == true)
            talk.operate(2, "a")
            #expect(try await talk.hear() == Conversation.outcome(2, "a", "done", "unlocked", "closed"))
        }
    }

    @Test("when the time to live is over before anything was sent, it is an error and the gate stays shut")
    func expiresUnsent() async throws {
        let (moves, shut) = (MoveCount(), Gate())
        var script = Script()
        script.operate = { order in
            try? await Task.sleep(for: .seconds(3600))
            do throws(AdapterFailure) {
                try order.commit()
                moves.add()
            } catch {
                shut.open()
                throw error
            }
            return MotorReport(outcome: .done, bolt: .unlocked, door: .closed)
        }
        try await Conversation.with(script) { talk in
            try await talk.begin()
            talk.operate(1, "a", ttl: 1)
            let answer = try await talk.hear()
            #expect(errorCode(answer) == AdapterErrorCode.expired.rawValue && answer?.contains(#""reason":"timeout""#) == true)
            await shut.wait()
            #expect(moves.count == 0)
        }
    }

    @Test("when the time to live is over after it was sent, the outcome is unknown, and stays so")
    func expiresSent() async throws {
        let (moves, started, gate) = (MoveCount(), Gate(), Gate())
        let given = Handover<MotorOrder>()
        var script = counting(moves, started: started, gate: gate)
        let move = script.operate
        script.operate = { order in
            given.give(order)
            return try await move(order)
        }
        try await Conversation.with(script) { talk in
            try await talk.begin()
            talk.operate(1, "a")
            await started.wait()
            talk.session.deadlinePassed(try #require(given.taken))
            #expect(try await talk.hear() == Conversation.outcome(1, "a", "unknown", "unknown", "unknown", "timeout"))
            talk.operate(2, "b", "lock")
            #expect(errorCode(try await talk.hear()) == AdapterErrorCode.busy.rawValue)
            gate.open()
            talk.operate(3, "a")
            #expect(try await talk.hear() == Conversation.outcome(3, "a", "unknown", "unknown", "unknown", "timeout"))
            #expect(moves.count == 1)
        }
    }

    @Test("past its time no order passes the gate, also where nobody has taken it back")
    func commitLate() throws {
        let params = LockOperateParams(
            operation: try #require(OperationID("a")), lock: try #require(LockID("front")), action: .unlock, ttlMilliseconds: 10)
        let late = MotorOrder(params, readAt: .now - .milliseconds(10))
        #expect { try late.commit() } throws: { ($0 as? AdapterFailure)?.code == .expired }
        #expect(!late.isCommitted && late.takeBack(.cancelled))
        let inTime = MotorOrder(params, readAt: .now + .seconds(3600))
        try inTime.commit()
        #expect(inTime.isCommitted && !inTime.takeBack(.expired))
    }

    @Test("a failure after it was sent is unknown, never an error")
    func failsSent() async throws {
        var script = Script()
        script.operate = { order in
            try order.commit()
            throw AdapterFailure(.deviceUnreachable, "the link broke")
        }
        try await Conversation.with(script) { talk in
            try await talk.begin()
            talk.operate(1, "a")
            #expect(try await talk.hear() == Conversation.outcome(1, "a", "unknown", "unknown", "unknown", "adapterFailed"))
        }
    }

    @Test("done with another bolt than was asked is not believed")
    func wrongBolt() async throws {
        var script = Script()
        script.operate = { order in
            try order.commit()
            return MotorReport(outcome: .done, bolt: .locked, door: .closed)
        }
        try await Conversation.with(script) { talk in
            try await talk.begin()
            talk.operate(1, "a", "unlock")
            #expect(try await talk.hear() == Conversation.outcome(1, "a", "unknown", "locked", "closed", "adapterFailed"))
        }
    }

    @Test("a cancel before the gate is answered 1007, after it the true outcome comes")
    func cancelling() async throws {
        let (waiting, sent, gate) = (Gate(), Gate(), Gate())
        var script = Script()
        script.operate = { order in
            if order.operation.text == "sent" {
                try order.commit()
                sent.open()
            }
            waiting.open()
            await gate.wait()
            try order.commit()
            return MotorReport(outcome: .done, bolt: .unlocked, door: .closed)
        }
        try await Conversation.with(script) { talk in
            try await talk.begin()
            talk.operate(1, "unsent")
            await waiting.wait()
            talk.say(#"{"jsonrpc":"2.0","method":"$/cancel","params":{"id":1}}"#)
            #expect(errorCode(try await talk.hear()) == AdapterErrorCode.cancelled.rawValue)
            talk.say(#"{"jsonrpc":"2.0","id":5,"method":"lock.drop","params":{"lock":"front"}}"#)
            #expect(try await talk.hear() == #"{"jsonrpc":"2.0","id":5,"result":{}}"#)

            talk.operate(2, "sent")
            await sent.wait()
            talk.say(#"{"jsonrpc":"2.0","method":"$/cancel","params":{"id":2}}"#)
            gate.open()
            #expect(try await talk.hear() == Conversation.outcome(2, "sent", "done", "unlocked", "closed"))
        }
    }

    @Test("drop answers what is open on the lock first, then itself, and the lock is free again")
    func dropping() async throws {
        let (started, dropped) = (Gate(), MoveCount())
        var script = Script()
        script.operate = { order in
            try order.commit()
            if order.operation.text == "stuck" {
                started.open()
                await Gate().wait()
            }
            return MotorReport(outcome: .done, bolt: order.action == .lock ? .locked : .unlocked, door: .closed)
        }
        script.drop = { _ in dropped.add() }
        try await Conversation.with(script) { talk in
            try await talk.begin()
            talk.operate(1, "stuck")
            await started.wait()
            talk.say(#"{"jsonrpc":"2.0","id":2,"method":"lock.drop","params":{"lock":"front"}}"#)
            #expect(try await talk.hear() == Conversation.outcome(1, "stuck", "unknown", "unknown", "unknown", "timeout"))
            #expect(try await talk.hear() == #"{"jsonrpc":"2.0","id":2,"result":{}}"#)
            #expect(dropped.count == 1)
            talk.operate(3, "next", "lock")
            #expect(try await talk.hear() == Conversation.outcome(3, "next", "done", "locked", "closed"))
            talk.operate(4, "stuck")
            #expect(try await talk.hear() == Conversation.outcome(4, "stuck", "unknown", "unknown", "unknown", "timeout"))
        }
    }

    @Test(
        "what the lock did not declare is never asked of the adapter",
        arguments: [
            ("unlatch", "", 1003), ("unlock", #","openSeconds":4"#, -32602), ("unlock", #","openSeconds":61"#, -32602),
            ("lock", #","openSeconds":10"#, -32602), ("explode", "", -32602),
        ]
    )
    func undeclared(action: String, more: String, code: Int) async throws {
        let moves = MoveCount()
        try await Conversation.with(counting(moves)) { talk in
            try await talk.begin()
            talk.operate(1, "a", action, more: more)
            #expect(errorCode(try await talk.hear()) == code)
            #expect(moves.count == 0)
        }
    }

    @Test("a time to live of nothing, or beyond 40 s, is refused", arguments: [0, -5, 40_001])
    func ttl(milliseconds: Int) async throws {
        try await Conversation.with { talk in
            try await talk.begin()
            talk.operate(1, "a", ttl: milliseconds)
            #expect(errorCode(try await talk.hear()) == -32602)
        }
    }
}

/// Counts moves of a motor, from any task.
final class MoveCount: Sendable {
    private let moves = Mutex(0)
    var count: Int { moves.withLock { $0 } }
    func add() { moves.withLock { $0 += 1 } }
}
