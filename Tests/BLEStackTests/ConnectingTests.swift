import LockCrypto
import Testing
import WireBytes

@testable import BLEStack

@Suite("Connecting")
struct ConnectingTests {
    private let lock = BluetoothAddress(bits: 0xC605_0403_0201, kind: .random)
    private let other = BluetoothAddress(bits: 0xC605_0403_0202, kind: .random)
    private static let cancel: UInt16 = 0x200E

    private func wish(_ peer: BluetoothAddress, timeout: Int64 = 10_000, security: LinkSecurity = .none) -> ConnectWish {
        ConnectWish(peer: peer, timeoutMilliseconds: timeout, security: security)
    }

    private func record(_ level: BondLevel, identityKey: SecretBytes? = nil) -> PeerRecord {
        let bond = Bond(
            longTermKey: .random(Bond.keySize), level: level, identity: lock, identityResolvingKey: identityKey,
            ownAddress: BluetoothAddress(bits: 0xC000_0000_0001, kind: .random))
        return PeerRecord(address: lock, bond: bond)
    }

    @Test("a lock that is not there in time is out of reach, and the controller is told to stop")
    func timeOut() {
        var controller = ScriptedController.up()
        let lock = lock
        let id = controller.ask { .connect($0, wish(lock)) }
        controller.pass(10_000)
        #expect(controller.answers[id] == .failure(.notInReach(wasHeard: false)))
        #expect(controller.commands.last == Self.cancel)
        controller.connected(0, lock, status: 0x02)
        let again = controller.ask { .connect($0, wish(lock)) }
        controller.connected(0x40, lock)
        controller.playLock(0x40)
        #expect((try? controller.answers[again]?.get()) == .connected(link: 1, mtu: 100, .none))
    }

    @Test("a link that came although it was called off is closed, and nobody hears of it")
    func successWinsTheRace() {
        var controller = ScriptedController.up()
        let id = controller.ask { .connect($0, wish(lock)) }
        controller.give(.cancel(id))
        #expect(controller.answers[id] == .failure(.cancelled))
        controller.connected(0x40, lock)
        #expect(controller.commands.last == 0x0406)
        controller.disconnected(0x40, reason: 0x16)
        #expect(controller.ended.isEmpty && controller.machine.nextDeadline == nil && controller.doubled.isEmpty)
    }

    @Test("a controller that does not stop connecting is reset")
    func deafToCancel() {
        var controller = ScriptedController.up()
        let id = controller.ask { .connect($0, wish(lock)) }
        controller.give(.cancel(id))
        controller.pass(5_000)
        #expect(controller.statuses.contains { $0.cause == .controllerStuck } && controller.statuses.last?.state == .up)
    }

    @Test("attempts take turns, so that one lock out of reach does not keep the others waiting")
    func turns() {
        var controller = ScriptedController.up()
        let first = controller.ask { .connect($0, wish(lock)) }
        let second = controller.ask { .connect($0, wish(other)) }
        controller.pass(4_000)
        #expect(controller.commands.last == Self.cancel)
        controller.connected(0, lock, status: 0x02)
        #expect(controller.commands.last == 0x2043)
        controller.connected(0x41, other)
        controller.playLock(0x41)
        #expect((try? controller.answers[second]?.get()) == .connected(link: 1, mtu: 100, .none))
        #expect(controller.answers[first] == nil)
        controller.connected(0x40, lock)
        controller.playLock(0x40)
        #expect((try? controller.answers[first]?.get()) == .connected(link: 2, mtu: 100, .none))
    }

    @Test("a lock out of reach does not keep the news of the others away: listening has its turn")
    func listening() {
        var controller = ScriptedController.up()
        controller.give(.peers([PeerRecord(address: lock), PeerRecord(address: other)]))
        let id = controller.ask { .connect($0, wish(lock, timeout: 20_000)) }
        controller.pass(4_000)
        controller.connected(0, lock, status: 0x02)
        #expect(controller.commands.suffix(2) == [0x2041, 0x2042], "it scans")
        controller.advertises(other)
        #expect(controller.heard.map(\.address) == [other])
        controller.pass(500)
        #expect(controller.commands.suffix(2) == [0x2042, 0x2043], "and tries again")
        controller.connected(0x40, lock)
        controller.playLock(0x40)
        #expect((try? controller.answers[id]?.get()) == .connected(link: 1, mtu: 100, .none))
    }

    @Test(
        "all three kinds of connection complete are understood",
        arguments: [(0x01, 0, 0), (0x0A, 12, 0), (0x29, 12, 3)] as [(UInt8, Int, Int)])
    func kinds(subevent: UInt8, addresses: Int, extra: Int) {
        var controller = ScriptedController.up()
        let id = controller.ask { .connect($0, wish(lock)) }
        let own = [UInt8](repeating: 0, count: addresses)
        let rest: [UInt8] = [6, 0, 0, 0, 44, 1, 0] + [UInt8](repeating: 0, count: extra)
        controller.event([0x3E, subevent, 0, 0x40, 0, 0, 1] + lock.wireBytes + own + rest)
        controller.playLock(0x40)
        #expect((try? controller.answers[id]?.get()) == .connected(link: 1, mtu: 100, .none))
    }

    @Test("a link to somebody else than was asked for is closed")
    func stranger() {
        var controller = ScriptedController.up()
        let id = controller.ask { .connect($0, wish(lock)) }
        controller.connected(0x40, other)
        #expect(controller.commands.last == 0x0406 && controller.answers[id] == nil)
    }

