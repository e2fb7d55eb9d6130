import Testing

@testable import AdapterProtocol

@Suite("Requests waiting for their answers")
struct PendingRequestsTests {
    private enum Verdict: Equatable {
        case open(String), late, answeredTwice, neverIssued

        init(_ claim: PendingRequests<String>.Claim) {
            switch claim {
            case .open(let waiting): self = .open(waiting)
            case .late: self = .late
            case .answeredTwice: self = .answeredTwice
            case .neverIssued: self = .neverIssued
            }
        }
    }

    @Test("each answer reaches the one who asked, in any order, once")
    func claims() {
        var pending = PendingRequests<String>()
        let first = pending.issue("a")
        let second = pending.issue("b")
        #expect(first != second)
        #expect(Verdict(pending.claim(second)) == .open("b"))
        #expect(Verdict(pending.claim(first)) == .open("a"))
        #expect(Verdict(pending.claim(first)) == .answeredTwice)
    }

    @Test(
        "an id that was never issued is told apart from a late one",
        arguments: [RequestID.number(0), .number(-1), .number(9), .text("1")]
    )
    func invented(id: RequestID) {
        var pending = PendingRequests<String>()
        _ = pending.issue("a")
        #expect(Verdict(pending.claim(id)) == .neverIssued)
        #expect(pending.openCount == 1)
    }

    @Test("an answer after we stopped waiting is late once, then doubled")
    func late() {
        var pending = PendingRequests<String>()
        let id = pending.issue("a")
        #expect(pending.abandon(id) == "a")
        #expect(pending.abandon(id) == nil)
        #expect(Verdict(pending.claim(id)) == .late)
        #expect(Verdict(pending.claim(id)) == .answeredTwice)
    }

    @Test("a side that never answers is noticed before its ids fill the memory")
    func bounded() {
        var pending = PendingRequests<String>(maximumAbandoned: 2)
        for _ in 0..<2 { _ = pending.abandon(pending.issue("a")) }
        #expect(!pending.tooManyAbandoned)
        _ = pending.abandon(pending.issue("a"))
        #expect(pending.tooManyAbandoned)
    }

    @Test("when the process is gone everyone who waits is told, in the order of asking")
    func endAll() {
        var pending = PendingRequests<String>()
        for waiting in ["a", "b", "c"] { _ = pending.issue(waiting) }
        #expect(pending.endAll() == ["a", "b", "c"])
        #expect(pending.openCount == 0)
    }
}
