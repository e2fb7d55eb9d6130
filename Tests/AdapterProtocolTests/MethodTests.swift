import Testing

@testable import AdapterProtocol
import LockModel
import WireBytes

@Suite("The table of methods")
struct MethodTests {
    @Test("before initialize nothing else may be said, by either side", arguments: Method.allCases)
    func greeting(method: Method) {
        #expect(method.isAllowed(in: .greeting) == (method == .initialize))
    }

    @Test("initialize is asked once: in ready and draining it is out of phase")
    func initializeOnce() {
        #expect(!Method.initialize.isAllowed(in: .ready))
        #expect(!Method.initialize.isAllowed(in: .draining))
    }

    @Test("while draining no new request comes but what is to be kept, and notifications may", arguments: Method.allCases)
    func draining(method: Method) {
        #expect(method.isAllowed(in: .draining) == (method.row.kind == .notification || method == .statePut || method == .blobPut))
    }

    @Test("a method travels only the way its row says")
    func direction() {
        #expect(!Method.lockOperate.row.direction.allows(.toCore))
        #expect(Method.lockOperate.row.direction.allows(.toChild))
        #expect(!Method.lockObserved.row.direction.allows(.toChild))
        #expect(Method.cancel.row.direction.allows(.toCore) && Method.cancel.row.direction.allows(.toChild))
    }

    @Test("the names on the wire are those of the protocol's document")
    func names() {
        let documented: Set = [
            "initialize", "health", "shutdown", "$/cancel", "log", "progress", "lock.add", "lock.remove", "lock.operate", "lock.read",
            "lock.configure", "lock.drop", "lock.observed", "state.put", "blob.put", "blob.get", "code.set", "code.clear", "code.list",
            "pair.start", "pair.choose", "pair.cancel", "pair.found",
            "pair.progress", "unpair", "identify", "bus.configure", "bus.publish", "bus.ack", "bus.message",
            "bus.connected", "bus.disconnected", "bus.published", "prompt", "radio.filter", "radio.connect", "radio.pair", "radio.discover",
            "radio.mtu",
            "radio.subscribe", "radio.read", "radio.write", "radio.disconnect", "radio.advertisement", "radio.notified",
            "radio.disconnected", "radio.peers", "radio.drop", "radio.peerState", "radio.status",
        ]
        #expect(Set(Method.allCases.map(\.rawValue)) == documented)
    }

    @Test("each of our error codes has its number and its reason")
    func errorCodes() {
        let table: [(AdapterErrorCode, Int, Reason)] = [
            (.deviceUnreachable, 1000, .lockOffline), (.notPaired, 1001, .unknownLock), (.busy, 1002, .busy),
            (.unsupported, 1003, .unsupported), (.badConfig, 1004, .adapterFailed), (.credentialRejected, 1005, .adapterFailed),
            (.radioUnavailable, 1006, .adapterFailed), (.cancelled, 1007, .timeout), (.expired, 1008, .timeout),
        ]
        #expect(table.map(\.0) == AdapterErrorCode.allCases)
        for (code, number, reason) in table {
            #expect(code.rawValue == number && code.reason == reason)
            #expect(RPCError(code, "x").reason == reason && RPCError(code, "x").adapterCode == code)
        }
    }

    @Test("parameters name the member that is wrong, and never quote it")
    func wrongParams() throws {
        #expect { try RequestMethod.lockOperate.params(["operation": "a b", "lock": "front"]) } throws: { error in
            let text = String(describing: error)
            return text.contains("operation") && !text.contains("a b")
        }
        #expect { try RequestMethod.lockRead.params([:]) } throws: { String(describing: $0) == "lock is missing" }
        let unknownAction: JSONObject = ["operation": "a", "lock": "front", "action": "explode", "ttlMilliseconds": 1]
        #expect { try RequestMethod.lockOperate.params(unknownAction) } throws: { String(describing: $0).contains("action") }
    }

    @Test("unknown members of parameters are ignored, and null means absent")
    func lenience() throws {
        let params = try RequestMethod.lockAdd.params(["lock": "front", "vendorState": nil, "novelty": [1]])
        #expect(params.lock.text == "front" && params.vendorState == nil)
    }

    @Test(
        "an operation id is 1 to 64 letters, digits and hyphens",
        arguments: [("a", true), ("", false), ("a_b", false), ("é", false), ("A-9", true)]
    )
    func operationID(text: String, isGood: Bool) {
        #expect((OperationID(text) != nil) == isGood)
    }

    @Test("an operation id ends at 64 characters")
    func longOperationID() {
        #expect(OperationID(String(repeating: "a", count: 64)) != nil)
        #expect(OperationID(String(repeating: "a", count: 65)) == nil)
    }
}