    @Test("a second wish for the same lock is busy")
    func twice() {
        var controller = ScriptedController.up()
        _ = controller.ask { .connect($0, wish(lock)) }
        let second = controller.ask { .connect($0, wish(lock)) }
        #expect(controller.answers[second] == .failure(.busy))
    }

    @Test("locks that are heard and can't be connected to, three times in a row, have the controller reset")
    func cannotConnect() {
        var controller = ScriptedController.up()
        controller.give(.peers([PeerRecord(address: lock)]))
        for attempt in 1...3 {
            controller.advertises(lock)
            let id = controller.ask { .connect($0, wish(lock, timeout: 2_000)) }
            controller.pass(2_000)
            #expect(controller.answers[id] == .failure(.notInReach(wasHeard: true)))
            #expect(controller.statuses.contains { $0.cause == .cannotConnect } == (attempt == 3))
            controller.connected(0, lock, status: 0x02)
        }
        #expect(controller.statuses.last?.state == .up)
    }

    @Test("a lock under a private address is reached where it was heard last, and known by its identity")
    func privateAddress() throws {
        // Vol 3 Part H, App. D.7.
        let bits: [UInt64] = [0xEC02_34A3_57C8_AD05, 0x3410_10A6_0A39_7D9B]
        var bytes = bits.flatMap { value in (0..<8).reversed().map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) } }
        let irk = SecretBytes(wiping: &bytes)
        let resolvable = try #require(BluetoothAddress("70:81:94:0D:FB:AA", kind: .random))
        let stranger = try #require(BluetoothAddress("70:81:94:0D:FB:AB", kind: .random))
        #expect(resolvable.isPrivateAddress(of: irk) && !stranger.isPrivateAddress(of: irk))
        var controller = ScriptedController.up()
        controller.give(.peers([record(.encrypted, identityKey: irk)]))
        let id = controller.ask { .connect($0, wish(lock)) }
        #expect(!controller.commands.contains(0x2043), "nobody knows where it is yet")
        controller.advertises(stranger)
        #expect(controller.heard.map(\.isPeer) == [false] && !controller.commands.contains(0x2043))
        controller.advertises(resolvable)
        #expect(controller.heard.last?.address == lock && controller.commands.last == 0x2043)
        controller.connected(0x40, resolvable)
        controller.event([0x08, 0, 0x40, 0, 1])
        controller.playLock(0x40)
        #expect((try? controller.answers[id]?.get()) == .connected(link: 1, mtu: 100, .encrypted))
    }

    // MARK: - Keys

    private func bonded(_ level: BondLevel = .authenticated) -> ScriptedController {
        var controller = ScriptedController.up()
        controller.give(.peers([record(level)]))
        return controller
    }

    @Test("with a key nothing is said or heard before the link is encrypted")
    func encryptsFirst() {
        var controller = bonded()
        let id = controller.ask { .connect($0, wish(lock, security: .authenticated)) }
        controller.connected(0x40, lock)
        #expect(controller.commands.contains(0x2019) && controller.sent.isEmpty)
        controller.says(0x40, [0x1B, 3, 0, 9])
        controller.says(0x40, [0x02, 23, 0])
        #expect(controller.sent.isEmpty && controller.values.isEmpty)
        controller.event([0x08, 0, 0x40, 0, 1])
        controller.playLock(0x40)
        #expect((try? controller.answers[id]?.get()) == .connected(link: 1, mtu: 100, .authenticated))
    }

    @Test(
        "a lock that lost the key is told apart from one that refuses it",
        arguments: [(0x06, HostFailure.bondLost), (0x05, .notEncrypted(.authenticationFailure))] as [(UInt8, HostFailure)])
    func lostKey(status: UInt8, failure: HostFailure) {
        var controller = bonded()
        let id = controller.ask { .connect($0, wish(lock)) }
        controller.connected(0x40, lock)
        controller.event([0x08, status, 0x40, 0, 0])
        #expect(controller.answers[id] == .failure(failure))
        #expect(controller.commands.last == 0x0406 && controller.sent.isEmpty)
    }

    @Test("a wrong key ends the link, and that is said")
    func wrongKey() {
        var controller = bonded()
        let id = controller.ask { .connect($0, wish(lock)) }
        controller.connected(0x40, lock)
        controller.disconnected(0x40, reason: 0x3D)
        #expect(controller.answers[id] == .failure(.notEncrypted(.micFailure)))
    }

    @Test("more security than there is a key for is not tried")
    func tooLittle() {
        var controller = bonded(.encrypted)
        let weak = controller.ask { .connect($0, wish(lock, security: .authenticated)) }
        let none = controller.ask { .connect($0, wish(other, security: .encrypted)) }
        #expect(controller.answers[weak] == .failure(.notPaired) && controller.answers[none] == .failure(.notPaired))
        #expect(!controller.commands.contains(0x2043))
    }

    @Test("a link that loses its encryption is closed")
    func lostEncryption() {
        var controller = bonded()
        _ = controller.ask { .connect($0, wish(lock)) }
        controller.connected(0x40, lock)
        controller.event([0x08, 0, 0x40, 0, 1])
        controller.playLock(0x40)
        controller.event([0x08, 0, 0x40, 0, 0])
        #expect(controller.commands.last == 0x0406)
    }
}
