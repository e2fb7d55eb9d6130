import LockModel
import Testing

@testable import Gateway

@Suite("Events kept for a stream that is a little behind")
struct EventBacklogTests {
    private func record(_ number: Int64) -> LockModel.Record {
        LockModel.Record(
            number: number, at: Timestamp(milliseconds: number), bootMilliseconds: 0, timeTrust: .trusted, body: .gatewayStopped)
    }

    private func backlog(_ sequences: ClosedRange<Int64>) -> EventBacklog {
        var backlog = EventBacklog()
        for sequence in sequences { backlog.append(sequence, record(100 + sequence)) }
        return backlog
    }

    @Test("come in order, each once, with their records")
    func inOrder() {
        var backlog = backlog(5...9)
        let first = backlog.take(after: 4, limit: 2)
        #expect(first.map(\.sequence) == [5, 6])
        #expect(first.map(\.record.number) == [105, 106])
        #expect(backlog.take(after: 6, limit: 10).map(\.sequence) == [7, 8, 9])
        #expect(backlog.take(after: 9, limit: 10).isEmpty)
        backlog.append(10, record(110))
        #expect(backlog.take(after: 9, limit: 10).map(\.sequence) == [10])
    }

    @Test("older ones than are asked for are let go")
    func skipped() {
        var backlog = backlog(1...9)
        #expect(backlog.take(after: 6, limit: 1).map(\.sequence) == [7])
        #expect(backlog.take(after: 2, limit: 1).isEmpty)
        #expect(backlog.take(after: 7, limit: 9).map(\.sequence) == [8, 9])
    }

    @Test("one that is missing sends the stream to the journal, for all before it")
    func missing() {
        var backlog = backlog(5...6)
        #expect(backlog.take(after: 3, limit: 9).isEmpty)
        backlog.append(8, record(108))
        #expect(backlog.take(after: 5, limit: 9).isEmpty)
        #expect(backlog.take(after: 7, limit: 9).map(\.sequence) == [8])
    }

    @Test("no more than the newest 1,024 are kept, however many come")
    func bounded() {
        var backlog = backlog(1...10_000)
        let oldest = 10_000 - Int64(EventBacklog.capacity)
        #expect(backlog.take(after: oldest - 1, limit: 1).isEmpty)
        #expect(backlog.take(after: oldest, limit: 20_000).map(\.sequence) == Array(oldest + 1...10_000))
    }
}
