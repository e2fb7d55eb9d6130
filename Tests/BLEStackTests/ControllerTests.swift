import Testing
import WireBytes

@testable import BLEStack

@Suite("Bringing a controller up, and back")
struct ControllerTests {
    private let lock = BluetoothAddress(bits: 0xC605_0403_0201, kind: .random)

    @Test("a controller is reset, asked what it can, and told what to report, in the order of the specification")
    func startUp() {
        let controller = ScriptedController.up()
        #expect(controller.commands == [0x0C03, 0x1002, 0x1001, 0x2003, 0x0C01, 0x2001, 0x2002, 0x1009, 0x2005])
        #expect(controller.statuses.map(\.state) == [.recovering, .up])
    }

    @Test("a controller has the old family of commands or the new, never both", arguments: [false, true])
    func families(isExtended: Bool) {
        var controller = ScriptedController.up(extended: isExtended)
        controller.give(.listen(.active))
        _ = controller.ask { .connect($0, ConnectWish(peer: lock, timeoutMilliseconds: 5_000, security: .none)) }
        let new: Set<UInt16> = [0x2041, 0x2042, 0x2043]
        let old: Set<UInt16> = [0x200B, 0x200C, 0x200D]
        #expect(Set(controller.commands).isSuperset(of: isExtended ? new : old))
        #expect(Set(controller.commands).isDisjoint(with: isExtended ? old : new))
    }

    @Test(
        "a controller that lacks what a central can't do without is said to be unsupported",
        arguments: [0x2003, 0x0C01, 0x2001, 0x2002, 0x2005] as [UInt16])
    func unsupported(opcode: UInt16) {
        var controller = ScriptedController()
        controller.failing = [opcode: 0x01]
        controller.give(.transportOpened)
        #expect(controller.statuses.last?.cause == .unsupported && controller.reopenings == 1)
    }

    @Test("what a central can do without, it does without", arguments: [0x1002, 0x1001, 0x1009] as [UInt16])
    func optional(opcode: UInt16) {
        var controller = ScriptedController()
        controller.failing = [opcode: 0x01]
        controller.give(.transportOpened)
        #expect(controller.statuses.last?.state == .up)
    }

    @Test("a mute controller is reset after two seconds, and its line is opened anew when that does not help")
    func mute() {
        var controller = ScriptedController.up()
        controller.ignored = [0x2041, 0x0C03]
        controller.give(.listen(.background))
        controller.pass(1_999)
        #expect(controller.statuses.last?.state == .up)
        controller.pass(1)
        #expect(controller.statuses.suffix(1).map(\.cause) == [.controllerStuck] && controller.commands.last == 0x0C03)
        controller.pass(4_000)
        #expect(controller.reopenings == 1 && controller.statuses.last?.state == .absent)
    }

    @Test("a reset that helps brings it back without opening the line anew")
    func resetHelps() {
        var controller = ScriptedController.up()
        controller.ignored = [0x2041]
        controller.give(.listen(.background))
        controller.ignored = []
        controller.pass(2_000)
        #expect(controller.statuses.map(\.state) == [.recovering, .up, .recovering, .up])
        #expect(controller.reopenings == 0 && controller.commands.last == 0x2042, "and it scans again")
    }

    @Test("a hardware error ends every link and every wish, and the controller comes back")
    func hardwareError() throws {
        var controller = ScriptedController.up()
        let wish = controller.ask { .connect($0, ConnectWish(peer: lock, timeoutMilliseconds: 60_000, security: .none)) }
        controller.connected(0x40, lock)
        controller.playLock(0x40)
        #expect(try controller.answers[wish]?.get() == .connected(link: 1, mtu: 100, .none))
        let other = BluetoothAddress(bits: 0xC605_0403_0202, kind: .random)
        let waiting = controller.ask { .connect($0, ConnectWish(peer: other, timeoutMilliseconds: 60_000, security: .none)) }
        controller.event([0x10, 0x42])
        #expect(controller.answers[waiting] == .failure(.radioUnavailable))
        #expect(controller.ended.map(\.reason) == ["controllerLost"])
        #expect(controller.statuses.map(\.cause).contains(.hardwareError) && controller.statuses.last?.state == .up)
    }

