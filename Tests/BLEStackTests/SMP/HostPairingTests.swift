import BLEStack
import LockCrypto
import Testing
import WireBytes

@Suite("Pairing over the host")
struct HostPairingTests {
    static let connected = "connect c0ffee000001"

    static func bond(_ key: String = "6986791169d7cd23980522b594750a38", own: BluetoothAddress = ScriptedLock.own) throws -> PeerRecord {
        let bond = Bond(
            longTermKey: try secret(key), level: .authenticated, identity: ScriptedLock.address, identityResolvingKey: nil, ownAddress: own)
        return PeerRecord(address: ScriptedLock.address, bond: bond)
    }

    @Test("a pairing ends with the bond kept, and the key given to the controller least significant byte first")
    func pairs() throws {
        var scene = try HostPairingScene()
        try scene.connect()
        try scene.pair()
        #expect(scene.answers[2] == .success(.paired(.encrypted)))
        let bond = try #require(scene.kept.last?.bond)
        #expect(scene.encryptedWith.reversed() == bond.longTermKey.withUnsafeBytes { Array($0) })
        #expect(scene.kept.last?.address == ScriptedLock.address && bond.level == .encrypted)
    }

    @Test("the next link is encrypted before anything else is said, and what the peer says before is dropped")
    func encryptsFirst() throws {
        var scene = try HostPairingScene()
        try scene.input(.peers([Self.bond()]))
        scene.encryption = nil
        try scene.connect(security: .authenticated)
        #expect(scene.given == [Self.connected, "encrypt"])
        #expect(scene.encryptedWith == (try bytes("380a7594b522059823cdd76911798669")))
        scene.say([0x1B, 0x03, 0x00, 0xFF], channel: 4)
        scene.event(0x08, [0, UInt8(HostPairingScene.handle & 0xFF), 0, 1])
        try scene.input(.tick)
        #expect(scene.given.prefix(3) == [Self.connected, "encrypt", "channel 4: 02"])
        #expect(scene.answers[1] == .success(.connected(link: 1, mtu: 23, .authenticated)))
    }

    static let refusals: [(UInt8, HostFailure)] = [
        (0x06, .bondLost), (0x3D, .notEncrypted(.micFailure)), (0x05, .notEncrypted(.authenticationFailure)),
    ]

    @Test("a lock without the key, or with another, is never spoken to", arguments: refusals)
    func refusesStrangers(status: UInt8, failure: HostFailure) throws {
        var scene = try HostPairingScene()
        try scene.input(.peers([Self.bond()]))
        scene.encryption = status
        try scene.connect()
        #expect(scene.answers[1] == .failure(failure))
        #expect(scene.given == [Self.connected, "encrypt", "disconnect"])
    }

    @Test("more security than there is a key for is refused before anybody is called")
    func wantsKeys() throws {
        var scene = try HostPairingScene()
        try scene.connect(security: .encrypted)
        #expect(scene.answers[1] == .failure(.notPaired) && scene.given.isEmpty)
    }

    @Test("a peer hears why its pairing failed before the link ends, and the next try waits")
    func saysWhy() throws {
        var scene = try HostPairingScene()
        try scene.connect()
        scene.lock.mischief = { message, _ in message.code == .publicKey ? [[0x0C] + [UInt8](repeating: 0, count: 64)] : [message.wireBytes]
        }
        try scene.pair()
        #expect(scene.answers[2] == .failure(.pairing(SMPFailure(stage: .publicKey, reason: .keyNotOnCurve))))
        #expect(scene.given.suffix(2) == ["channel 6: 050b", "disconnect"] && scene.kept.isEmpty)
        try scene.connect(3)
        try scene.input(.pair(4, link: 2, PairingWish(model: .justWorks)))
        #expect(scene.answers[4] == .failure(.pairing(SMPFailure(stage: .idle, reason: .tooSoon(milliseconds: 1_000)))))
        scene.now += 1_000
        scene.lock.mischief = { message, _ in [message.wireBytes] }
        try scene.input(.pair(5, link: 2, PairingWish(model: .justWorks)))
        #expect(scene.answers[5] == .success(.paired(.encrypted)))
    }

    @Test("a bond counts once the lock's controller has taken all of our keys")
    func waitsForTheLastWord() throws {
        var scene = try HostPairingScene()
        try scene.connect()
        scene.lock.mischief = { message, _ in [message.wireBytes] }
        scene.encryption = nil
        try scene.pair()
        scene.givesBack = false
        scene.event(0x08, [0, UInt8(HostPairingScene.handle & 0xFF), 0, 1])
        for payload in scene.lock.distributed() { scene.say(payload, channel: 6) }
        try scene.input(.tick)
        #expect(scene.given.last == "channel 6: 09" && scene.answers[2] == nil && scene.kept.isEmpty)
        var lost = scene
        scene.giveBack()
        try scene.input(.tick)
        #expect(scene.answers[2] == .success(.paired(.encrypted)) && scene.kept.count == 1)
        lost.event(0x05, [0, UInt8(HostPairingScene.handle & 0xFF), 0, 0x08])
        try lost.input(.tick)
        #expect(lost.answers[2] == .failure(.pairing(SMPFailure(stage: .keys, reason: .disconnected))) && lost.kept.isEmpty)
    }

