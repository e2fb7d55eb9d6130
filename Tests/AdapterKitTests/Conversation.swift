import AdapterProtocol
import Glibc
import LinuxIO
import Logging
import Testing
import WireBytes

@testable import AdapterKit

/// The core's side of a conversation with an adapter, over real pipes.
final class Conversation: Sendable {
    private let toAdapter: OwnedDescriptor
    private let lines: AsyncStream<[UInt8]>
    private let exits: AsyncStream<Int32>
    /// The adapter's side, for what no line can bring about.
    let session: AdapterSession<ScriptedAdapter>

    /// Runs an adapter beside `body`, and ends it afterwards by the end of its input.
    static func with(_ script: Script = Script(), _ body: @escaping @Sendable (Conversation) async throws -> Void) async throws {
        let input = try OwnedDescriptor.pipe()
        let output = try OwnedDescriptor.pipe()
        let (exits, exited) = AsyncStream.makeStream(of: Int32.self)
        let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let link = try AdapterLink(input: input.reading, output: output.writing, log: log) { status in
            exited.yield(status)
            exited.finish()
        }
        let session = AdapterSession<ScriptedAdapter>(link: link, log: log)
        let talk = Conversation(
            toAdapter: input.writing, lines: try Conversation.read(output.reading), exits: exits, session: session)
        try await ScriptedAdapter.$script.withValue(script) {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await session.run() }
                defer { talk.toAdapter.close() }
                try await body(talk)
            }
        }
    }

    private init(
        toAdapter: OwnedDescriptor, lines: AsyncStream<[UInt8]>, exits: AsyncStream<Int32>, session: AdapterSession<ScriptedAdapter>
    ) {
        self.session = session
        self.toAdapter = toAdapter
        self.lines = lines
        self.exits = exits
    }

    /// The lines that come from a descriptor.
    static func read(_ descriptor: OwnedDescriptor) throws -> AsyncStream<[UInt8]> {
        let (stream, continuation) = AsyncStream.makeStream(of: [UInt8].self)
        try DetachedThread.start(named: "listener") {
            var line: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 4096)
            while true {
                let count = Glibc.read(descriptor.number, &buffer, buffer.count)
                guard count > 0 else { break }
                for byte in buffer[..<count] {
                    guard byte == 0x0A else {
                        line.append(byte)
                        continue
                    }
                    continuation.yield(line)
                    line = []
                }
            }
            continuation.finish()
            descriptor.close()
        }
        return stream
    }

    /// Sends one line as it is.
    func say(_ line: String) {
        let bytes = Array(line.utf8) + [0x0A]
        _ = Glibc.write(toAdapter.number, bytes, bytes.count)
    }

    /// The adapter's next line; `nil` after its last.
    func hear() async throws -> String? {
        var iterator = lines.makeAsyncIterator()
        return await iterator.next().map { String(decoding: $0, as: UTF8.self) }
    }

    /// Ends the adapter's input.
    func hangUp() { toAdapter.close() }

    /// The exit status, once the adapter has ended.
    func exitStatus() async -> Int32? {
        var iterator = exits.makeAsyncIterator()
        return await iterator.next()
    }

    /// Says `initialize` and hears its answer.
    func greet() async throws {
        say(
            #"{"jsonrpc":"2.0","id":"hi","method":"initialize","params":{"protocolVersions":[1],"gateway":"gw-test","config":{"host":"h"},"#
                + #""adapterState":null,"limits":{"inFlight":16,"observedPerSecond":10,"lineBytes":65536}}}"#
        )
        #expect(try await hear() == #"{"jsonrpc":"2.0","id":"hi","result":{"protocolVersion":1,"name":"scripted","version":"1.2.3"}}"#)
    }

    /// Greets and adds the lock `front`.
    func begin() async throws {
        try await greet()
        say(#"{"jsonrpc":"2.0","id":"add","method":"lock.add","params":{"lock":"front","vendorState":null}}"#)
        let answer = try await hear()
        #expect(answer?.contains(#""id":"add","result":{"capabilities""#) == true)
    }

    /// Orders a try on `front`.
    func operate(_ id: Int, _ operation: String, _ action: String = "unlock", ttl: Int = 20_000, more: String = "") {
        say(
            #"{"jsonrpc":"2.0","id":\#(id),"method":"lock.operate","params":{"operation":"\#(operation)","lock":"front","action":"\#(action)","#
                + #""ttlMilliseconds":\#(ttl)\#(more)}}"#
        )
    }

    /// What an answer with an outcome looks like.
    static func outcome(_ id: Int, _ operation: String, _ outcome: String, _ bolt: String, _ door: String, _ reason: String? = nil)
        -> String
    {
        let why = reason.map { #","reason":"\#($0)""# } ?? ""
        return
            #"{"jsonrpc":"2.0","id":\#(id),"result":{"operation":"\#(operation)","outcome":"\#(outcome)","bolt":"\#(bolt)","door":"\#(door)"\#(why)}}"#
    }
}

/// The code of an error line, `nil` for any other line.
func errorCode(_ line: String?) -> Int? {
    guard let line, case .failure(_, let error)? = try? LineCodec.read(Array(line.utf8)) else { return nil }
    return error.code
}
