import AdapterProtocol
import LockModel
import Testing

@testable import AdapterKit

@Suite("Locks, settings and state through the kit", .timeLimit(.minutes(1)))
struct LocksAndStateTests {
    @Test("a lock that was not added is not known", arguments: ["lock.read", "lock.drop", "lock.remove"])
    func unknownLock(method: String) async throws {
        try await Conversation.with { talk in
            try await talk.begin()
            talk.say(#"{"jsonrpc":"2.0","id":1,"method":"\#(method)","params":{"lock":"back"}}"#)
            #expect(errorCode(try await talk.hear()) == AdapterErrorCode.notPaired.rawValue)
        }
    }

    @Test("a removed lock is not known any more, and may be added again")
    func remove() async throws {
        try await Conversation.with { talk in
            try await talk.begin()
            talk.say(#"{"jsonrpc":"2.0","id":1,"method":"lock.remove","params":{"lock":"front"}}"#)
            #expect(try await talk.hear() == #"{"jsonrpc":"2.0","id":1,"result":{}}"#)
            talk.operate(2, "a")
            #expect(errorCode(try await talk.hear()) == AdapterErrorCode.notPaired.rawValue)
            talk.say(#"{"jsonrpc":"2.0","id":3,"method":"lock.add","params":{"lock":"front"}}"#)
            #expect(try await talk.hear()?.contains(#""model":"Script""#) == true)
        }
    }

    @Test("vendor state comes in its own type, and what does not fit is named without being quoted")
    func vendorState() async throws {
        var script = Script()
        script.add = { _, state in #expect(state == ScriptedAdapter.VendorState(key: "k")) }
        try await Conversation.with(script) { talk in
            try await talk.greet()
            talk.say(#"{"jsonrpc":"2.0","id":1,"method":"lock.add","params":{"lock":"front","vendorState":{"key":"k"}}}"#)
            #expect(try await talk.hear()?.contains(#""result""#) == true)
            talk.say(#"{"jsonrpc":"2.0","id":2,"method":"lock.add","params":{"lock":"front","vendorState":{"key":4711}}}"#)
            let answer = try await talk.hear()
            #expect(errorCode(answer) == AdapterErrorCode.badConfig.rawValue && answer?.contains("4711") == false)
        }
    }

    @Test("out of reach while adding is an error, and the same lock may be added again")
    func unreachable() async throws {
        let tries = MoveCount()
        var script = Script()
        script.add = { _, _ in
            tries.add()
            if tries.count == 1 { throw AdapterFailure(.deviceUnreachable, "no answer") }
        }
        try await Conversation.with(script) { talk in
            try await talk.greet()
            talk.say(#"{"jsonrpc":"2.0","id":1,"method":"lock.add","params":{"lock":"front"}}"#)
            #expect(errorCode(try await talk.hear()) == 1000)
            talk.say(#"{"jsonrpc":"2.0","id":2,"method":"lock.add","params":{"lock":"front"}}"#)
            #expect(try await talk.hear()?.contains(#""result""#) == true)
        }
    }

    @Test("a reading has all its members")
    func reading() async throws {
        try await Conversation.with { talk in
            try await talk.begin()
            talk.say(#"{"jsonrpc":"2.0","id":1,"method":"lock.read","params":{"lock":"front"}}"#)
            #expect(
                try await talk.hear()
                    == #"{"jsonrpc":"2.0","id":1,"result":{"bolt":"locked","door":"closed","battery":{"level":"ok"},"jammed":false,"#
                    + #""observedAt":"1970-01-01T00:00:00.000Z","confirmedBy":"bolt"}}"#
            )
        }
    }

    @Test("a setting in the lock's range is set and read back, one outside is refused")
    func configure() async throws {
        try await Conversation.with { talk in
            try await talk.begin()
            talk.say(
                #"{"jsonrpc":"2.0","id":1,"method":"lock.configure","params":{"lock":"front","autoRelock":{"armed":true,"seconds":30}}}"#
            )
            #expect(
                try await talk.hear()
                    == #"{"jsonrpc":"2.0","id":1,"result":{"state":"set","autoRelock":{"armed":true,"seconds":30,"waitsForDoor":false}}}"#
            )
            talk.say(
                #"{"jsonrpc":"2.0","id":2,"method":"lock.configure","params":{"lock":"front","autoRelock":{"armed":true,"seconds":91}}}"#
            )
            #expect(errorCode(try await talk.hear()) == -32602)
        }
    }

    @Test("what the lock did unasked is told with its time and its source")
    func observed() async throws {
        var script = Script()
        script.start = { output in
            guard let lock = LockID("front") else { return }
            output.observed(
                LockObservation(lock: lock, bolt: .unlocked, door: .closed, source: .manual, at: Timestamp(milliseconds: 1))
            )
        }
        try await Conversation.with(script) { talk in
            try await talk.greet()
            #expect(
                try await talk.hear()
                    == #"{"jsonrpc":"2.0","method":"lock.observed","params":{"lock":"front","bolt":"unlocked","door":"closed","#
                    + #""source":"manual","at":"1970-01-01T00:00:00.001Z"}}"#
            )
        }
    }

    @Test("state is put to the core and is stored when the core says so")
    func saveState() async throws {
        let (output, stored) = (Handover<AdapterOutput>(), Gate())
        var script = Script()
        script.start = { output.give($0) }
        script.add = { lock, _ in
            try await output.taken?.saveState(ScriptedAdapter.VendorState(key: "new"), of: lock)
            stored.open()
        }
        try await Conversation.with(script) { talk in
            try await talk.greet()
            talk.say(#"{"jsonrpc":"2.0","id":1,"method":"lock.add","params":{"lock":"front"}}"#)
            #expect(
                try await talk.hear()
                    == #"{"jsonrpc":"2.0","id":1,"method":"state.put","params":{"scope":"lock","lock":"front","state":{"key":"new"}}}"#
            )
            talk.say(#"{"jsonrpc":"2.0","id":1,"result":{}}"#)
            #expect(try await talk.hear()?.contains(#""capabilities""#) == true)
            await stored.wait()
        }
    }

    @Test("state larger than 16 KiB is refused before it is sent")
    func largeState() async throws {
        let output = Handover<AdapterOutput>()
        var script = Script()
        script.start = { output.give($0) }
        script.add = { _, _ in
            try await output.taken?.saveState(ScriptedAdapter.VendorState(key: String(repeating: "k", count: 17_000)))
        }
        try await Conversation.with(script) { talk in
            try await talk.greet()
            talk.say(#"{"jsonrpc":"2.0","id":1,"method":"lock.add","params":{"lock":"front"}}"#)
            #expect(errorCode(try await talk.hear()) == AdapterErrorCode.unsupported.rawValue)
        }
    }
}
