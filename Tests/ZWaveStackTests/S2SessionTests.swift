import LockCrypto
import Testing

@testable import ZWaveStack

@Suite("Security 2 keeps in step with a node")
struct S2SessionTests {
    /// Both ends, and what the air did to what they transmitted.
    private struct Pair {
        var controller: S2Session
        var lock: S2Session
        var now: Int64 = 0
        /// What each end told, transmissions apart.
        var told: [String: [S2Session.Effect]] = ["controller": [], "lock": []]
        /// Every message that was sealed, by its bytes.
        var sealed: [[UInt8]] = []
        /// How many of the controller's, and of the lock's frames get lost.
        var lost: [String: Int] = [:]
        /// The lock gets each frame twice.
        var isDoubled = false

        static let own = NodeID(rawValue: 1)
        static let peer = NodeID(rawValue: 2)
        static let home: [UInt8] = [0xDE, 0xAD, 0xBE, 0xEF]
        static func keys() throws -> S2Keys { try S2Keys(networkKey: .taking(.filled(0x41))) }

        init() throws {
            let (own, peer, home, keys) = (Self.own, Self.peer, Self.home, try Self.keys())
            controller = S2Session(own: own, peer: peer, home: home)
            controller.add(keys, as: .access)
            lock = S2Session(own: peer, peer: own, home: home)
            lock.add(keys, as: .access)
        }

        mutating func send(_ command: [UInt8]) { carry("controller", controller.send(command, under: .access, at: now) ?? []) }
        mutating func say(_ command: [UInt8]) { carry("lock", lock.send(command, under: .access, at: now) ?? []) }

        mutating func carry(_ from: String, _ effects: [S2Session.Effect]) {
            for effect in effects {
                guard case .transmit(let frame) = effect else {
                    told[from, default: []].append(effect)
                    continue
                }
                if frame[1] == 0x03 { sealed.append(frame) }
                if let count = lost[from], count > 0 {
                    lost[from] = count - 1
                    continue
                }
                var answers: [S2Session.Effect] = []
                for _ in 0..<(isDoubled && from == "controller" ? 2 : 1) {
                    answers += from == "controller" ? lock.received(frame, at: now) : controller.received(frame, at: now)
                }
                carry(from == "controller" ? "lock" : "controller", answers)
            }
        }

        mutating func settle() {
            controller.ended()
            lock.ended()
            told = [:]
        }
        func commands(_ end: String) -> [[UInt8]] {
            (told[end] ?? []).compactMap { if case .command(let command, .access) = $0 { command } else { nil } }
        }
    }

    @Test("the first command takes three frames, every further one a single one, in both directions")
    func inStep() throws {
        var pair = try Pair()
        pair.send([0x62, 0x02])
        #expect(pair.commands("lock") == [[0x62, 0x02]] && pair.controller.isInStep(under: .access) && pair.lock.isInStep(under: .access))
        #expect(pair.sealed.count == 1)
        pair.settle()
        for number in UInt8(0)..<20 {
            if number.isMultiple(of: 3) { pair.say([0x62, 0x03, number]) } else { pair.send([0x62, 0x01, number]) }
            #expect((pair.commands("controller") + pair.commands("lock")).last?.last == number)
            pair.settle()
        }
        #expect(pair.sealed.count == 21 && Set(pair.sealed).count == 21)
    }

    @Test("a frame that comes twice is obeyed once")
    func doubled() throws {
        var pair = try Pair()
        pair.isDoubled = true
        pair.send([0x62, 0x01, 0xFF])
        #expect(pair.commands("lock") == [[0x62, 0x01, 0xFF]])
        #expect(pair.told["lock"]?.contains(.refused(.duplicate)) == true)
    }

    @Test("an old frame played again is not obeyed, whoever plays it")
    func replayed() throws {
        var pair = try Pair()
        pair.send([0x62, 0x01, 0x00])
        pair.settle()
        pair.send([0x62, 0x01, 0xFF])
        pair.settle()
        for frame in pair.sealed {
            let effects = pair.lock.received(frame, at: 10_000)
            #expect(!effects.contains { if case .command = $0 { true } else { false } })
        }
    }

    @Test("up to four lost messages cost nothing; after more the node asks for a new beginning and the command comes through once")
    func lostMessages() throws {
        for count in 1...7 {
            var pair = try Pair()
            pair.send([0x62, 0x02])
            pair.settle()
            pair.lost["controller"] = count
            for _ in 0..<count {
                pair.send([0x62, 0x02])
                pair.settle()
            }
            pair.now += 2_000
            pair.send([0x62, 0x01, 0xFF])
            #expect(pair.commands("lock") == [[0x62, 0x01, 0xFF]], "\(count) lost")
            #expect((pair.told["controller"]?.contains(.repeated) == true) == (count >= 5))
        }
    }

    @Test("a node that forgot everything is brought in step again, and the command comes through once")
    func forgot() throws {
        var pair = try Pair()
        pair.send([0x62, 0x02])
        pair.settle()
        pair.lock = try Pair().lock
        pair.send([0x62, 0x01, 0xFF])
        #expect(pair.commands("lock") == [[0x62, 0x01, 0xFF]] && pair.told["controller"]?.contains(.repeated) == true)
    }

