import BLEStack
import Glibc
import LinuxIO
import Testing

@testable import BLERadio

@Suite("The line to a controller")
struct ControllerLineTests {
    /// What came over a line until it ended or `count` packets were there.
    private func received(_ bytes: [UInt8], isPacketwise: Bool = false, thenCloses: Bool = true, count: Int = .max) throws -> (
        packets: [HCIPacket], end: ControllerLine.End?
    ) {
        let loop = try EventLoop()
        let (ours, theirs) = try UnixSocket.pair()
        var packets: [HCIPacket] = []
        var end: ControllerLine.End?
        let line = try ControllerLine(
            loop: loop, ours, isPacketwise: isPacketwise,
            onPacket: { packet in
                packets.append(packet)
                if packets.count == count { loop.stop() }
            },
            onEnd: { why in
                end = why
                loop.stop()
            })
        #expect(write(theirs.number, bytes, bytes.count) == bytes.count)
        if thenCloses { theirs.close() }
        try loop.run()
        line.close()
        return (packets, end)
    }

    @Test("packets come whole and in order, and the end is told after them")
    func packets() throws {
        let (packets, end) = try received([4, 0x10, 1, 7, 2, 1, 0x20, 1, 0, 9])
        #expect(packets == [HCIPacket(.event, [0x10, 1, 7]), HCIPacket(.acl, [1, 0x20, 1, 0, 9])])
        #expect(end == .closed("closed by the other side"))
    }

    @Test("a stream that is no HCI ends the line")
    func garbled() throws {
        let (packets, end) = try received([4, 0x10, 1, 7, 0xFF], thenCloses: false)
        #expect(packets.count == 1 && end == .garbled(.unknownKind(0xFF)))
    }

    @Test("half a packet is none on a kernel device, where each read brings a whole one")
    func packetwise() throws {
        let whole = try received([4, 0x10, 1, 7], isPacketwise: true, thenCloses: false, count: 1)
        #expect(whole.packets.count == 1 && whole.end == nil)
        let half = try received([4, 0x10, 1], isPacketwise: true, thenCloses: false)
        #expect(half.packets.isEmpty && half.end == .garbled(.tooLong(3)))
    }

    @Test("a host that is no number, and a device that is not there, are refused at once")
    func unopenable() {
        #expect(throws: IOFailure(call: "inet_pton", code: EINVAL)) { try ControllerOpening.open(.tcp(host: "radio.example", port: 1)) }
        #expect(throws: IOFailure(call: "open", code: ENOENT)) { try ControllerOpening.open(.serial(path: "/nowhere/tty")) }
        #expect(throws: IOFailure.self) { try ControllerOpening.open(.unix(path: "/nowhere/socket")) }
    }

    @Test("a gateway goes by the same static address for good, and two gateways by different ones")
    func ownAddress() {
        let address = RadioService.address(of: "gw-aaaaaaaaaaaaaaaa")
        #expect(address.isStaticRandom && address == RadioService.address(of: "gw-aaaaaaaaaaaaaaaa"))
        #expect(address != RadioService.address(of: "gw-aaaaaaaaaaaaaaab"))
    }
}
