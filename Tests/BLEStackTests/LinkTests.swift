import Testing
import WireBytes

@testable import BLEStack

@Suite("A link and what is done on it")
struct LinkTests {
    private let lock = BluetoothAddress(bits: 0xC605_0403_0201, kind: .random)
    private let target = GATTTarget(BluetoothUUID(0xFFF1))

    /// A lock that is linked, by handle 0x40 and link 1, and known for good.
    private func linked(_ record: PeerRecord? = nil) -> ScriptedController {
        var controller = ScriptedController.up()
        controller.give(.peers([record ?? PeerRecord(address: lock)]))
        _ = controller.ask { .connect($0, ConnectWish(peer: lock, timeoutMilliseconds: 10_000, security: .none)) }
        controller.connected(0x40, lock)
        controller.playLock(0x40)
        return controller
    }

    @Test("the database is found out on first use, kept, and not asked for again")
    func discovery() throws {
        var controller = linked()
        let write = controller.ask { .operate($0, link: 1, .write(target, [2, 1], withResponse: true)) }
        controller.playLock(0x40)
        #expect(try controller.answers[write]?.get() == .done)
        let kept = try #require(controller.kept.last)
        #expect(kept.database?.characteristic(BluetoothUUID(0xFFF1), in: BluetoothUUID(0xFFF0))?.configuration == 4)
        let asked = controller.sent.count
        let read = controller.ask { .operate($0, link: 1, .subscribe(target, isOn: true, byIndication: false)) }
        controller.playLock(0x40)
        #expect(try controller.answers[read]?.get() == .done)
        #expect(controller.sent.count == asked + 1 && controller.lastATT(0x40) == [0x12, 4, 0, 1, 0])
        // The next link needs two packets: the MTU and the write.
        var again = linked(kept)
        let before = again.sent.count
        _ = again.ask { .operate($0, link: 1, .write(target, [2, 1], withResponse: true)) }
        #expect(again.sent.count == before + 1 && again.lastATT(0x40) == [0x12, 3, 0, 2, 1])
    }

    @Test("what the lock does not have or does not allow is refused without a word to it")
    func refusals() {
        var controller = linked()
        let unknown = controller.ask { .operate($0, link: 1, .write(GATTTarget(BluetoothUUID(0xABCD)), [1], withResponse: true)) }
        let forbidden = controller.ask { .operate($0, link: 1, .write(target, [1], withResponse: false)) }
        let long = controller.ask { .operate($0, link: 1, .write(target, [UInt8](repeating: 0, count: 513), withResponse: true)) }
        controller.playLock(0x40)
        #expect(controller.answers[unknown] == .failure(.gatt(.unknownCharacteristic)))
        #expect(controller.answers[forbidden] == .failure(.gatt(.notAllowed)))
        #expect(controller.answers[long] == .failure(.gatt(.tooLong(limit: 512))))
        #expect(!controller.sent.contains { $0.payload.first == 0x12 })
        let nowhere = controller.ask { .operate($0, link: 9, .mtu) }
        #expect(controller.answers[nowhere] == .failure(.unknownLink))
    }

    @Test("of what waits when a link is lost only the request that had left may have reached the lock")
    func lossMidWrite() {
        var controller = linked(knownRecord)
        let first = controller.ask { .operate($0, link: 1, .write(target, [1], withResponse: true)) }
        let second = controller.ask { .operate($0, link: 1, .write(target, [2], withResponse: true)) }
        controller.disconnected(0x40, reason: 0x08)
        #expect(controller.answers[first] == .failure(.gatt(.linkEnded("connection timeout", sent: true))))
        #expect(controller.answers[second] == .failure(.gatt(.linkEnded("connection timeout", sent: false))))
        #expect(controller.ended.map(\.reason) == ["connection timeout"] && controller.doubled.isEmpty)
        let late = controller.ask { .operate($0, link: 1, .mtu) }
        #expect(controller.answers[late] == .failure(.gatt(.linkEnded("closed", sent: false))))
    }

    private var knownRecord: PeerRecord {
        let characteristic = GATTDatabase.Characteristic(
            uuid: BluetoothUUID(0xFFF1), properties: [.read, .write, .writeWithoutResponse, .notify], handle: 3, configuration: 4)
        let changed = GATTDatabase.Characteristic(uuid: GATTDatabase.serviceChanged, properties: .indicate, handle: 12, configuration: 13)
        let services: [GATTDatabase.Service] = [
            .init(uuid: BluetoothUUID(0xFFF0), handles: 1...9, characteristics: [characteristic]),
            .init(uuid: BluetoothUUID(0x1801), handles: 10...13, characteristics: [changed]),
        ]
        return PeerRecord(address: lock, database: GATTDatabase(services: services))
    }