    @Test("both speak at once: both are understood")
    func crossed() throws {
        var pair = try Pair()
        pair.send([0x62, 0x02])
        pair.settle()
        guard case .transmit(let fromController)? = pair.controller.send([0x62, 0x01, 0xFF], under: .access, at: 0)?.first,
            case .transmit(let fromLock)? = pair.lock.send([0x71, 0x05, 0x01], under: .access, at: 0)?.first
        else { return #expect(Bool(false)) }
        pair.carry("lock", pair.lock.received(fromController, at: 10))
        pair.carry("controller", pair.controller.received(fromLock, at: 10))
        #expect(pair.commands("lock") == [[0x62, 0x01, 0xFF]] && pair.commands("controller") == [[0x71, 0x05, 0x01]])
        pair.settle()
        // The message that crossed, played again after another: within its half second, too, it is none.
        pair.say([0x80, 0x03, 0x57])
        #expect(pair.commands("controller") == [[0x80, 0x03, 0x57]])
        #expect(pair.controller.received(fromLock, at: 20).contains(.refused(.notAuthentic)))
        pair.settle()
        pair.send([0x62, 0x02])
        #expect(pair.commands("lock") == [[0x62, 0x02]])
    }

    @Test("a command under another key begins a new sequence; one under a key that is not there is not taken")
    func otherKey() throws {
        var pair = try Pair()
        pair.send([0x62, 0x02])
        pair.settle()
        #expect(pair.controller.send([0x62, 0x02], under: .authenticated, at: 0) == nil)
        let other = try S2Keys(networkKey: .taking(.filled(0x42)))
        pair.controller.add(other, as: .authenticated)
        pair.lock.add(other, as: .authenticated)
        pair.carry("controller", pair.controller.send([0x80, 0x02], under: .authenticated, at: 0) ?? [])
        #expect(pair.told["lock"]?.contains(.command([0x80, 0x02], .authenticated)) == true)
        #expect(pair.controller.isInStep(under: .authenticated) && !pair.controller.isInStep(under: .access))
        pair.settle()
        pair.controller.remove(.authenticated)
        pair.send([0x62, 0x02])
        #expect(pair.commands("lock") == [[0x62, 0x02]])
    }

    @Test("a node that gives no nonce fails the command after five seconds, and one that never gets in step after two tries")
    func noNonce() throws {
        var pair = try Pair()
        pair.lost["controller"] = 1
        pair.send([0x62, 0x02])
        #expect(pair.controller.nextDeadline == S2Session.nonceMilliseconds)
        #expect(pair.controller.tick(at: S2Session.nonceMilliseconds) == [.failed] && !pair.controller.isBusy)
        pair.settle()
        pair.send([0x62, 0x02])
        // Two reports of a peer that can open nothing.
        let first = pair.controller.received([0x9F, 0x02, 0x70, 0x01] + .filled(1), at: 0)
        #expect(first.contains(.repeated))
        #expect(pair.controller.received([0x9F, 0x02, 0x71, 0x01] + .filled(2), at: 0) == [.failed])
    }

    @Test("a storm of frames that nobody can open is answered five times a second")
    func storm() throws {
        var pair = try Pair()
        var answers = 0
        for number in UInt8(0)..<200 {
            let frame: [UInt8] = [0x9F, 0x03, number, 0] + .filled(number)
            answers += pair.controller.received(frame, at: 0).count { if case .transmit = $0 { true } else { false } }
        }
        #expect(answers == 5)
    }

    @Test("a critical extension we do not know is not obeyed, and the step is kept")
    func unknownExtension() throws {
        let keys = try Pair.keys()
        var session = S2Session(own: Pair.own, peer: Pair.peer, home: Pair.home) { .filled(7, $0) }
        session.add(keys, as: .access)
        #expect(session.received([0x9F, 0x01, 1], at: 0).count == 1)
        var nonces = try S2NonceSequence(keys, sender: .filled(9), receiver: .filled(7))
        let route = S2Route(from: Pair.peer, to: Pair.own, home: Pair.home)
        // Flags: extensions outside and inside. Outside the sender's entropy; inside one of type 9.
        for (isCritical, number) in [(true, UInt8(2)), (false, 3)] {
            let entropy = S2Message.Extension(type: 1, isCritical: true, body: .filled(9)).bytes(isLast: true)
            let head: [UInt8] = number == 2 ? [0x9F, 0x03, number, 3] + entropy : [0x9F, 0x03, number, 2]
            let text = S2Message.Extension(type: 9, isCritical: isCritical, body: [1]).bytes(isLast: true) + [0x62, 0x01, 0]
            let sealed = try AESCCM.seal(
                text, nonce: try nonces.next(), associated: route.associated(head, length: head.count + text.count + 8), key: keys.sealing)
            let effects = session.received(head + sealed, at: 0)
            #expect(effects == (isCritical ? [.refused(.notUnderstood)] : [.command([0x62, 0x01, 0], .access)]))
        }
        #expect(session.isInStep(under: .access))
    }

    @Test(
        "what ends too soon, or is no message, is refused",
        arguments: [[], [0x9F], [0x9F, 0x02, 1], [0x9F, 0x03, 1, 1, 1, 0x41], [0x9F, 0x44, 1]] as [[UInt8]])
    func malformed(frame: [UInt8]) throws {
        var pair = try Pair()
        guard case .refused(.malformed)? = pair.controller.received(frame, at: 0).first else { return #expect(Bool(false), "\(frame)") }
    }
}
