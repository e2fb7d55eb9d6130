import LockCrypto
import LockModel
import Testing
import WireBytes

@testable import NukiProtocol

@Suite("Nuki's messages")
struct WireTests {
    private typealias Published = PublishedVectors

    private func seal() throws -> NukiSeal { NukiSeal(authorization: 2, key: try Published.secret(Published.shared)) }

    @Test("a plain message is read and written as published", arguments: ["0100030027A7", "0E00009DD7", "4c000171b4", "0e00f1a328"])
    func plain(text: String) throws {
        let bytes = try Published.bytes(text)
        #expect(try NukiMessage(plain: bytes).plain == bytes)
    }

    @Test("a message cut anywhere, or with a bit changed, is refused")
    func damaged() throws {
        let bytes = try Published.bytes("0100030027A7")
        for end in bytes.indices { #expect(throws: NukiMessage.Fault.self) { try NukiMessage(plain: Array(bytes[..<end])) } }
        for bit in 0..<(bytes.count * 8) {
            var other = bytes
            other[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(throws: NukiMessage.Fault.self) { try NukiMessage(plain: other) }
        }
    }

    @Test("the shared key is the published one, and our public key too")
    func keys() throws {
        let secret = try Published.secret(Published.ourSecret)
        #expect(try NaClBox.publicKey(of: secret) == Published.bytes(Published.ourPublic))
        let shared = try NaClBox.sharedKey(secret, Published.bytes(Published.lockPublic))
        #expect(try shared.withUnsafeBytes { Array($0) } == Published.bytes(Published.shared))
        #expect(throws: CryptoFailure.invalidKey) { try NaClBox.sharedKey(secret, [UInt8](repeating: 0, count: 32)) }
    }

    @Test("a question is sealed byte for byte as published")
    func sealing() throws {
        let wire = try Published.bytes(Published.readStateSealed)
        let message = NukiMessage.request(.keyturnerStates)
        #expect(try message.inside(2) == Published.bytes(Published.readStatePlain))
        #expect(try seal().seal(message, nonce: Array(wire[..<24])) == wire)
    }

    @Test("a message sealed again has a nonce of its own, so that the same bytes are never sent twice")
    func nonces() throws {
        let seal = try seal()
        let message = NukiMessage.request(.keyturnerStates)
        let wires = try (0..<2000).map { _ in try seal.seal(message) }
        #expect(Set(wires.map { Array($0[..<24]) }).count == wires.count && Set(wires).count == wires.count)
    }

    @Test("an order with the published challenge is sealed as published")
    func order() throws {
        let wire = try Published.bytes(Published.unlockSealed)
        let message = NukiMessage(.lockAction, [1, 0, 0, 0, 0, 0] + (try Published.bytes(Published.challenge)))
        #expect(try seal().seal(message, nonce: Array(wire[..<24])) == wire)
    }

    @Test("the published answers are opened and understood")
    func opening() throws {
        let answer = try seal().open(Published.bytes(Published.stateAnswer))
        #expect(answer.command == .keyturnerStates)
        let state = try NukiState(answer.payload)
        #expect(state.nukiState == 2 && state.bolt == .locked && state.trigger == .system && state.door == .absent)
        let challenge = try seal().open(Published.bytes(Published.challengeAnswer))
        #expect(challenge.command == .challenge)
        #expect(try challenge.payload == Published.bytes(Published.challenge))
    }

    @Test("a sealed message cut, changed, for another or under another key is refused")
    func forged() throws {
        let wire = try Published.bytes(Published.stateAnswer)
        let seal = try seal()
        for end in wire.indices { #expect(throws: NukiSeal.Fault.length) { try seal.open(Array(wire[..<end])) } }
        for index in wire.indices where !(28..<30).contains(index) {
            var other = wire
            other[index] ^= 1
            #expect(throws: NukiSeal.Fault.self) { try seal.open(other) }
        }
        let stranger = NukiSeal(authorization: 2, key: .random(32))
        #expect(throws: NukiSeal.Fault.notAuthentic) { try stranger.open(wire) }
        #expect(throws: NukiSeal.Fault.authorization) { try NukiSeal(authorization: 3, key: seal.key).open(wire) }
        #expect(throws: NukiSeal.Fault.length) { try seal.open(wire + [0]) }
    }

    @Test("a message is joined from pieces of any size, and what can't become one is forgotten")
    func joining() throws {
        let wire = try Published.bytes(Published.stateAnswer)
        for size in 1...wire.count {
            var assembler = NukiAssembler(.sealed)
            var whole: [[UInt8]] = []
            for start in stride(from: 0, to: wire.count, by: size) {
                if let message = assembler.take(Array(wire[start..<min(start + size, wire.count)])) { whole.append(message) }
            }
            #expect(whole == [wire], "in pieces of \(size)")
        }
        var assembler = NukiAssembler(.sealed)
        #expect(assembler.take([UInt8](repeating: 0xFF, count: 40)) == nil)
        #expect(assembler.take(wire) == wire)
        let plain = try Published.bytes(Published.authorizationID)
        for size in [1, 7, 20, plain.count] {
            var assembler = NukiAssembler(.plain)
            var whole: [[UInt8]] = []
            for start in stride(from: 0, to: plain.count, by: size) {
                if let message = assembler.take(Array(plain[start..<min(start + size, plain.count)])) { whole.append(message) }
            }
            #expect(whole == [plain], "in pieces of \(size)")
        }
    }

    @Test("a state of any length from the shortest on is read, and a shorter one refused")
    func states() throws {
        let whole: [UInt8] = [2, 3, 1, 0xE0, 7, 3, 7, 8, 15, 30, 60, 0, 0x46, 5, 0, 1, 0, 0, 3]
        for count in 0..<13 { #expect(throws: ByteFault.self) { try NukiState(Array(whole[..<count])) } }
        for count in 13...whole.count { #expect(try NukiState(Array(whole[..<count])).bolt == .unlocked) }
        let state = try NukiState(whole)
        #expect(state.door == .open && state.source == .manual && state.batteryLevel == Battery(percent: 34, level: .ok))
        #expect(state.configurationCount == 5 && state.lastCompletion == 0)
    }

    @Test(
        "each state of the bolt has one word of the gateway's",
        arguments: [
            (0x00, BoltState.unknown), (0x01, .locked), (0x02, .moving), (0x03, .unlocked), (0x04, .moving), (0x05, .unlatched),
            (0x06, .unlocked), (0x07, .moving), (0xFC, .moving), (0xFD, .moving), (0xFE, .notFullyLocked), (0xFF, .unknown),
            (0x55, .unknown),
        ] as [(UInt8, BoltState)])
    func bolts(code: UInt8, bolt: BoltState) throws {
        let state = try NukiState([2, code, 0] + [UInt8](repeating: 0, count: 10))
        #expect(state.bolt == bolt && state.isJammed == (code == 0xFE))
    }

    @Test("a beacon tells the lock's number and whether something changed, and no other frame does")
    func beacons() throws {
        let captured = try Published.bytes("0215a92ee200550111e4916c0800200c9a6633c335c5c8")
        let beacon = try #require(NukiService.beacon(captured))
        #expect(beacon.nukiID == 0x33C3_35C5 && !beacon.hasChanged)
        #expect(NukiService.beacon(Array(captured.dropLast()) + [0xC9])?.hasChanged == true)
        #expect(NukiService.beacon(Array(captured.dropLast())) == nil && NukiService.beacon([0x06] + captured.dropFirst()) == nil)
    }
}
