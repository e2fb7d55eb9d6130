import LockCrypto
import Testing
import WireBytes

@testable import ZWaveStack

@Suite("Z-Wave's security by its vectors")
struct SecurityVectorTests {
    static func hex(_ text: String) -> [UInt8] { (try? Hex.decode(text.replacing(" ", with: ""))) ?? [] }
    static func secret(_ text: String) -> SecretBytes { .taking(hex(text)) }
    static func shown(_ secret: SecretBytes) -> String { secret.withUnsafeBytes { Hex.encode($0) } }
    private let one = NodeID(rawValue: 1)
    private let two = NodeID(rawValue: 2)

    @Test("Security 0: the code and the keys, as zwave-js' tests have them")
    func s0Keys() throws {
        let keys = try S0Keys(networkKey: Self.secret("0102030405060708090a0b0c0d0e0f10"))
        let message = "ddd360c382a437514392826cbba0b3128114010cf3fb762d6e82126681c18597"
        #expect(Hex.encode(try keys.code(Self.hex(message))) == "2bc20a8aa9bbb371")
        // OFB of zeros under the second key: its first block is the key's own.
        let expected = try AESBlock.encrypt(.filled(0), key: Self.secret("0a75a51776b28912f3ebe5da139f21ee"))
        #expect(try keys.stream(.filled(0), vector: .filled(0)) == expected)
        let temporary = try S0Keys(networkKey: S0Keys.temporary)
        let first = try AESBlock.encrypt(.filled(0), key: Self.secret("8522717d3ad1fbfeafa1ceaafdf56565"))
        #expect(try temporary.stream(.filled(0), vector: .filled(0)) == first)
    }

    @Test("Security 0: a frame, sealed and opened")
    func s0Frame() throws {
        let keys = try S0Keys(networkKey: Self.secret("0102030405060708090a0b0c0d0e0f10"))
        let (ours, theirs) = (Self.hex("a0a1a2a3a4a5a6a7"), Self.hex("b0b1b2b3b4b5b6b7"))
        let content = S0Frame.Content(sequence: 0, command: [0x62, 0x02])
        let frame = try S0Frame.seal(content, asks: false, from: one, to: two, senderNonce: ours, receiverNonce: theirs, keys)
        #expect(Hex.encode(frame) == "9881a0a1a2a3a4a5a6a7f549a6b0111c4fa174292170")
        let opened = try S0Frame.open(frame, from: one, to: two, keys) { $0 == 0xB0 ? theirs : nil }
        #expect(opened.content == content && !opened.asks)
        for place in frame.indices.dropFirst(2) {
            var changed = frame
            changed[place] ^= 0x01
            #expect(throws: S0Refusal.self) { try S0Frame.open(changed, from: one, to: two, keys) { $0 == 0xB0 ? theirs : nil } }
        }
        #expect(throws: S0Refusal.notAuthentic) { try S0Frame.open(frame, from: two, to: one, keys) { _ in theirs } }
        for count in 0..<20 {
            #expect(throws: S0Refusal.self) { try S0Frame.open(Array(frame.prefix(count)), from: one, to: two, keys) { _ in theirs } }
        }
    }

    @Test("Security 0: a nonce is good once, for ten seconds, and a storm of questions is not answered")
    func s0Nonces() {
        var nonces = S0Nonces()
        let random: (Int) -> [UInt8] = randomBytes
        let first = nonces.give(at: 0, random: random) ?? []
        let second = nonces.give(at: 0, random: random) ?? []
        #expect(first.count == 8 && second.count == 8)
        #expect(nonces.take(first[0], at: 9_999) == first)
        #expect(nonces.take(first[0], at: 9_999) == nil && nonces.take(second[0], at: 9_999) == nil)
        let late = nonces.give(at: 20_000, random: random) ?? [0]
        #expect(nonces.take(late[0], at: 30_000) == nil)
        let given = (0..<100).count { _ in nonces.give(at: 40_000, random: random) != nil }
        #expect(given == S0Nonces.maximumASecond)
        #expect(nonces.give(at: 41_000, random: random) != nil)
        #expect(nonces.give(at: 60_000, random: { _ in .filled(0, 8) }) == nil)
    }

