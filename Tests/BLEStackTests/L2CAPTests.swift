import Testing
import WireBytes

@testable import BLEStack

@Suite("Packets in fragments")
struct L2CAPTests {
    private let packet = L2CAPPacket(channel: 6, (0..<65).map { UInt8($0) })

    private func fragments(_ packet: L2CAPPacket, bytes: Int) throws -> [ACLFragment] {
        var sender = ACLSender<Int>(dataPackets: 100, dataBytes: bytes)
        sender.open(0x40)
        _ = sender.append(packet, to: 0x40)
        var fragments: [ACLFragment] = []
        while let (sent, _) = sender.nextFragment(at: 0) { fragments.append(try ACLFragment(sent.payload)) }
        return fragments
    }

    @Test("a packet comes back whole from fragments of any size", arguments: [27, 28, 64, 69, 251])
    func roundTrip(size: Int) throws {
        var reassembly = L2CAPReassembly()
        let fragments = try fragments(packet, bytes: size)
        #expect(fragments.count == (69 + size - 1) / size)
        for fragment in fragments.dropLast() { #expect(try reassembly.take(fragment) == nil) }
        #expect(try reassembly.take(#require(fragments.last)) == packet)
    }

    @Test("a header in pieces is waited for", arguments: 1...3)
    func splitHeader(place: Int) throws {
        let bytes = packet.bytes
        var reassembly = L2CAPReassembly()
        #expect(try reassembly.take(fragment(isContinuation: false, Array(bytes[..<place]))) == nil)
        #expect(try reassembly.take(fragment(isContinuation: true, Array(bytes[place...]))) == packet)
    }

    @Test("a new packet drops an unfinished one")
    func restart() throws {
        var reassembly = L2CAPReassembly()
        #expect(try reassembly.take(fragment(isContinuation: false, Array(packet.bytes.prefix(20)))) == nil)
        #expect(try reassembly.take(fragment(isContinuation: false, packet.bytes)) == packet)
    }

    @Test("a continuation of nothing, a packet too long and one with too much end the link")
    func faults() throws {
        var reassembly = L2CAPReassembly()
        #expect(throws: L2CAPReassembly.Fault.withoutStart) { try reassembly.take(fragment(isContinuation: true, [1])) }
        #expect(throws: L2CAPReassembly.Fault.tooLong(1_025)) { try reassembly.take(fragment(isContinuation: false, [1, 4, 4, 0])) }
        #expect(throws: L2CAPReassembly.Fault.overrun) { try reassembly.take(fragment(isContinuation: false, [1, 0, 4, 0, 7, 8])) }
    }

    private func fragment(isContinuation: Bool, _ data: [UInt8]) throws -> ACLFragment {
        try ACLFragment(ACLFragment.payload(handle: 0x40, isContinuation: isContinuation, data))
    }

    @Test("a fragment is cut off, too long or of a kind LE does not have: refused")
    func badFragments() throws {
        let good: [UInt8] = [0x40, 0x20, 2, 0, 7, 8]
        #expect(try ACLFragment(good).data == [7, 8])
        for count in 0..<good.count { #expect(throws: ByteFault.self) { try ACLFragment(Array(good[..<count])) } }
        #expect(throws: ByteFault.trailing(offset: 6)) { try ACLFragment(good + [9]) }
        #expect(throws: ByteFault.self) { try ACLFragment([0x40, 0x30, 0, 0]) }
    }

    // MARK: - Room in the controller

    /// How many fragments the controller is given now.
    private func given(_ sender: inout ACLSender<Int>) -> Int {
        var count = 0
        while sender.nextFragment(at: 0) != nil { count += 1 }
        return count
    }

    @Test("no more is given to the controller than it has room for, and it comes back")
    func credits() {
        var sender = ACLSender<Int>(dataPackets: 2, dataBytes: 27)
        sender.open(1)
        _ = sender.append(packet, to: 1, mark: 7)
        #expect(given(&sender) == 2)
        #expect(sender.deadline == 10_000)
        sender.completed(1, of: 1, at: 500)
        let last = sender.nextFragment(at: 500)
        #expect(last?.mark == 7, "the mark leaves with the last fragment")
        // More than it was given counts as all.
        sender.completed(99, of: 1, at: 600)
        #expect(sender.deadline == nil)
    }

    @Test("a link that fell silent does not take the room of the others, and its end gives back what it held")
    func fairness() {
        var sender = ACLSender<Int>(dataPackets: 3, dataBytes: 27)
        sender.open(1)
        sender.open(2)
        _ = sender.append(packet, to: 1)
        #expect(given(&sender) == 2, "the last room is kept for the other")
        _ = sender.append(L2CAPPacket(channel: 4, [1]), to: 2)
        #expect(sender.nextFragment(at: 0)?.packet.payload.first == 2)
        sender.close(1, at: 0)
        _ = sender.append(packet, to: 2)
        #expect(given(&sender) == 2)
    }

    @Test("too much for one link is not taken, and nothing of it leaves")
    func bound() {
        var sender = ACLSender<Int>(dataPackets: 1, dataBytes: 27)
        sender.open(1)
        var taken = 0
        while sender.append(packet, to: 1) { taken += 1 }
        #expect(taken == ACLSender<Int>.capacity / 3)
        let isTaken = sender.append(packet, to: 2)
        #expect(!isTaken, "no such link")
    }

    // MARK: - Signalling

    @Test("a wish for other parameters is read, and anything unknown is rejected")
    func signals() throws {
        let wish: [UInt8] = [0x12, 1, 8, 0, 6, 0, 12, 0, 0, 0, 44, 1]
        let parameters = ConnectionParameters(intervalMinimum: 6, intervalMaximum: 12, latency: 0, supervisionTimeout: 300)
        #expect(try L2CAPSignal(wish) == .parameterUpdateRequest(identifier: 1, parameters))
        for count in 0..<wish.count { #expect(throws: ByteFault.self) { try L2CAPSignal(Array(wish[..<count])) } }
        #expect(throws: ByteFault.self) { try L2CAPSignal(wish + [0]) }
        #expect(try L2CAPSignal([0x14, 2, 0, 0]) == .unknown(identifier: 2))
        #expect(try L2CAPSignal([0x01, 2, 0, 0]) == .answer)
        #expect(throws: ByteFault.self) { try L2CAPSignal([0x14, 0, 0, 0]) }
    }

    @Test(
        "parameters are taken only where the loss of a lock is still noticed soon",
        arguments: [
            ((6, 12, 0, 300), true), ((5, 12, 0, 300), false), ((12, 6, 0, 300), false), ((6, 3_200, 0, 600), false),
            ((6, 12, 499, 600), false), ((6, 12, 4, 9), false), ((24, 40, 4, 600), true), ((6, 12, 0, 3_200), false),
        ]
    )
    func parameters(wish: (UInt16, UInt16, UInt16, UInt16), isGood: Bool) {
        let parameters = ConnectionParameters(intervalMinimum: wish.0, intervalMaximum: wish.1, latency: wish.2, supervisionTimeout: wish.3)
        #expect(parameters.isAcceptable == isGood)
    }
}
