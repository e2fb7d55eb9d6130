import Testing
import WireBytes

@testable import BLEStack

@Suite("Packets from a controller")
struct HCIPacketTests {
    /// Command Complete for Reset, a data packet, a disconnection.
    private static let stream: [UInt8] =
        [0x04, 0x0E, 0x04, 0x01, 0x03, 0x0C, 0x00] + [0x02, 0x01, 0x20, 0x03, 0x00, 7, 8, 9] + [0x04, 0x05, 0x04, 0x00, 0x01, 0x00, 0x13]

    @Test("the packets are the same wherever the stream is split", arguments: 0...HCIPacketTests.stream.count)
    func everySplit(place: Int) throws {
        var whole = HCIStreamParser()
        whole.append(Self.stream)
        var expected: [HCIPacket] = []
        while let packet = try whole.next() { expected.append(packet) }
        #expect(expected.map(\.kind) == [.event, .acl, .event])
        for second in place...Self.stream.count {
            var parser = HCIStreamParser()
            var packets: [HCIPacket] = []
            for part in [Self.stream[..<place], Self.stream[place..<second], Self.stream[second...]] {
                parser.append(part)
                while let packet = try parser.next() { packets.append(packet) }
            }
            #expect(packets == expected && parser.isBetweenPackets)
        }
    }

    @Test("what begins no packet ends the stream")
    func unknownKind() {
        var parser = HCIStreamParser()
        parser.append([0x09])
        #expect(throws: HCIStreamFault.unknownKind(9)) { try parser.next() }
    }

    @Test("a packet longer than any is refused before it is gathered")
    func tooLong() {
        var parser = HCIStreamParser()
        parser.append([0x02, 0x01, 0x20, 0x01, 0x10])
        #expect(throws: HCIStreamFault.tooLong(0x1001)) { try parser.next() }
    }

    /// One of each kind a central reads, with what it must be read as.
    static let events: [([UInt8], HCIEvent)] = [
        ([0x05, 4, 0, 1, 0, 0x13], .disconnectionComplete(.success, handle: 1, reason: .remoteUserEnded)),
        ([0x08, 4, 0, 1, 0, 1], .encryptionChange(.success, handle: 1, isOn: true)),
        ([0x59, 5, 6, 1, 0, 0, 16], .encryptionChange(.keyMissing, handle: 1, isOn: false)),
        ([0x30, 3, 0, 1, 0], .encryptionKeyRefresh(.success, handle: 1)),
        ([0x0F, 4, 0x0C, 1, 0x0D, 0x20], .commandStatus(.commandDisallowed, credits: 1, opcode: .leCreateConnection)),
        ([0x10, 1, 0x42], .hardwareError(0x42)),
        ([0x13, 5, 1, 1, 0, 2, 0], .completedPackets([.init(handle: 1, count: 2)])),
        (
            [0x3E, 19, 0x01, 0, 1, 0, 0, 1, 1, 2, 3, 4, 5, 0xC6, 6, 0, 0, 0, 44, 1, 0],
            .connectionComplete(
                .init(status: .success, handle: 1, isCentral: true, peer: BluetoothAddress(bits: 0xC605_0403_0201, kind: .random)))
        ),
        (
            [0x3E, 31, 0x0A, 0, 1, 0, 0, 1, 1, 2, 3, 4, 5, 0xC6] + [UInt8](repeating: 0, count: 12) + [6, 0, 0, 0, 44, 1, 0],
            .connectionComplete(
                .init(status: .success, handle: 1, isCentral: true, peer: BluetoothAddress(bits: 0xC605_0403_0201, kind: .random)))
        ),
        (
            [0x3E, 34, 0x29, 0, 1, 0, 0, 1, 1, 2, 3, 4, 5, 0xC6] + [UInt8](repeating: 0, count: 12) + [6, 0, 0, 0, 44, 1, 0, 0xFF, 0, 0],
            .connectionComplete(
                .init(status: .success, handle: 1, isCentral: true, peer: BluetoothAddress(bits: 0xC605_0403_0201, kind: .random)))
        ),
        (
            [0x3E, 15, 0x02, 1, 0, 1, 1, 2, 3, 4, 5, 0xC6, 3, 2, 1, 6, 0xC0],
            .advertising([
                .init(
                    address: BluetoothAddress(bits: 0xC605_0403_0201, kind: .random), isConnectable: true, isScanResponse: false, rssi: -64,
                    data: [2, 1, 6])
            ])
        ),
        (
            [0x3E, 29, 0x0D, 1, 0x13, 0, 1, 1, 2, 3, 4, 5, 0xC6, 1, 0, 0xFF, 0x7F, 0xC0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 2, 1, 6],
            .advertising([
                .init(
                    address: BluetoothAddress(bits: 0xC605_0403_0201, kind: .random), isConnectable: true, isScanResponse: false, rssi: -64,
                    data: [2, 1, 6])
            ])
        ),
        ([0x3E, 10, 0x03, 0, 1, 0, 6, 0, 0, 0, 44, 1], .connectionUpdate(.success, handle: 1)),
        ([0x3E, 13, 0x05, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], .longTermKeyRequest(handle: 1)),
        (
            [0x3E, 11, 0x06, 1, 0, 6, 0, 12, 0, 0, 0, 44, 1],
            .connectionParameterRequest(handle: 1, .init(intervalMinimum: 6, intervalMaximum: 12, latency: 0, supervisionTimeout: 300))
        ),
        ([0xFF, 2, 1, 2], .other(code: 0xFF)),
        ([0x3E, 2, 0x63, 2], .other(code: 0x3E)),
    ]

    @Test("each event is read as what it is", arguments: HCIPacketTests.events)
    func event(payload: [UInt8], expected: HCIEvent) throws {
        #expect(try HCIEvent(payload) == expected)
    }

    @Test("an event that lacks a byte or has one too many is refused", arguments: HCIPacketTests.events.dropLast(2))
    func truncation(payload: [UInt8], expected: HCIEvent) {
        for count in 0..<payload.count {
            #expect(throws: ByteFault.self, "cut to \(count)") { try HCIEvent(Array(payload[..<count])) }
        }
        // Also where its own length says so.
        for length in 0..<payload.count - 2 {
            #expect(throws: ByteFault.self, "length \(length)") {
                try HCIEvent([payload[0], UInt8(length)] + payload[2..<(2 + length)])
            }
        }
        #expect(throws: ByteFault.self) { try HCIEvent(payload + [0]) }
        #expect(throws: ByteFault.self) { try HCIEvent([payload[0], payload[1] + 1] + payload.dropFirst(2) + [0]) }
    }

    @Test("a handle above the specification's range is refused with its place")
    func handleRange() {
        #expect(throws: ByteFault.invalid(offset: 3, "no connection handle")) { try HCIEvent([0x05, 4, 0, 0x00, 0x0F, 0x13]) }
    }
}