    @Test("a silent peer is left after 30 s, and a question withdrawn with its pairing")
    func leavesTheSilent() throws {
        var scene = try HostPairingScene()
        try scene.connect()
        scene.isAnswering = false
        try scene.pair()
        #expect(scene.answers[2] == nil && scene.host.nextDeadline.map { $0 <= scene.now + 30_000 } == true)
        scene.now += 30_000
        try scene.input(.tick)
        #expect(scene.answers[2] == .failure(.pairing(SMPFailure(stage: .features, reason: .timedOut))))
        #expect(scene.given.last == "disconnect")

        scene = try HostPairingScene()
        scene.lock.features.ioCapability = .displayYesNo
        try scene.connect()
        try scene.pair(by: .numericComparison)
        #expect(scene.questions.count == 1)
        try scene.input(.cancel(2))
        #expect(scene.withdrawn == 1)
        #expect(scene.answers[2] == .failure(.pairing(SMPFailure(stage: .comparison, reason: .cancelled))))
        try scene.input(.answered(link: 1, .compared(same: true)))
        #expect(scene.kept.isEmpty)
    }

    @Test("two pairings on one link, and one on no link, are refused")
    func refusesMore() throws {
        var scene = try HostPairingScene()
        try scene.input(.pair(9, link: 1, PairingWish(model: .justWorks)))
        #expect(scene.answers[9] == .failure(.unknownLink))
        try scene.connect()
        scene.isAnswering = false
        try scene.pair()
        try scene.pair(3)
        #expect(scene.answers[3] == .failure(.pairing(SMPFailure(stage: .features, reason: .notIdle))) && scene.answers[2] == nil)
    }

    @Test("a peer that begins a pairing of its own is told that there is none, and left")
    func refusesUninvited() throws {
        var scene = try HostPairingScene()
        try scene.connect()
        scene.say([0x0B, 0x0D], channel: 6)
        try scene.input(.tick)
        #expect(scene.given == [Self.connected, "channel 4: 02"])
        scene.say([1, 3, 0, 9, 16, 2, 2], channel: 6)
        try scene.input(.tick)
        #expect(scene.given.suffix(2) == ["channel 6: 0505", "disconnect"] && scene.notices.count == 1)
    }

    @Test("a bond made under another address of ours is named")
    func namesForeignBonds() throws {
        var scene = try HostPairingScene()
        try scene.input(.peers([Self.bond()]))
        #expect(scene.notices.isEmpty)
        try scene.input(.peers([Self.bond(own: ScriptedLock.address)]))
        #expect(scene.notices.count == 1)
    }

    @Test("a private address that nobody answers any more is given up for the one the lock has now")
    func followsPrivateAddresses() throws {
        var scene = try HostPairingScene()
        let bond = Bond(
            longTermKey: .random(16), level: .encrypted, identity: ScriptedLock.address,
            identityResolvingKey: try secret("ec0234a357c8ad05341010a60a397d9b"), ownAddress: ScriptedLock.own)
        try scene.input(.peers([PeerRecord(address: ScriptedLock.address, bond: bond)]))
        scene.address = BluetoothAddress(bits: 0x7081_940D_FBAA, kind: .random)
        scene.advertise()
        try scene.input(.tick)
        let key = try #require(bond.identityResolvingKey)
        scene.address = try #require(Self.privateAddress(0x5A_1234, of: key))
        try scene.connect(security: .encrypted)
        #expect(scene.given == ["connect 7081940dfbaa"])
        scene.now += HostTimings().turnMilliseconds
        try scene.input(.tick)
        scene.advertise()
        try scene.input(.tick)
        scene.now += HostTimings().listeningMilliseconds
        try scene.input(.tick)
        #expect(scene.given.dropFirst().prefix(2) == ["connect \(Hex.encode(scene.address.wireBytes.reversed()))", "encrypt"])
    }

    private static func privateAddress(_ prand: UInt64, of key: SecretBytes) -> BluetoothAddress? {
        let block = [UInt8](repeating: 0, count: 13) + [UInt8(prand >> 16), UInt8(prand >> 8 & 0xFF), UInt8(prand & 0xFF)]
        guard let hash = try? AESBlock.encrypt(block, key: key).suffix(3) else { return nil }
        return BluetoothAddress(bits: hash.reduce(prand) { $0 << 8 | UInt64($1) }, kind: .random)
    }

    @Test("a lock whose link is being ended is called again once it has ended")
    func waitsForTheEnd() throws {
        var scene = try HostPairingScene()
        try scene.connect()
        scene.endsLinks = false
        try scene.input(.disconnect(2, link: 1))
        try scene.connect(3)
        #expect(scene.given.filter { $0 == Self.connected }.count == 1 && scene.answers[3] == nil)
        scene.event(0x05, [0, UInt8(HostPairingScene.handle & 0xFF), 0, 0x16])
        try scene.input(.tick)
        #expect(scene.answers[3] == .success(.connected(link: 2, mtu: 23, .none)))
    }
}