    @Test("Security 2: keys of a network, and of an inclusion, as libs2's tests have them")
    func s2Keys() throws {
        let network = try S2Keys(networkKey: Self.secret("404142434445464748494a4b4c4d4e4f"))
        #expect(Self.shown(network.sealing) == "af7f0a1efcfe8f4b1fd2845dd2856f7d")
        #expect(Self.shown(network.personalization) == "ccf8b42a4f702176ac2b9194dbbdb82c474302ff12e1e8266422f3ac44894b87")
        #expect(Self.shown(network.multicast) == "b89db1543fd2820ea979c96a305a230b")
        let agreed = Self.secret(String(repeating: "4041424344454647", count: 4))
        let keys = [String](repeating: "48494a4b4c4d4e4f", count: 8)
        let temporary = try S2Keys(
            agreed: agreed, including: Self.hex(keys[..<4].joined()), joining: Self.hex(keys[4...].joined()))
        #expect(Self.shown(temporary.sealing) == "47da9d1539ec73e5d2a0f737dbf29b33")
        #expect(Self.shown(temporary.personalization) == "94a53eb9a12d7cd949ea70ffb8a6e71ea6f79ca7a0145a08bad582aeb09bd28b")
        #expect(Self.shown(temporary.multicast) == "c28e575f246f59a4a5850f2066f1062b")
    }

    @Test("Security 2: the sequence of nonces, as zwave-js computes it")
    func s2Nonces() throws {
        let keys = try S2Keys(networkKey: Self.secret("c00766d0a166651f6467e201cea8075b"))
        #expect(Self.shown(keys.sealing) == "48dd821e0cc0d7941d8664bed4e56e60")
        #expect(Self.shown(keys.personalization) == "93313af86485a41a4df2cd4567d70985a9ce11845d6c2058cd368c5e907532a1")
        var nonces = try S2NonceSequence(
            keys, sender: Self.hex("6dde2cdb6cb2274b8bb4ffeb3f1eb394"), receiver: Self.hex("14a8262415213efc65ea50f20a2f7068"))
        #expect(Hex.encode(try nonces.next()) == "35e19c8f38d8f5b116cfa44a4c")
        #expect(Hex.encode(try nonces.next()) == "9dcc8a824e1baf858f30fd83a5")
    }

    @Test("Security 2: two messages, the first with the sender's entropy")
    func s2Messages() throws {
        let keys = try S2Keys(networkKey: Self.secret("c00766d0a166651f6467e201cea8075b"))
        let entropy = Self.hex("6dde2cdb6cb2274b8bb4ffeb3f1eb394")
        var nonces = try S2NonceSequence(keys, sender: entropy, receiver: Self.hex("14a8262415213efc65ea50f20a2f7068"))
        let route = S2Route(from: one, to: two, home: Self.hex("deadbeef"))
        let nonce = try nonces.next()
        let first = try S2Message.seal([0x86, 0x11], sequence: 0x2A, entropy: entropy, nonce: nonce, keys, route)
        #expect(Hex.encode(first) == "9f032a0112416dde2cdb6cb2274b8bb4ffeb3f1eb394670883cc8bf6bbfa9584")
        let read = try S2Message(first)
        #expect(read.entropy == entropy && read.sequence == 0x2A)
        #expect(try read.open(nonce: nonce, keys, route).command == [0x86, 0x11])
        #expect(Hex.encode(route.associated(read.head, length: first.count)) == "0102deadbeef00202a0112416dde2cdb6cb2274b8bb4ffeb3f1eb394")
        let second = try S2Message.seal([0x62, 0x02], sequence: 0x2B, entropy: nil, nonce: try nonces.next(), keys, route)
        #expect(Hex.encode(second) == "9f032b00e7326cc33af01c67d4b3")
        for count in 0..<first.count - 2 { #expect((try? S2Message(Array(first.prefix(count))).open(nonce: nonce, keys, route)) == nil) }
    }

    @Test("Security 2: what both sides agree on, made into keys")
    func s2Agreement() throws {
        let ours = try X25519Key(privateKey: Self.secret("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"))
        let theirs = try X25519Key(privateKey: Self.secret("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"))
        let keys = try S2Keys(agreed: try ours.sharedSecret(with: theirs.publicKey), including: ours.publicKey, joining: theirs.publicKey)
        #expect(Self.shown(keys.sealing) == "7dd067ed9c4fa4e9db2ef5bb0ad9a7b2")
        #expect(Self.shown(keys.personalization) == "d62e2993be086f2ad3aba4d45cef3418533fe70df5139984871b5cc2d6d2c6df")
    }
}
