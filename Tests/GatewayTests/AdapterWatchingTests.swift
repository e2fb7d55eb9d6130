import AdapterProtocol
import LockModel
import Testing
import WireBytes

@testable import Gateway

@Suite("What is shown of an adapter")
struct AdapterWatchingTests {
    private func shown(_ text: String) throws -> String {
        let value = try StrictJSON.parse(Array(text.utf8), maximumDepth: 16)
        return String(decoding: try StrictJSON.encode(JSONValue.object(TraceMask.masked(try #require(value.object)))), as: UTF8.self)
    }

    @Test(
        "No secret of any method stands in a trace",
        arguments: [
            #"{"method":"code.set","params":{"lock":"front","slot":3,"code":"SECRET","name":"SECRET"}}"#,
            #"{"result":{"codes":[{"slot":3,"code":"SECRET","ours":true}]}}"#,
            #"{"method":"initialize","params":{"config":{"lock":"SECRET"},"adapterState":{"state":"SECRET"}}}"#,
            #"{"method":"lock.add","params":{"lock":"front","vendorState":{"bolt":"SECRET"}}}"#,
            #"{"method":"state.put","params":{"scope":"lock","lock":"front","state":{"model":"SECRET"}}}"#,
            #"{"method":"pair.start","params":{"options":{"kind":"SECRET"}}}"#, #"{"result":{"answer":"SECRET"}}"#,
            #"{"result":{"answer":123456}}"#,
            #"{"method":"radio.write","params":{"link":1,"value":"SECRET"}}"#,
            #"{"method":"radio.pair","params":{"link":1,"passkey":123456}}"#,
            #"{"method":"blob.put","params":{"data":"SECRET"}}"#, #"{"method":"log","params":{"level":"info","text":"SECRET"}}"#,
            #"{"error":{"code":-32602,"message":"SECRET is no code"}}"#,
            #"{"method":"new.method","params":{"anything":{"deep":["SECRET",123456]}}}"#,
        ])
    func secrets(line: String) throws {
        let text = try shown(line)
        #expect(!text.contains("SECRET") && !text.contains("123456") && text.contains("***"))
    }

    @Test("What drives a lock is shown whole")
    func operation() throws {
        for line in [
            #"{"jsonrpc":"2.0","id":3,"method":"lock.operate","params":{"operation":"a","lock":"front","action":"unlock","ttlMilliseconds":5}}"#,
            #"{"id":3,"result":{"operation":"a","outcome":"failed","bolt":"unknown","door":"open","reason":"doorOpen"}}"#,
            #"{"id":4,"result":{"state":"set","autoRelock":{"armed":true,"seconds":30,"waitsForDoor":false}}}"#,
            #"{"method":"$/cancel","params":{"id":3}}"#,
        ] { #expect(try shown(line) == line) }
    }

    @Test("The newest lines are kept, within their count and their size")
    func ring() {
        var ring = LogRing()
        let at = Timestamp(milliseconds: 0)
        for number in 0..<2000 { _ = ring.add(AdapterLogLine(at: at, level: nil, text: "\(number)")) }
        #expect(ring.lines.count == LogRing.maximumLines && ring.lines.last?.text == "1999" && ring.lines.first?.text == "1500")
        for _ in 0..<200 { _ = ring.add(AdapterLogLine(at: at, level: .info, text: String(repeating: "x", count: 5000))) }
        #expect(ring.lines.reduce(0) { $0 + $1.text.utf8.count } <= LogRing.maximumBytes)
        #expect(ring.lines.last?.text.utf8.count == 1003)
    }
}
