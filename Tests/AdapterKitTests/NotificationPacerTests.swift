import LockModel
import Testing

@testable import AdapterKit

@Suite("Pacing what an adapter says unasked")
struct NotificationPacerTests {
    private func log(_ number: Int) -> NotificationPacer.Entry { .init(subject: .log, line: Array("log \(number)".utf8)) }
    private func event(_ number: Int) -> NotificationPacer.Entry { .init(subject: .event, line: Array("event \(number)".utf8)) }

    @Test("however much there is to say, no second carries 50 and no minute 600")
    func rate() {
        var pacer = NotificationPacer()
        for number in 0..<2000 { pacer.add(event(number)) }
        var sentAt: [Int64] = []
        for now in stride(from: Int64(0), through: 150_000, by: 10) {
            while pacer.take(at: now) != nil { sentAt.append(now) }
        }
        #expect(sentAt.count > 1000)
        for (index, start) in sentAt.enumerated() {
            let rest = sentAt[index...]
            #expect(rest.prefix { $0 < start + 1000 }.count < 50)
            #expect(rest.prefix { $0 < start + 60_000 }.count < 600)
        }
    }

    @Test("what is said goes in order and at once while there is little of it")
    func order() {
        var pacer = NotificationPacer()
        for number in 0..<3 { pacer.add(event(number)) }
        let lines = (0..<4).map { _ in pacer.take(at: 0).map { String(decoding: $0, as: UTF8.self) } }
        #expect(lines == ["event 0", "event 1", "event 2", nil])
        #expect(pacer.isEmpty && pacer.millisecondsUntilNext() == nil)
    }

    @Test("of one lock's states only the newest waits")
    func newest() throws {
        let (front, back) = (try #require(LockID("front")), try #require(LockID("back")))
        var pacer = NotificationPacer()
        pacer.add(.init(subject: .state(front), line: [1]))
        pacer.add(.init(subject: .state(back), line: [2]))
        pacer.add(.init(subject: .state(front), line: [3]))
        #expect(pacer.take(at: 0) == [2])
        #expect(pacer.take(at: 0) == [3])
        #expect(pacer.take(at: 0) == nil && pacer.dropped == 0)
    }

    @Test("log lines beyond 256 are dropped and counted, and events are not")
    func logs() {
        var pacer = NotificationPacer()
        for number in 0..<300 { pacer.add(log(number)) }
        pacer.add(event(0))
        #expect(pacer.dropped == 44)
        var taken = 0
        for now in 0..<100 { while pacer.take(at: Int64(now) * 1000) != nil { taken += 1 } }
        #expect(taken == 257)
    }

    @Test("beyond its capacity the oldest goes, and is counted")
    func capacity() {
        var pacer = NotificationPacer(capacity: 2)
        for number in 0..<3 { pacer.add(event(number)) }
        #expect(pacer.dropped == 1)
        #expect(pacer.take(at: 0) == Array("event 1".utf8))
    }

    @Test("the wait for the next one is told, and is enough")
    func wait() throws {
        var pacer = NotificationPacer()
        for number in 0..<60 { pacer.add(event(number)) }
        while pacer.take(at: 0) != nil {}
        let delay = try #require(pacer.millisecondsUntilNext())
        #expect((1...112).contains(delay))
        #expect(pacer.take(at: delay) != nil)
    }
}
