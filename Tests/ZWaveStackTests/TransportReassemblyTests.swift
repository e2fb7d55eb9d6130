import Testing
import WireBytes

@testable import ZWaveStack

@Suite("Long Z-Wave commands come in parts")
struct TransportReassemblyTests {
    private static let whole = [UInt8](0..<100)

    /// The parts of a command, as a node sends them.
    static func parts(_ command: [UInt8], session: UInt8 = 3, size: Int = 39) -> [[UInt8]] {
        stride(from: 0, to: command.count, by: size).map { offset in
            let payload = Array(command[offset..<min(offset + size, command.count)])
            let length = [UInt8(command.count >> 8), UInt8(command.count & 0xFF)]
            let head: [UInt8] =
                offset == 0
                ? [0x55, 0xC0 | length[0], length[1], session << 4]
                : [0x55, 0xE0 | length[0], length[1], session << 4 | UInt8(offset >> 8), UInt8(offset & 0xFF)]
            return summed(head + payload)
        }
    }

    private static func summed(_ text: [UInt8]) -> [UInt8] {
        let sum = TransportReassembly.checksum(text)
        return text + [UInt8(sum >> 8), UInt8(sum & 0xFF)]
    }

    @Test("the checksum is CRC-CCITT from 0x1D0F: of nothing, and of the check string")
    func checksum() {
        #expect(TransportReassembly.checksum([]) == 0x1D0F)
        #expect(TransportReassembly.checksum(Array("123456789".utf8)) == 0xE5CC)
    }

    @Test("a command is whole once its parts are, in any order after the first, and is told once")
    func inParts() {
        for order in [[0, 1, 2], [0, 2, 1], [0, 1, 1, 2]] {
            var transport = TransportReassembly()
            let parts = Self.parts(Self.whole)
            let effects = order.flatMap { transport.received(parts[$0], at: 0) }
            #expect(effects.count { $0 == .command(Self.whole) } == 1 && effects.contains(.transmit([0x55, 0xE8, 0x30])))
            #expect(transport.nextDeadline == nil)
            #expect(transport.received(parts[2], at: 10) == [.transmit([0x55, 0xE8, 0x30])])
        }
    }

    @Test("a part that is missing is asked for twice, then the command is given up")
    func missing() {
        var transport = TransportReassembly()
        let parts = Self.parts(Self.whole)
        _ = transport.received(parts[0], at: 0)
        #expect(transport.received(parts[2], at: 0) == [.transmit([0x55, 0xC8, 0x30, 39])])
        for step in Int64(1)...2 { #expect(transport.tick(at: step * 800) == [.transmit([0x55, 0xC8, 0x30, 39])]) }
        #expect(transport.tick(at: 2_400) == [.refused(.truncated(offset: 39))] && transport.nextDeadline == nil)
        var late = TransportReassembly()
        _ = late.received(parts[0], at: 0)
        _ = late.received(parts[2], at: 0)
        #expect(late.received(parts[1], at: 700).contains(.command(Self.whole)))
    }

    @Test("a new command of the node's takes the place of the one it has given up")
    func replaced() {
        var transport = TransportReassembly()
        _ = transport.received(Self.parts(Self.whole)[0], at: 0)
        let other = [UInt8](repeating: 7, count: 50)
        let effects = Self.parts(other, session: 4).flatMap { transport.received($0, at: 1) }
        #expect(effects.contains(.command(other)) && transport.nextDeadline == nil)
    }

    @Test("what is damaged, too long or beyond its length is refused, and holds no memory")
    func refused() {
        var transport = TransportReassembly()
        let good = Self.parts(Self.whole)[0]
        for place in good.indices.dropFirst(2) {
            var bad = good
            bad[place] ^= 0x10
            guard case .refused? = transport.received(bad, at: 0).first else { return #expect(Bool(false), "byte \(place)") }
        }
        for count in 0..<good.count {
            guard case .refused? = transport.received(Array(good.prefix(count)), at: 0).first else {
                return #expect(Bool(false), "\(count)")
            }
        }
        let beyond: [[UInt8]] = [
            [0x55, 0xC7, 0xFF, 0x30, 1], [0x55, 0xC0, 1, 0x30, 1, 2], [0x55, 0xE0, 5, 0x30, 4, 1, 2], [0x55, 0xC0, 0, 0x30, 1],
        ]
        for text in beyond {
            guard case .refused? = transport.received(Self.summed(text), at: 0).first else { return #expect(Bool(false), "\(text)") }
        }
        #expect(transport.nextDeadline == nil)
    }
}
