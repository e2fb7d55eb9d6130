import AugustProtocol
import LockCrypto
import Testing
import WireBytes

@Suite("August's handshake and session")
struct SessionTests {
    private typealias Captured = CapturedFrames

    private func handshake() throws -> AugustHandshake {
        AugustHandshake(try Captured.credentials(), random: try Captured.bytes(Captured.random))
    }

    @Test("the handshake is said byte for byte, and ends in a session")
    func exchange() throws {
        var handshake = try handshake()
        #expect(try handshake.begin() == Captured.bytes(Captured.handshake[0]))
        guard case .write(let third) = try handshake.take(Captured.bytes(Captured.handshake[1])) else {
            Issue.record("nothing is written")
            return
        }
        #expect(try third == Captured.bytes(Captured.handshake[2]))
        guard case .done(let session) = try handshake.take(Captured.bytes(Captured.handshake[3])) else {
            Issue.record("it is not done")
            return
        }
        #expect(try session.goodbye() == Captured.bytes(Captured.goodbye))
    }

    @Test("an answer with any bit of it changed, cut or lengthened is nobody's, and it is over")
    func forged() throws {
        for step in [1, 3] {
            let bytes = try Captured.bytes(Captured.handshake[step])
            for bit in stride(from: 0, to: 128, by: 1) {
                var handshake = try handshake()
                if step == 3 { _ = try handshake.take(Captured.bytes(Captured.handshake[1])) }
                var other = bytes
                other[bit / 8] ^= 1 << UInt8(bit % 8)
                #expect(throws: AugustHandshake.Failure.notAuthentic) { try handshake.take(other) }
                #expect(throws: AugustHandshake.Failure.self) { try handshake.take(bytes) }
            }
            for other in [Array(bytes.dropLast()), bytes + [0], []] {
                var handshake = try handshake()
                #expect(throws: AugustHandshake.Failure.notAuthentic) { try handshake.take(other) }
            }
        }
    }

    @Test("another key's answer is nobody's, and our own frame sent back is out of turn")
    func wrongKeys() throws {
        var handshake = try handshake()
        let answer = try AugustHandshake.seal(0x02, [UInt8](repeating: 7, count: 8), slot: 4, key: .random(16))
        #expect(throws: AugustHandshake.Failure.notAuthentic) { try handshake.take(answer) }
        var reflected = try self.handshake()
        #expect(throws: AugustHandshake.Failure.outOfTurn(0x01)) { try reflected.take(Captured.bytes(Captured.handshake[0])) }
        var early = try self.handshake()
        #expect(throws: AugustHandshake.Failure.notAuthentic) { try early.take(Captured.bytes(Captured.handshake[3])) }
    }

    @Test("frames are ciphered as one stream each way")
    func streams() throws {
        var session = try Captured.session()
        for (clear, ciphered) in Captured.outward { #expect(try session.seal(Captured.frame(clear)) == Captured.bytes(ciphered)) }
        for (clear, ciphered) in Captured.inward { #expect(try session.open(Captured.bytes(ciphered)) == Captured.frame(clear)) }
        var other = try Captured.session()
        let order = AugustOrder.unlock.frame
        #expect(try other.seal(order) != other.seal(order), "the same twice is not the same on the air")
    }

    @Test("a frame that is lost, doubled, damaged or of another length ends the session")
    func outOfStep() throws {
        let frames = try Captured.inward.map { try Captured.bytes($0.1) }
        var lost = try Captured.session()
        #expect(throws: AugustSession.Failure.self) { try lost.open(frames[1]) }
        var doubled = try Captured.session()
        _ = try doubled.open(frames[0])
        #expect(throws: AugustSession.Failure.self) { try doubled.open(frames[0]) }
        #expect(doubled.isOver)
        for bit in 0..<144 {
            var session = try Captured.session()
            var other = frames[0]
            other[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(throws: AugustSession.Failure.self) { try session.open(other) }
            #expect(throws: AugustSession.Failure.over) { try session.open(frames[1]) }
            #expect(throws: AugustSession.Failure.over) { try session.seal(.popActivity) }
        }
        for count in [0, 1, 15, 16, 17, 19, 36] {
            var session = try Captured.session()
            #expect(throws: AugustSession.Failure.damaged(.length)) { try session.open([UInt8](repeating: 1, count: count)) }
        }
    }

    @Test("credentials are 32 hexadecimal digits and a slot, and nothing else")
    func credentials() throws {
        let key = Captured.key
        #expect(AugustCredentials(key: key.uppercased(), slot: "4")?.keyDigits == key)
        #expect(AugustCredentials(text: "\(key):255")?.slot == 255)
        for wrong in [
            "", key, "\(key):", "\(key):256", "\(key):-1", "\(key)00:1", "\(key.dropLast()):1", "x\(key.dropFirst()):1", "\(key):1:1",
        ] {
            #expect(AugustCredentials(text: wrong) == nil, "\(wrong.count) characters")
        }
        let text = String(describing: try #require(AugustCredentials(key: key, slot: "4")))
        #expect(!text.contains(key))
    }
}
