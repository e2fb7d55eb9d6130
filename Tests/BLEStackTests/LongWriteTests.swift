import Testing

@testable import BLEStack

@Suite("A value longer than a packet")
struct LongWriteTests {
    private let lock = BluetoothAddress(bits: 0xC605_0403_0201, kind: .random)
    private let target = GATTTarget(BluetoothUUID(0xFFF1))
    private let value = [UInt8]((0..<200).map { UInt8($0) })

    /// A lock that is linked, by handle 0x40 and link 1, with packets of 100 bytes, and asked to take a long value.
    private func asked(_ bytes: [UInt8]? = nil) -> (controller: ScriptedController, write: HostRequestID) {
        let characteristic = GATTDatabase.Characteristic(
            uuid: BluetoothUUID(0xFFF1), properties: [.write, .writeWithoutResponse], handle: 3, configuration: nil)
        let service = GATTDatabase.Service(uuid: BluetoothUUID(0xFFF0), handles: 1...9, characteristics: [characteristic])
        var controller = ScriptedController.up()
        controller.give(.peers([PeerRecord(address: lock, database: GATTDatabase(services: [service]))]))
        _ = controller.ask { .connect($0, ConnectWish(peer: lock, timeoutMilliseconds: 10_000, security: .none)) }
        controller.connected(0x40, lock)
        controller.playLock(0x40)
        let write = controller.ask { .operate($0, link: 1, .write(target, bytes ?? value, withResponse: true)) }
        return (controller, write)
    }

    private func part(_ opcode: UInt8, _ offset: Int, _ range: Range<Int>) -> [UInt8] {
        [opcode, 3, 0, UInt8(offset), 0] + value[range]
    }

    @Test("every part is given back before the next goes, and the last word only after all")
    func parts() throws {
        var (controller, write) = asked()
        for range in [0..<95, 95..<190, 190..<200] {
            #expect(controller.lastATT(0x40) == part(0x16, range.lowerBound, range))
            controller.says(0x40, part(0x17, range.lowerBound, range))
        }
        #expect(controller.lastATT(0x40) == [0x18, 1] && controller.answers[write] == nil)
        controller.says(0x40, [0x19])
        #expect(try controller.answers[write]?.get() == .done)
    }

    @Test(
        "a value that just fits goes in one packet, and the longest in parts",
        arguments: [(97, 0x12), (98, 0x16), (512, 0x16)] as [(Int, UInt8)])
    func border(count: Int, opcode: UInt8) {
        let (controller, write) = asked([UInt8](repeating: 7, count: count))
        #expect(controller.lastATT(0x40)?.first == opcode && controller.answers[write] == nil)
    }

    @Test("without response a long value is refused, as nothing would be given back")
    func withoutResponse() {
        var (controller, _) = asked([1])
        controller.playLock(0x40)
        let long = controller.ask { .operate($0, link: 1, .write(target, [UInt8](repeating: 7, count: 98), withResponse: false)) }
        #expect(controller.answers[long] == .failure(.gatt(.tooLong(limit: 97))))
    }

    @Test("a part that comes back changed in any way has all of it forgotten", arguments: [1, 3, 5, 99, 100])
    func changed(place: Int) {
        var (controller, write) = asked()
        var echo = part(0x17, 0, 0..<95)
        if place < echo.count { echo[place] ^= 1 } else { echo.removeLast() }
        controller.says(0x40, echo)
        #expect(controller.lastATT(0x40) == [0x18, 0] && controller.answers[write] == nil)
        controller.says(0x40, [0x19])
        #expect(controller.answers[write] == .failure(.gatt(.notEchoed)) && controller.commands.last != 0x0406)
        // What waited goes on.
        _ = controller.ask { .operate($0, link: 1, .write(target, [1], withResponse: true)) }
        #expect(controller.lastATT(0x40) == [0x12, 3, 0, 1])
    }

    @Test("a refused part is the lock's own error, and what it took before is forgotten")
    func refusedPart() {
        var (controller, write) = asked()
        controller.says(0x40, part(0x17, 0, 0..<95))
        controller.says(0x40, [0x01, 0x16, 3, 0, 0x09])
        #expect(controller.lastATT(0x40) == [0x18, 0])
        controller.says(0x40, [0x19])
        #expect(controller.answers[write] == .failure(.gatt(.att(.prepareQueueFull))))
        var (other, first) = asked()
        other.says(0x40, [0x01, 0x16, 3, 0, 0x06])
        #expect(other.answers[first] == .failure(.gatt(.att(.requestNotSupported))) && other.lastATT(0x40)?.first == 0x16)
    }

    @Test("a refusal at the last word leaves open what was written")
    func refusedExecution() {
        var (controller, write) = asked()
        for range in [0..<95, 95..<190, 190..<200] { controller.says(0x40, part(0x17, range.lowerBound, range)) }
        controller.says(0x40, [0x01, 0x18, 3, 0, 0x80])
        #expect(controller.answers[write] == .failure(.gatt(.notExecuted(ATTErrorCode(rawValue: 0x80)))))
    }

    @Test("a lock that does not forget loses its link, and the request keeps its own failure")
    func doesNotForget() {
        var (controller, write) = asked()
        controller.says(0x40, part(0x17, 1, 0..<95))
        controller.says(0x40, [0x01, 0x18, 0, 0, 0x0E])
        #expect(controller.answers[write] == .failure(.gatt(.notEchoed)) && controller.commands.last == 0x0406)
        #expect(controller.doubled.isEmpty)
    }

    @Test("when the link ends, the lock may have the value only if it was told to write it", arguments: [1, 2, 3])
    func lost(taken: Int) {
        var (controller, write) = asked()
        for range in [0..<95, 95..<190, 190..<200].prefix(taken) { controller.says(0x40, part(0x17, range.lowerBound, range)) }
        controller.disconnected(0x40, reason: 0x08)
        #expect(controller.answers[write] == .failure(.gatt(.linkEnded("connection timeout", sent: taken == 3))))
        #expect(controller.doubled.isEmpty)
    }

    @Test("a lock that falls silent between the parts loses its link after 30 s")
    func silence() {
        var (controller, write) = asked()
        controller.pass(20_000)
        controller.says(0x40, part(0x17, 0, 0..<95))
        controller.pass(29_999)
        #expect(controller.answers[write] == nil)
        controller.pass(1)
        #expect(controller.answers[write] == .failure(.gatt(.linkEnded("the peer did not answer for 30 s", sent: false))))
    }
}