    @Test("a lock that does not answer for 30 s loses its link, and the request is said to have left")
    func silence() {
        var controller = linked(knownRecord)
        let write = controller.ask { .operate($0, link: 1, .write(target, [1], withResponse: true)) }
        controller.pass(29_999)
        #expect(controller.answers[write] == nil)
        controller.pass(1)
        #expect(controller.answers[write] == .failure(.gatt(.linkEnded("the peer did not answer for 30 s", sent: true))))
        #expect(controller.commands.last == 0x0406)
        controller.disconnected(0x40, reason: 0x16)
        #expect(controller.ended.map(\.reason) == ["the peer did not answer for 30 s"])
    }

    @Test(
        "an answer that makes no sense ends the link",
        arguments: [[0x13, 0], [0x0B], [0x01], [0x01, 0x12], [], [0x01, 0x0A, 3, 0, 5], [0x13] + [UInt8](repeating: 0, count: 200)]
            as [[UInt8]]
    )
    func mangled(answer: [UInt8]) {
        var controller = linked(knownRecord)
        let write = controller.ask { .operate($0, link: 1, .write(target, [1], withResponse: true)) }
        controller.says(0x40, answer)
        guard case .failure(.gatt(.linkEnded(_, sent: true))) = controller.answers[write] else {
            Issue.record("\(String(describing: controller.answers[write]))")
            return
        }
        #expect(controller.commands.last == 0x0406)
    }

    @Test("an answer that comes twice ends the link: the second could be taken for another's")
    func twice() {
        var controller = linked(knownRecord)
        let write = controller.ask { .operate($0, link: 1, .write(target, [1], withResponse: true)) }
        controller.says(0x40, [0x13])
        controller.says(0x40, [0x13])
        #expect((try? controller.answers[write]?.get()) == .done)
        #expect(controller.commands.last == 0x0406)
    }

    @Test("an ATT error is the lock's own answer, and the link stays")
    func refused() {
        var controller = linked(knownRecord)
        let write = controller.ask { .operate($0, link: 1, .write(target, [1], withResponse: true)) }
        controller.says(0x40, [0x01, 0x12, 3, 0, 0x80])
        #expect(controller.answers[write] == .failure(.gatt(.att(ATTErrorCode(rawValue: 0x80)))))
        #expect(controller.commands.last != 0x0406)
    }

    @Test("a handle the lock does not know has its database found out anew")
    func invalidHandle() {
        var controller = linked(knownRecord)
        let write = controller.ask { .operate($0, link: 1, .write(target, [1], withResponse: true)) }
        controller.says(0x40, [0x01, 0x12, 3, 0, 0x01])
        #expect(controller.answers[write] == .failure(.gatt(.att(.invalidHandle))))
        #expect(controller.kept.last?.database == nil)
        let again = controller.ask { .operate($0, link: 1, .write(target, [1], withResponse: true)) }
        controller.playLock(0x40)
        #expect((try? controller.answers[again]?.get()) == .done)
    }

    @Test("a lock that says its services changed is asked for them before the next request")
    func serviceChanged() {
        var controller = linked(knownRecord)
        controller.says(0x40, [0x1D, 12, 0, 1, 0, 0xFF, 0xFF])
        #expect(controller.lastATT(0x40) == [0x1E], "it is confirmed")
        #expect(controller.kept.last?.database == nil)
        let write = controller.ask { .operate($0, link: 1, .write(target, [1], withResponse: true)) }
        #expect(controller.lastATT(0x40)?.first == 0x08)
        controller.playLock(0x40)
        #expect((try? controller.answers[write]?.get()) == .done)
    }

    @Test("a remembered database with a hash is compared first, and found out anew where it differs", arguments: [true, false])
    func hash(isSame: Bool) {
        var record = knownRecord
        record.database?.hash = [UInt8](repeating: 7, count: 16)
        var controller = linked(record)
        let write = controller.ask { .operate($0, link: 1, .write(target, [1], withResponse: true)) }
        #expect(controller.lastATT(0x40) == [0x08, 1, 0, 0xFF, 0xFF, 0x2A, 0x2B])
        controller.says(0x40, [0x09, 18, 15, 0] + [UInt8](repeating: isSame ? 7 : 8, count: 16))
        #expect(controller.lastATT(0x40)?.first == (isSame ? 0x12 : 0x08))
        controller.playLock(0x40)
        #expect((try? controller.answers[write]?.get()) == .done)
    }

    @Test("values sent unasked arrive, confirmed where the lock wants that")
    func notifications() {
        var controller = linked(knownRecord)
        controller.says(0x40, [0x1B, 3, 0, 9])
        controller.says(0x40, [0x1D, 3, 0, 8])
        controller.says(0x40, [0x1B, 99, 0, 7])
        #expect(controller.values == [[9], [8]] && controller.lastATT(0x40) == [0x1E])
    }

