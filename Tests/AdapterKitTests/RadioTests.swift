import AdapterProtocol
import LockModel
import Synchronization
import Testing

@testable import AdapterKit

@Suite("The radio through the kit", .timeLimit(.minutes(1)))
struct RadioTests {
    private static let peer = RadioPeer(address: "54:D2:72:00:00:01", type: .public)

    /// An adapter whose readings connect, and leave the link to whoever asked.
    private static func connecting(thenClosing: Bool) -> Script {
        let kept = Kept()
        var script = Script()
        script.start = { kept.put($0.radio) }
        script.read = { _ in
            guard let radio = kept.radio else { throw AdapterFailure(.unsupported, "no radio") }
            let link = try await radio.connect(RadioTests.peer)
            if thenClosing {
                withUnsafeCurrentTask { $0?.cancel() }
                await link.disconnect()
            }
            throw AdapterFailure(.busy, "link \(link.number)")
        }
        return script
    }

    private final class Kept: Sendable {
        private let held = Mutex<Radio?>(nil)
        var radio: Radio? { held.withLock { $0 } }
        func put(_ radio: Radio) { held.withLock { $0 = radio } }
    }

    @Test("a link that comes when nobody wants it any more is closed, and only then is the same lock connected to again")
    func givenUp() async throws {
        try await Conversation.with(Self.connecting(thenClosing: false)) { talk in
            try await talk.begin()
            talk.say(#"{"jsonrpc":"2.0","id":1,"method":"lock.read","params":{"lock":"front"}}"#)
            #expect(try await talk.hear()?.contains(#""id":1,"method":"radio.connect""#) == true)
            talk.say(#"{"jsonrpc":"2.0","method":"$/cancel","params":{"id":1}}"#)
            #expect(errorCode(try await talk.hear()) == AdapterErrorCode.cancelled.rawValue)
            talk.say(#"{"jsonrpc":"2.0","id":2,"method":"lock.read","params":{"lock":"front"}}"#)
            talk.say(#"{"jsonrpc":"2.0","id":1,"result":{"link":7,"mtu":23,"security":"none"}}"#)
            let close = try await talk.hear()
            #expect(close?.contains(#""id":2,"method":"radio.disconnect","params":{"link":7}"#) == true, "\(close ?? "")")
            talk.say(#"{"jsonrpc":"2.0","id":2,"result":{}}"#)
            #expect(try await talk.hear()?.contains(#""id":3,"method":"radio.connect""#) == true)
            talk.say(#"{"jsonrpc":"2.0","id":3,"result":{"link":8,"mtu":23,"security":"none"}}"#)
            #expect(try await talk.hear()?.contains("link 8") == true)
        }
    }

    @Test("a link is closed in a task that was cancelled, too")
    func closed() async throws {
        try await Conversation.with(Self.connecting(thenClosing: true)) { talk in
            try await talk.begin()
            talk.say(#"{"jsonrpc":"2.0","id":1,"method":"lock.read","params":{"lock":"front"}}"#)
            #expect(try await talk.hear()?.contains(#""method":"radio.connect""#) == true)
            talk.say(#"{"jsonrpc":"2.0","id":1,"result":{"link":7,"mtu":23,"security":"none"}}"#)
            #expect(try await talk.hear()?.contains(#""method":"radio.disconnect","params":{"link":7}"#) == true)
            talk.say(#"{"jsonrpc":"2.0","id":2,"result":{}}"#)
            #expect(try await talk.hear()?.contains("link 7") == true)
        }
    }

    @Test("who reads a link's news is done once the link was closed here, though nothing is told of it")
    func newsEnd() async throws {
        let kept = Kept()
        var script = Script()
        script.start = { kept.put($0.radio) }
        script.read = { _ in
            guard let radio = kept.radio else { throw AdapterFailure(.unsupported, "no radio") }
            let link = try await radio.connect(RadioTests.peer)
            await link.disconnect()
            var count = 0
            for await _ in link.news { count += 1 }
            throw AdapterFailure(.busy, "\(count) news")
        }
        try await Conversation.with(script) { talk in
            try await talk.begin()
            talk.say(#"{"jsonrpc":"2.0","id":1,"method":"lock.read","params":{"lock":"front"}}"#)
            #expect(try await talk.hear()?.contains(#""method":"radio.connect""#) == true)
            talk.say(#"{"jsonrpc":"2.0","id":1,"result":{"link":7,"mtu":23,"security":"none"}}"#)
            #expect(try await talk.hear()?.contains(#""method":"radio.disconnect","params":{"link":7}"#) == true)
            talk.say(#"{"jsonrpc":"2.0","id":2,"result":{}}"#)
            #expect(try await talk.hear()?.contains("0 news") == true)
        }
    }
}
