import LockCrypto
import Testing
import WireBytes

@testable import ZWaveStack

@Suite("A lock gets its keys")
struct S2InclusionTests {
    private static let access: UInt8 = 0x04
    private static let authenticated: UInt8 = 0x02

    /// The including side, the lock, and what the air did.
    private struct Exchange {
        var inclusion: S2Inclusion
        var node: JoiningNode
        var now: Int64 = 0
        var told: [S2Inclusion.Effect] = []
        var pin: UInt16?
        /// Changes a frame on the way to the including side; `nil` loses it.
        var onTheWay: (Int, [UInt8]) -> [UInt8]? = { $1 }
        var frames: [[UInt8]] = []

        init(asks: UInt8, pin: UInt16? = nil) throws {
            node = try JoiningNode(asks: asks)
            let session = S2Session(own: NodeID(rawValue: 1), peer: NodeID(rawValue: 2), home: [1, 2, 3, 4])
            inclusion = S2Inclusion(
                networkKeys: [.access: .taking(.filled(0xA4)), .authenticated: .taking(.filled(0xA2))], session: session, at: 0)
            self.pin = pin ?? node.pin
        }

        mutating func run() { carry(inclusion.begin()) }

        mutating func carry(_ effects: [S2Inclusion.Effect]) {
            var queue = effects
            while !queue.isEmpty {
                let effect = queue.removeFirst()
                switch effect {
                case .transmit(let frame):
                    for answer in node.take(frame) {
                        frames.append(answer)
                        if let arrived = onTheWay(frames.count, answer) { queue += inclusion.received(arrived, at: now) }
                    }
                case .askForPIN:
                    told.append(effect)
                    if let pin { queue += inclusion.answered(pin: pin, at: now) }
                case .done, .failed: told.append(effect)
                }
            }
        }

        mutating func wait() {
            now = inclusion.nextDeadline ?? now
            carry(inclusion.tick(at: now))
        }
        var end: S2Inclusion.Effect? { told.last }
    }

