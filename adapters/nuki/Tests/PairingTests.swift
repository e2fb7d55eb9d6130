import LockCrypto
import Testing
import WireBytes

@testable import NukiProtocol

@Suite("Pairing with a Nuki lock")
struct PairingTests {
    private typealias Published = PublishedVectors

    /// As in the published talk: app 0, "Marc (Test)", fixed keys and nonce.
    private func published(_ generation: NukiPairing.Generation = .upToFour) throws -> NukiPairing {
        NukiPairing(
            generation, appID: 0, name: "Marc (Test)",
            keys: (try Published.secret(Published.ourSecret), try Published.bytes(Published.ourPublic)),
            ourNonce: try Published.bytes(Published.ourNonce))
    }

    private func message(_ command: NukiCommand, _ payload: String) throws -> [UInt8] {
        NukiMessage(command, try Published.bytes(payload)).plain
    }

    private func begun(_ generation: NukiPairing.Generation = .upToFour) throws -> NukiPairing {
        var pairing = try published(generation)
        #expect(try pairing.begin() == Published.bytes("0100030027A7"))
        #expect(try pairing.take(message(.publicKey, Published.lockPublic)) == .write(message(.publicKey, Published.ourPublic)))
        #expect(
            try pairing.take(message(.challenge, Published.firstChallenge))
                == .write(message(.authorizationAuthenticator, Published.authenticator)))
        return pairing
    }

    @Test("the published talk is said byte for byte, and ends with its authorization")
    func wholeTalk() throws {
        var pairing = try begun()
        #expect(
            try pairing.take(message(.challenge, Published.secondChallenge)) == .write(Published.bytes(Published.authorizationData)))
        #expect(try pairing.take(Published.bytes(Published.authorizationID)) == .write(Published.bytes(Published.confirmation)))
        guard case .done(let authorization) = try pairing.take(Published.bytes("0E00009DD7")) else {
            Issue.record("it is not done")
            return
        }
        #expect(authorization.id == 2)
        #expect(try authorization.key.withUnsafeBytes { Array($0) } == Published.bytes(Published.shared))
    }

    @Test("a last proof with any bit changed is an impostor's, and nothing comes of it")
    func wrongProof() throws {
        let id = try NukiMessage(plain: Published.bytes(Published.authorizationID))
        for bit in stride(from: 0, to: id.payload.count * 8, by: 3) {
            var pairing = try begun()
            _ = try pairing.take(message(.challenge, Published.secondChallenge))
            var other = id
            other.payload[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(throws: NukiPairing.Failure.impostor) { try pairing.take(other.plain) }
            #expect(throws: NukiPairing.Failure.self, "it is over") { try pairing.take(Published.bytes(Published.authorizationID)) }
        }
    }

    @Test("our own key sent back, and a key of small order, are an impostor's")
    func wrongKeys() throws {
        for key in [Published.ourPublic, String(repeating: "00", count: 32)] {
            var pairing = try published()
            #expect(throws: NukiPairing.Failure.impostor) { try pairing.take(message(.publicKey, key)) }
        }
    }

    @Test("a refusal is told with the lock's own reason, at every step")
    func refusals() throws {
        let refusal = NukiMessage(.errorReport, [0x10, 0x03, 0x00]).plain
        var first = try published()
        #expect(throws: NukiPairing.Failure.refused(NukiError(code: 0x10, command: 3))) { try first.take(refusal) }
        var later = try begun()
        #expect(throws: NukiPairing.Failure.refused(NukiError(code: 0x10, command: 3))) { try later.take(refusal) }
    }

    @Test("what comes out of turn ends it")
    func outOfTurn() throws {
        var pairing = try published()
        #expect(throws: NukiPairing.Failure.outOfTurn(.challenge)) { try pairing.take(message(.challenge, Published.firstChallenge)) }
        var five = try begun(.five)
        #expect(throws: NukiPairing.Failure.outOfTurn(.challenge)) { try five.take(message(.challenge, Published.secondChallenge)) }
        var four = try begun()
        #expect(throws: NukiPairing.Failure.outOfTurn(.authorizationInfo)) { try four.take(Published.bytes("4c000171b4")) }
    }

    @Test("the 5th generation is given its PIN sealed, and its authorization is taken sealed with the agreed key alone")
    func fifth() throws {
        var pairing = try begun(.five)
        #expect(try pairing.take(Published.bytes("4c000171b4")) == .askForPIN)
        guard case .write(let sealed) = try pairing.take(pin: 123_456) else {
            Issue.record("nothing is written")
            return
        }
        let key = try Published.secret(Published.shared)
        let request = try NukiSeal(authorization: 0x7FFF_FFFF, key: key).open(sealed)
        #expect(request.command == .authorizationData && request.payload.count == 40)
        #expect(request.payload[36...] == [0x40, 0xE2, 0x01, 0x00], "the PIN, least significant byte first")
        #expect(pairing.expectsSealed)
        let id = NukiMessage(.authorizationID, [7, 0, 0, 0] + [UInt8](repeating: 9, count: 16))
        var fooled = pairing
        let forged = try NukiSeal(authorization: 7, key: .random(32)).seal(id)
        #expect(throws: NukiPairing.Failure.malformed) { try fooled.take(forged) }
        var plain = pairing
        #expect(throws: NukiPairing.Failure.self, "in plain anybody could say it") { try plain.take(id.plain) }
        guard case .done(let authorization) = try pairing.take(try NukiSeal(authorization: 7, key: key).seal(id)) else {
            Issue.record("it is not done")
            return
        }
        #expect(authorization.id == 7)
    }

    @Test("a wrong PIN's refusal is understood in plain and sealed")
    func wrongPIN() throws {
        let refusal = NukiMessage(.errorReport, [0x21, 0x06, 0x00])
        for sealed in [false, true] {
            var pairing = try begun(.five)
            _ = try pairing.take(Published.bytes("4c000171b4"))
            _ = try pairing.take(pin: 1)
            let seal = NukiSeal(authorization: 7, key: try Published.secret(Published.shared))
            let bytes = sealed ? try seal.seal(refusal) : refusal.plain
            #expect(throws: NukiPairing.Failure.refused(NukiError(code: 0x21, command: 6))) { try pairing.take(bytes) }
        }
    }
}
