import LockModel
import Testing

@testable import Gateway

@Suite("A principal's event stream")
struct EventStreamTests {
    private func stream(assigned: Int64, acknowledged: Int64, window: Int = 4) throws -> EventStream {
        let acme = try #require(PrincipalID("acme"))
        return EventStream(cursor: EventCursor(principal: acme, assigned: assigned, acknowledged: acknowledged), window: window)
    }

    @Test("A live event goes straight out while the window is open")
    func live() throws {
        var stream = try stream(assigned: 0, acknowledged: 0)
        let step1 = stream.connected()
        #expect(step1 == .wait)
        let step2 = stream.append(1)
        #expect(step2)
        let step3 = stream.append(2)
        #expect(step3)
        let step4 = stream.acknowledge(1)
        #expect(step4 == .wait)
        #expect(stream.acknowledged == 1)
    }

    @Test("After a reconnect everything from the first unacknowledged one is sent again")
    func again() throws {
        var stream = try stream(assigned: 0, acknowledged: 0)
        _ = stream.connected()
        for sequence in 1...3 {
            let isSent = stream.append(Int64(sequence))
            #expect(isSent)
        }
        let step5 = stream.acknowledge(1)
        #expect(step5 == .wait)
        stream.disconnected()
        let step6 = stream.append(4)
        #expect(!step6)
        let step7 = stream.connected()
        #expect(step7 == .fetch(after: 1, limit: 3))
    }

    @Test("No more than the window is ever unacknowledged, and nothing is left out")
    func window() throws {
        var stream = try stream(assigned: 10, acknowledged: 0)
        guard case .fetch(0, 4) = stream.connected() else {
            Issue.record("the first four are due")
            return
        }
        for sequence in 1...4 { stream.fetched(upTo: Int64(sequence)) }
        let step8 = stream.append(11)
        #expect(!step8)
        var sent: [Int64] = [1, 2, 3, 4]
        var next = 1
        while sent.count < 11 {
            let step = stream.acknowledge(Int64(next))
            next += 1
            if case .fetch(let after, let limit) = step {
                let page = (after + 1)...(after + Int64(limit))
                sent += page
                stream.fetched(upTo: page.upperBound)
            }
            #expect(sent.count - (next - 1) <= 4)
        }
        #expect(sent == Array(1...11))
    }

    @Test("Acknowledgements out of order count only without a gap")
    func gaps() throws {
        var stream = try stream(assigned: 0, acknowledged: 0)
        _ = stream.connected()
        for sequence in 1...3 { _ = stream.append(Int64(sequence)) }
        _ = stream.acknowledge(3)
        _ = stream.acknowledge(2)
        #expect(stream.acknowledged == 0)
        _ = stream.acknowledge(1)
        #expect(stream.acknowledged == 3)
    }
}
