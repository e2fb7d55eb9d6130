import LockModel
import Testing
import WireBytes

@testable import LoopbackAdapter
@testable import LoopbackLocks

/// What one end writes by hand, the other reads by hand: neither may miss a member of the other's.
@Suite("The line between adapter and locks")
struct LineTests {
    private func parse(_ bytes: [UInt8]) throws -> JSONValue { try StrictJSON.parse(bytes, maximumDepth: 16) }

    private func lock() throws -> VirtualLock {
        let options = try Options(["--socket", "/s", "--move-log", "/m", "--lock", "front:door:auto=30:timed:motor=0"])
        return VirtualLock(try #require(options.locks.first))
    }

    @Test("a request comes with every member the adapter gave it", arguments: ["attach", "detach", "drive", "read", "configure"])
    func request(verb: String) throws {
        var request = LockRequest(try #require(LockRequest.Verb(rawValue: verb)), "front")
        let bare = try StrictJSON.decode(StandInRequest.self, from: try parse(try StrictJSON.encode(request)))
        #expect(bare.do.rawValue == verb && bare.lock == "front" && bare.action == nil && bare.after == nil)
        request.n = 7
        request.action = .unlatch
        request.openSeconds = 20
        request.operation = "op \"1\""
        request.armed = true
        request.seconds = 30
        request.after = 4
        let bytes = try StrictJSON.encode(request)
        let read = try StrictJSON.decode(StandInRequest.self, from: try parse(bytes))
        #expect(read.n == 7 && read.action == .unlatch && read.openSeconds == 20 && read.operation == "op \"1\"")
        #expect(read.armed == true && read.seconds == 30 && read.after == 4)
        for end in bytes.indices { #expect(throws: JSONError.self) { try parse(Array(bytes[..<end])) } }
    }

    @Test(
        "a request that is none is refused with the member's name",
        arguments: [
            ("{}", "do is missing"), (#"{"do":"fly"}"#, "do is not one of the known values"), (#"{"do":1}"#, "do is not a string"),
            (#"{"do":"read","n":"1"}"#, "n is not an integer"), (#"{"do":"drive","armed":1}"#, "armed is not true or false"),
        ])
    func refused(text: String, problem: String) {
        #expect { try StrictJSON.decode(StandInRequest.self, from: try parse(Array(text.utf8))) } throws: { "\($0)" == problem }
    }

    @Test("an answer comes with the lock's state, its outcome and what it can do")
    func answer() throws {
        let lock = try lock()
        var answer = StandInAnswer(ok: true, n: 3)
        answer.state = StandInAnswer.LockState(lock, links: 2)
        answer.outcome = .failed
        answer.reason = .lockJammed
        answer.capabilities = lock.profile.capabilities
        let bytes = try StrictJSON.encode(answer)
        let read = try StrictJSON.decode(LockAnswer.self, from: try parse(bytes))
        #expect(read.ok && read.error == nil && read.bolt == lock.bolt && read.door == lock.door && read.jammed == false)
        #expect(read.battery == lock.profile.battery && read.autoRelock == lock.profile.autoRelock && read.logHead != nil)
        #expect(read.outcome == .failed && read.reason == .lockJammed && read.capabilities == lock.profile.capabilities)
        for end in bytes.indices { #expect(throws: JSONError.self) { try parse(Array(bytes[..<end])) } }
        let refused = try StrictJSON.decode(LockAnswer.self, from: try parse(try StrictJSON.encode(StandInAnswer.refused("no", 3))))
        #expect(!refused.ok && refused.error == "no" && refused.bolt == nil)
    }

    @Test("an answer or a change with something else in a member's place is none")
    func malformed() {
        for text in ["{}", #"{"ok":1}"#, #"{"ok":true,"bolt":"ajar"}"#, #"{"ok":true,"battery":{}}"#] {
            #expect(throws: JSONDecodingError.self) { try StrictJSON.decode(LockAnswer.self, from: try parse(Array(text.utf8))) }
        }
        let change = #"{"lock":"front","bolt":"locked","door":"closed","source":"keypad","actor":1,"logIndex":1,"epoch":"e"}"#
        #expect {
            try StrictJSON.decode(ToldChange.self, from: try parse(Array(change.utf8)))
        } throws: {
            "\($0)" == "actor is not an object"
        }
    }

    @Test("a change comes with who made it", arguments: [nil, 7])
    func change(slot: Int?) throws {
        let change = VirtualLock.Change(
            bolt: .unlocked, door: .open, source: .keypad, slot: slot, operation: "op-1", logIndex: 4)
        let bytes = try StrictJSON.encode(StandInEvent(change, of: "front", epoch: "e"))
        let read = try StrictJSON.decode(ToldChange.self, from: try parse(bytes))
        #expect(read.lock == "front" && read.bolt == .unlocked && read.door == .open && read.source == .keypad && read.epoch == "e")
        #expect(
            read.actor == slot.map { ChangeActor(kind: .keypadUser, ref: String($0)) } && read.operation == "op-1" && read.logIndex == 4)
    }
}
