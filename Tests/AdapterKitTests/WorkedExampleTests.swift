import Foundation
import LinuxIO
import Logging
import Testing

@testable import AdapterKit

@Suite("The example authors read")
struct WorkedExampleTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private func text(_ path: String) throws -> String { try String(contentsOf: Self.root.appending(path: path), encoding: .utf8) }

    @Test("is the source that is compiled here, whole in the README and in part in the documentation")
    func same() throws {
        let source = try text("Tests/AdapterKitTests/WorkedExample.swift")
        let readme = try text("Sources/AdapterKit/README.md")
        #expect(readme.contains("```swift\n\(source)```\n"))
        let documentation = try text("Sources/AdapterKit/LockAdapter.swift")
        let block = try #require(documentation.components(separatedBy: "/// ```").dropFirst().first)
        let lines = block.split(separator: "\n").dropFirst().map { $0.dropFirst(4) }
        #expect(lines.count > 5 && source.contains(lines.map { $0.isEmpty ? "" : "    \($0)" }.joined(separator: "\n")))
    }

    @Test("drives its lock: added, unlocked, read")
    func drives() async throws {
        let (input, output) = (try OwnedDescriptor.pipe(), try OwnedDescriptor.pipe())
        let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let link = try AdapterLink(input: input.reading, output: output.writing, log: log) { _ in }
        let session = AdapterSession<Acme>(link: link, log: log)
        let lines = try Conversation.read(output.reading)
        func ask(_ line: String) async throws -> String? {
            try FileHandle(fileDescriptor: input.writing.number, closeOnDealloc: false).write(contentsOf: Data((line + "\n").utf8))
            var answers = lines.makeAsyncIterator()
            return await answers.next().map { String(decoding: $0, as: UTF8.self) }
        }
        async let running: Void = session.run()
        let greeting =
            #"{"protocolVersions":[1],"gateway":"gw","config":{"host":"h"},"limits":{"inFlight":16,"observedPerSecond":10,"lineBytes":65536}}"#
        #expect(
            try await ask(#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":\#(greeting)}"#)
                == #"{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":1,"name":"acme","version":"1.0.0"}}"#)
        let added = try await ask(#"{"jsonrpc":"2.0","id":2,"method":"lock.add","params":{"lock":"front","vendorState":{"serial":"7"}}}"#)
        #expect(added?.contains(#""model":"Acme One""#) == true)
        let order = #"{"operation":"a","lock":"front","action":"unlock","ttlMilliseconds":5500}"#
        #expect(
            try await ask(#"{"jsonrpc":"2.0","id":3,"method":"lock.operate","params":\#(order)}"#)
                == #"{"jsonrpc":"2.0","id":3,"result":{"operation":"a","outcome":"done","bolt":"unlocked","door":"absent"}}"#)
        let read = try await ask(#"{"jsonrpc":"2.0","id":4,"method":"lock.read","params":{"lock":"front"}}"#)
        #expect(read?.contains(#""bolt":"unlocked""#) == true)
        #expect(try await ask(#"{"jsonrpc":"2.0","id":5,"method":"shutdown"}"#) == #"{"jsonrpc":"2.0","id":5,"result":{}}"#)
        input.writing.close()
        await running
    }
}