    @Test("what was said before a reset touches nothing that comes after")
    func leftovers() {
        var controller = ScriptedController.up()
        controller.ignored = [0x0C03]
        controller.event([0x10, 1])
        controller.connected(0x40, lock)
        controller.advertises(lock)
        #expect(controller.heard.isEmpty && controller.answers.isEmpty)
        controller.ignored = []
        controller.pass(2_000)
        #expect(controller.statuses.last?.state == .up && !controller.commands.contains(0x0406))
    }

    @Test("a line that closes or is garbled makes the radio absent until it is opened again")
    func lines() {
        var controller = ScriptedController.up()
        controller.give(.transportClosed("pulled out", couldOpen: true))
        #expect(controller.statuses.last == HostStatus(state: .absent, cause: .transportClosed, detail: "pulled out"))
        let refused = controller.ask { .connect($0, ConnectWish(peer: lock, timeoutMilliseconds: 5_000, security: .none)) }
        #expect(controller.answers[refused] == .failure(.radioUnavailable))
        controller.give(.transportOpened)
        #expect(controller.statuses.last?.state == .up)
        controller.give(.garbled(.unknownKind(9)))
        #expect(controller.statuses.last?.cause == .garbled && controller.reopenings == 1)
    }

    @Test("silence on the air with peers about has the scan begun anew, then the controller reset, ever more rarely")
    func silence() {
        var controller = ScriptedController.up()
        controller.give(.peers([PeerRecord(address: lock)]))
        controller.pass(59_999)
        let before = controller.commands.count
        controller.pass(1)
        #expect(controller.commands[before...] == [0x2042, 0x2041, 0x2042])
        #expect(controller.statuses.last?.cause == .noAdvertisements && controller.statuses.last?.state == .up)
        controller.pass(60_000)
        #expect(controller.statuses.suffix(2).map(\.state) == [.recovering, .up])
        let resets = controller.commands.filter { $0 == 0x0C03 }.count
        controller.pass(239_000)
        #expect(controller.commands.filter { $0 == 0x0C03 }.count == resets)
        controller.pass(1_000)
        #expect(controller.commands.filter { $0 == 0x0C03 }.count == resets + 1)
    }

    @Test("a lock that is linked need not advertise, and silence never ends a link that stands")
    func silenceOfTheLinked() throws {
        var controller = ScriptedController.up()
        let other = try #require(BluetoothAddress("C0:11:22:33:44:66", kind: .random))
        controller.give(.peers([PeerRecord(address: lock)]))
        _ = controller.ask { .connect($0, ConnectWish(peer: lock, timeoutMilliseconds: 10_000, security: .none)) }
        controller.connected(0x40, lock)
        controller.playLock(0x40)
        controller.pass(600_000)
        #expect(controller.statuses.allSatisfy { $0.cause == nil } && controller.ended.isEmpty)
        controller.give(.peers([PeerRecord(address: lock), PeerRecord(address: other)]))
        controller.pass(600_000)
        #expect(controller.statuses.last?.cause == .noAdvertisements, "the other one is missed, and that is told")
        #expect(controller.commands.filter { $0 == 0x0C03 }.count == 1 && controller.ended.isEmpty)
    }

    @Test("somebody heard ends that trouble, and where nobody is missed silence is none")
    func noSilence() {
        var controller = ScriptedController.up()
        controller.give(.peers([PeerRecord(address: lock)]))
        controller.pass(60_000)
        controller.advertises(lock)
        #expect(controller.statuses.last?.cause == nil && controller.statuses.last?.state == .up)
        var alone = ScriptedController.up()
        alone.give(.listen(.background))
        alone.pass(3_600_000)
        #expect(alone.commands.filter { $0 == 0x0C03 }.count == 1)
    }

    @Test("a controller that keeps the data it was given is stuck")
    func noRoom() {
        var controller = ScriptedController.up()
        controller.givesRoom = false
        let wish = controller.ask { .connect($0, ConnectWish(peer: lock, timeoutMilliseconds: 60_000, security: .none)) }
        controller.connected(0x40, lock)
        controller.pass(10_000)
        #expect(controller.statuses.contains { $0.cause == .controllerStuck })
        #expect(controller.answers[wish] != nil && controller.doubled.isEmpty)
    }

    @Test("a packet that can't be read is dropped, and nothing else suffers")
    func badPackets() {
        var controller = ScriptedController.up()
        controller.give(.received(HCIPacket(.event, [0x3E, 1, 0x01])))
        controller.give(.received(HCIPacket(.acl, [1])))
        controller.give(.received(HCIPacket(.synchronous, [])))
        #expect(controller.statuses.last?.state == .up)
    }
}
