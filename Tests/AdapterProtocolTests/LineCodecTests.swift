import Testing

@testable import AdapterProtocol
import LockModel
import WireBytes

@Suite("Lines of the protocol")
struct LineCodecTests {
    @Test(
        "a well-formed line is read as what it is",
        arguments: [
            (#"{"jsonrpc":"2.0","id":7,"method":"health"}"#, Message.request(id: .number(7), method: "health", params: [:])),
            (#"{"jsonrpc":"2.0","id":"a","method":"m","params":{"x":1}}"#, .request(id: .text("a"), method: "m", params: ["x": 1])),
            (#"{"jsonrpc":"2.0","method":"log","params":null}"#, .notification(method: "log", params: [:])),
            (#"{"jsonrpc":"2.0","id":null,"method":"log"}"#, .notification(method: "log", params: [:])),
            (#"{"jsonrpc":"2.0","id":1,"result":{},"error":null}"#, .result(id: .number(1), [:])),
            (#"{"jsonrpc":"2.0","id":1,"result":{},"extra":[1]}"#, .result(id: .number(1), [:])),
            (
                #"{"jsonrpc":"2.0","id":1,"error":{"code":1002,"message":"b","data":{"reason":"busy"}}}"#,
                .failure(id: .number(1), RPCError(code: 1002, message: "b", reason: .busy))
            ),
            (
                #"{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"no"}}"#,
                .failure(id: .number(1), RPCError(code: -32601, message: "no"))
            ),
        ]
    )
    func reads(line: String, expected: Message) throws {
        #expect(try LineCodec.read(Array(line.utf8)) == expected)
    }

    @Test(
        "each malformed line is refused by its own name",
        arguments: [
            ("", LineRefusal.blank),
            ("nonsense", .json(JSONError(kind: .unexpectedByte, offset: 1))),
            (#"{"jsonrpc":"2.0","id":1,"id":2}"#, .json(JSONError(kind: .duplicateMember, offset: 24))),
            (#"[{"jsonrpc":"2.0","method":"log"}]"#, .batch),
            ("3", .notAnObject),
            (#"{"method":"log"}"#, .wrongVersion),
            (#"{"jsonrpc":"1.0","method":"log"}"#, .wrongVersion),
            (#"{"jsonrpc":2,"method":"log"}"#, .wrongVersion),
            (#"{"jsonrpc":"2.0","id":true,"method":"log"}"#, .badID),
            (#"{"jsonrpc":"2.0","id":"","method":"log"}"#, .badID),
            (#"{"jsonrpc":"2.0","id":{},"result":{}}"#, .badID),
            (#"{"jsonrpc":"2.0","method":5}"#, .badMethod),
            (#"{"jsonrpc":"2.0","method":"log","params":[]}"#, .badParams),
            (#"{"jsonrpc":"2.0","method":"log","params":"x"}"#, .badParams),
            (#"{"jsonrpc":"2.0","id":1,"result":[]}"#, .badResult),
            (#"{"jsonrpc":"2.0","id":1,"result":7}"#, .badResult),
            (#"{"jsonrpc":"2.0","id":1,"error":{}}"#, .badError),
            (#"{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"m","data":{"reason":"because"}}}"#, .badError),
            (#"{"jsonrpc":"2.0","id":1,"result":{},"error":{"code":1,"message":"m"}}"#, .ambiguous),
            (#"{"jsonrpc":"2.0","id":1,"method":"log","result":{}}"#, .ambiguous),
            (#"{"jsonrpc":"2.0","id":1}"#, .incomplete),
            (#"{"jsonrpc":"2.0","result":{}}"#, .answerWithoutID),
            (#"{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"m"}}"#, .answerWithoutID),
        ]
    )
    func refuses(line: String, expected: LineRefusal) {
        #expect(throws: expected) { try LineCodec.read(Array(line.utf8)) }
    }

    @Test("an id may be a text of 64 bytes and no longer")
    func idLength() throws {
        let longest = String(repeating: "i", count: 64)
        let line = #"{"jsonrpc":"2.0","id":"\#(longest)","result":{}}"#
        #expect(try LineCodec.read(Array(line.utf8)) == .result(id: .text(longest), [:]))
        let longer = #"{"jsonrpc":"2.0","id":"\#(longest)i","result":{}}"#
        #expect(throws: LineRefusal.badID) { try LineCodec.read(Array(longer.utf8)) }
    }

    @Test("a line may hold 65,536 bytes and not one more")
    func lineLength() throws {
        let frame = #"{"jsonrpc":"2.0","method":"log","params":{"t":""}}"#
        let fill = String(repeating: "x", count: LineCodec.maximumBytes - frame.utf8.count)
        let line = #"{"jsonrpc":"2.0","method":"log","params":{"t":"\#(fill)"}}"#
        #expect(try LineCodec.read(Array(line.utf8)) == .notification(method: "log", params: ["t": .string(fill)]))
        let longer = #"{"jsonrpc":"2.0","method":"log","params":{"t":"\#(fill)x"}}"#
        #expect(throws: LineRefusal.tooLong) { try LineCodec.read(Array(longer.utf8)) }
    }

    @Test("containers may nest 16 deep and not 17, the line itself counted")
    func depth() throws {
        func line(_ depth: Int) -> [UInt8] {
            let inner = String(repeating: "[", count: depth - 2) + String(repeating: "]", count: depth - 2)
            return Array(#"{"jsonrpc":"2.0","method":"log","params":{"d":\#(inner)}}"#.utf8)
        }
        guard case .notification = try LineCodec.read(line(16)) else {
            Issue.record("sixteen were not taken")
            return
        }
        #expect { try LineCodec.read(line(17)) } throws: { error in
            guard let refusal = error as? LineRefusal, case .json(let json) = refusal else { return false }
            return json.kind == .tooDeep
        }
    }

    @Test("bytes that are not UTF-8 are refused")
    func utf8() {
        let line = Array(#"{"jsonrpc":"2.0","method":"lo"#.utf8) + [0xFF] + Array(#"g"}"#.utf8)
        #expect { try LineCodec.read(line) } throws: { error in
            guard let refusal = error as? LineRefusal, case .json(let json) = refusal else { return false }
            return json.kind == .invalidUTF8
        }
    }

    @Test("what we write is what was meant, and is read back the same")
    func writes() throws {
        let lock = try #require(LockID("front"))
        let operation = try #require(OperationID("op-1"))
        let params = LockOperateParams(operation: operation, lock: lock, action: .unlock, ttlMilliseconds: 9000)
        let request = try LineCodec.request(.lockOperate, id: .number(3), params)
        #expect(
            String(decoding: request, as: UTF8.self)
                == #"{"jsonrpc":"2.0","id":3,"method":"lock.operate","params":{"operation":"op-1","lock":"front","action":"unlock","ttlMilliseconds":9000}}"#
        )
        guard case .request(_, _, let object) = try LineCodec.read(request) else {
            Issue.record("not read as a request")
            return
        }
        #expect(try RequestMethod.lockOperate.params(object) == params)

        let notification = try LineCodec.notification(.busConnected, Nothing())
        #expect(String(decoding: notification, as: UTF8.self) == #"{"jsonrpc":"2.0","method":"bus.connected","params":{}}"#)
        let result = try LineCodec.result(Nothing(), to: .text("a"))
        #expect(String(decoding: result, as: UTF8.self) == #"{"jsonrpc":"2.0","id":"a","result":{}}"#)
        let failure = LineCodec.failure(RPCError(.busy, "another runs"), to: .number(1))
        #expect(
            String(decoding: failure, as: UTF8.self)
                == #"{"jsonrpc":"2.0","id":1,"error":{"code":1002,"message":"another runs","data":{"reason":"busy"}}}"#
        )
    }

    @Test("a message longer than a line is refused before anything is sent")
    func tooLongToWrite() {
        let params = LogParams(level: .info, text: String(repeating: "x", count: LineCodec.maximumBytes))
        #expect { try LineCodec.notification(.log, params) } throws: { error in
            guard let refusal = error as? LineCodec.WriteRefusal, case .tooLong(let bytes) = refusal else { return false }
            return bytes > LineCodec.maximumBytes
        }
    }

    @Test("an error with endless words still fits a line")
    func longError() throws {
        let line = LineCodec.failure(.internalError(String(repeating: "é", count: 100_000)), to: .number(1))
        #expect(line.count < 1000)
        guard case .failure(.number(1), let error) = try LineCodec.read(line) else {
            Issue.record("not read as a failure")
            return
        }
        #expect(error.code == -32603)
    }
}