    @Test("a lock that asks for both keys gets both, under the key it was printed with")
    func both() throws {
        var exchange = try Exchange(asks: Self.access | Self.authenticated)
        exchange.run()
        #expect(exchange.end == .done([.access, .authenticated]) && exchange.node.isThrough)
        #expect(exchange.node.got == [Self.access: .filled(0xA4), Self.authenticated: .filled(0xA2)])
        guard case .askForPIN(let shown)? = exchange.told.first else { return #expect(Bool(false)) }
        #expect(shown.description.hasPrefix("00000-") && shown.bytes.dropFirst(2) == exchange.node.key.publicKey[2..<16])
        // And it goes on under the strongest.
        var session = exchange.inclusion.session
        #expect(session.send([0x62, 0x02], under: .access, at: 0) != nil)
    }

    @Test("of what it asks only what we grant is given", arguments: [(UInt8(0x87), UInt8(0x06)), (0x85, 0x04), (0x82, 0x02)])
    func granted(asks: UInt8, given: UInt8) throws {
        var exchange = try Exchange(asks: asks)
        exchange.run()
        #expect(exchange.node.got.keys.reduce(0, |) == given && exchange.node.isThrough)
    }

    @Test("a lock that asks for less than a lock needs is refused before anything is said", arguments: [UInt8(0x00), 0x01, 0x80, 0x81])
    func tooWeak(asks: UInt8) throws {
        var exchange = try Exchange(asks: asks)
        exchange.run()
        #expect(exchange.end == .failed(.tooWeak(asked: asks)) && exchange.node.failure == KEXFailure.noKey.rawValue)
        #expect(exchange.node.got.isEmpty)
    }

    @Test("with a wrong PIN nothing is given")
    func wrongPIN() throws {
        var exchange = try Exchange(asks: Self.access)
        exchange.pin = exchange.node.pin &+ 1
        exchange.run()
        while exchange.inclusion.nextDeadline != nil { exchange.wait() }
        #expect(exchange.end == .failed(.notAuthentic) && exchange.node.got.isEmpty)
        #expect(exchange.now <= S2Inclusion.stepMilliseconds)
    }

    @Test("the wrong lock, a stronger claim and a key that was not granted end it, and nothing is given")
    func liars() throws {
        var claiming = try Exchange(asks: Self.access)
        claiming.node.claims = Self.access | Self.authenticated
        claiming.run()
        #expect(claiming.end == .failed(.notAuthentic) && claiming.node.failure == KEXFailure.authentication.rawValue)
        var demanding = try Exchange(asks: Self.access)
        demanding.node.demands = [Self.authenticated]
        demanding.run()
        #expect(demanding.end == .failed(.notAuthentic) && demanding.node.failure == KEXFailure.keyNotGranted.rawValue)
        var stopping = try Exchange(asks: Self.access | Self.authenticated)
        stopping.node.stopsAfter = 1
        stopping.run()
        #expect(stopping.end == .failed(.notAuthentic) && stopping.node.failure == KEXFailure.keyNotVerified.rawValue)
        #expect(claiming.node.got.isEmpty && demanding.node.got.isEmpty)
    }

    @Test("what was said in the open and changed on the way is found out by the lock, and nothing is given")
    func changed() throws {
        // Somebody asks for the weaker key in the lock's name.
        var exchange = try Exchange(asks: Self.access | Self.authenticated)
        exchange.onTheWay = { number, frame in
            guard number == 1 else { return frame }
            return Array(frame.dropLast()) + [Self.authenticated]
        }
        exchange.run()
        #expect(exchange.end == .failed(.refusedByNode(KEXFailure.authentication.rawValue)) && exchange.node.got.isEmpty)
    }

    @Test("another scheme or curve is refused")
    func unsupported() throws {
        for (schemes, profiles, failure) in [(UInt8(0x01), UInt8(0x01), KEXFailure.scheme), (0x02, 0x02, .curve)] {
            var exchange = try Exchange(asks: Self.access)
            exchange.node.schemes = schemes
            exchange.node.profiles = profiles
            exchange.run()
            #expect(exchange.end == .failed(.unsupported) && exchange.node.failure == failure.rawValue)
        }
    }

    @Test(
        "silence ends it at every step, in the step's time",
        arguments: [S2Command.kexReport, .publicKeyReport, .kexSet, .networkKeyGet, .networkKeyVerify])
    func silent(step: S2Command) throws {
        var exchange = try Exchange(asks: Self.access)
        exchange.node.silentAt = step
        exchange.run()
        #expect(!exchange.told.contains { if case .failed = $0 { true } else { false } })
        while exchange.inclusion.nextDeadline != nil { exchange.wait() }
        guard case .failed? = exchange.end else { return #expect(Bool(false), "\(exchange.told)") }
        #expect(exchange.now == S2Inclusion.stepMilliseconds && !exchange.node.isThrough)
    }

    @Test("the installer has four minutes for the PIN, and may give up")
    func installer() throws {
        var exchange = try Exchange(asks: Self.access)
        exchange.pin = nil
        exchange.run()
        exchange.wait()
        #expect(exchange.now == S2Inclusion.installerMilliseconds && exchange.end == .failed(.cancelled))
        #expect(exchange.node.failure == KEXFailure.cancelled.rawValue)
        var given = try Exchange(asks: Self.access)
        given.pin = nil
        given.run()
        given.carry(given.inclusion.cancelled(at: 1))
        #expect(given.end == .failed(.cancelled) && given.inclusion.cancelled(at: 2).isEmpty)
        #expect(given.inclusion.answered(pin: given.node.pin, at: 3).isEmpty)
    }

    @Test("any one frame lost or damaged: the lock has its keys or has none, and nobody waits for ever", arguments: 1...14)
    func lost(number: Int) throws {
        for isLost in [true, false] {
            var exchange = try Exchange(asks: Self.access)
            exchange.onTheWay = { place, frame in
                guard place == number else { return frame }
                guard !isLost else { return nil }
                var changed = frame
                changed[changed.count - 1] ^= 0x40
                return changed
            }
            exchange.run()
            var steps = 0
            while exchange.inclusion.nextDeadline != nil, steps < 20 {
                exchange.wait()
                steps += 1
            }
            #expect(steps < 20 && exchange.told.count { $0 == .done([.access]) } <= 1)
            if exchange.end == .done([.access]) { #expect(exchange.node.got[Self.access] == .filled(0xA4)) }
        }
    }

    @Test("frames cut short break it off or are passed over, and give nothing away")
    func truncated() throws {
        for number in 1...12 {
            for count in 0..<34 {
                var exchange = try Exchange(asks: Self.access)
                exchange.onTheWay = { place, frame in place == number ? Array(frame.prefix(count)) : frame }
                exchange.run()
                #expect(exchange.told.count { if case .failed = $0 { true } else { false } } <= 1)
            }
        }
    }

    @Test("a device's key is read as it is printed, and shown so")
    func deviceKey() throws {
        let text = "56990-56189-31613-49588-54107-25026-60644-13623"
        let key = try DeviceKey(text)
        #expect(key.description == text)
        let publicKey = SecurityVectorTests.hex("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f")
        #expect(DeviceKey(publicKey: publicKey) == key)
        #expect(try DeviceKey(text.replacing("-", with: "")) == key)
        for wrong in ["", "56990", text + "1", text.replacing("56990", with: "65536"), text.replacing("5", with: "x")] {
            #expect(throws: ByteFault.self, "\(wrong)") { try DeviceKey(wrong) }
        }
    }
}