    @Test("a long value is read in pieces")
    func longRead() {
        var controller = linked(knownRecord)
        let read = controller.ask { .operate($0, link: 1, .read(target)) }
        let piece = [UInt8](repeating: 7, count: 99)
        controller.says(0x40, [0x0B] + piece)
        #expect(controller.lastATT(0x40) == [0x0C, 3, 0, 99, 0])
        controller.says(0x40, [0x0D, 1])
        #expect((try? controller.answers[read]?.get()) == .value(.value(piece + [1])))
    }

    @Test("a write without response is done when the controller has it")
    func writeCommand() {
        var controller = linked(knownRecord)
        controller.givesRoom = false
        for _ in 0..<8 { _ = controller.ask { .operate($0, link: 1, .write(target, [1], withResponse: false)) } }
        let waiting = controller.ask { .operate($0, link: 1, .write(target, [2], withResponse: false)) }
        #expect(controller.answers[waiting] == nil)
        controller.event([0x13, 1, 0x40, 0, 8, 0])
        #expect((try? controller.answers[waiting]?.get()) == .done && controller.lastATT(0x40) == [0x52, 3, 0, 2])
    }

    @Test("dropping a lock answers what waits at once and closes its link, and what had not left never leaves")
    func drop() {
        var controller = linked(knownRecord)
        let first = controller.ask { .operate($0, link: 1, .write(target, [1], withResponse: true)) }
        let second = controller.ask { .operate($0, link: 1, .write(target, [2], withResponse: true)) }
        let drop = controller.ask { .drop($0, peer: lock) }
        #expect(controller.answers[first] == .failure(.gatt(.linkEnded("dropped", sent: true))))
        #expect(controller.answers[second] == .failure(.gatt(.linkEnded("dropped", sent: false))))
        #expect(controller.answers[drop] == nil)
        controller.disconnected(0x40, reason: 0x16)
        #expect((try? controller.answers[drop]?.get()) == .done && controller.ended.map(\.reason) == ["dropped"])
        #expect(!controller.sent.contains { $0.payload == [0x12, 3, 0, 2] })
    }

    @Test("closing a link is answered when it is gone, and is no news")
    func close() {
        var controller = linked()
        let close = controller.ask { .disconnect($0, link: 1) }
        #expect(controller.answers[close] == nil)
        controller.disconnected(0x40, reason: 0x16)
        #expect((try? controller.answers[close]?.get()) == .done && controller.ended.isEmpty)
        let again = controller.ask { .disconnect($0, link: 1) }
        #expect((try? controller.answers[again]?.get()) == .done)
    }

    @Test("a controller that does not end a link is reset")
    func deaf() {
        var controller = linked()
        _ = controller.ask { .disconnect($0, link: 1) }
        controller.pass(5_000)
        #expect(controller.statuses.contains { $0.cause == .controllerStuck })
    }

    @Test("a request that was withdrawn before it left never leaves")
    func withdrawn() {
        var controller = linked(knownRecord)
        _ = controller.ask { .operate($0, link: 1, .write(target, [1], withResponse: true)) }
        let second = controller.ask { .operate($0, link: 1, .write(target, [2], withResponse: true)) }
        controller.give(.cancel(second))
        #expect(controller.answers[second] == .failure(.cancelled))
        controller.playLock(0x40)
        #expect(!controller.sent.contains { $0.payload == [0x12, 3, 0, 2] })
    }

    @Test("a lock that wishes for other parameters is answered, and one that signals nonsense is rejected")
    func signalling() {
        var controller = linked()
        controller.says(0x40, [0x12, 1, 8, 0, 6, 0, 12, 0, 0, 0, 44, 1], channel: L2CAPPacket.signalling)
        #expect(controller.sent.last?.payload == [0x13, 1, 2, 0, 0, 0] && controller.commands.last == 0x2013)
        controller.says(0x40, [0x12, 2, 8, 0, 1, 0, 12, 0, 0, 0, 44, 1], channel: L2CAPPacket.signalling)
        #expect(controller.sent.last?.payload == [0x13, 2, 2, 0, 1, 0])
        controller.says(0x40, [0x14, 3, 0, 0], channel: L2CAPPacket.signalling)
        #expect(controller.sent.last?.payload == [0x01, 3, 2, 0, 0, 0])
    }

    @Test("a lock that breaks its packets wrongly loses its link")
    func badFragments() {
        var controller = linked()
        controller.give(.received(HCIPacket(.acl, [0x40, 0x10, 1, 0, 9])))
        #expect(controller.commands.last == 0x0406)
    }
}
