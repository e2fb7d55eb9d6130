import BLEStack
import LockCrypto
import Testing
import WireBytes

@Suite("Pairing with what is no honest lock")
struct PairingAttackTests {
    /// One thing a peer does wrong, where it is noticed, and what the peer is told.
    struct Attack: CustomTestStringConvertible {
        var name: String
        var model = AssociationModel.justWorks
        var stage: SMPStage
        var reason: SMPReason
        var code: UInt8?
        var prepare: @Sendable (inout PairingScene) -> Void

        var testDescription: String { name }

        /// Changes messages of one kind.
        static func instead(
            _ kind: SMPCode, _ change: @escaping @Sendable (SMPPDU, ScriptedLock) -> [[UInt8]]
        ) -> @Sendable (inout PairingScene) -> Void {
            { scene in scene.lock.mischief = { message, lock in message.code == kind ? change(message, lock) : [message.wireBytes] } }
        }

        /// Sends another public key; most significant byte first.
        static func key(_ point: @escaping @Sendable (ScriptedLock) -> (x: [UInt8], y: [UInt8])) -> @Sendable (inout PairingScene) -> Void {
            instead(.publicKey) { _, lock in
                let (x, y) = point(lock)
                return [SMPPDU.publicKey(x: x, y: y).wireBytes]
            }
        }

        /// Changes a byte of the Pairing Response.
        static func response(_ place: Int, _ value: UInt8) -> @Sendable (inout PairingScene) -> Void {
            instead(.pairingResponse) { message, _ in
                var wire = message.wireBytes
                wire[place] = value
                return [wire]
            }
        }

        static let flipped: @Sendable (SMPPDU, ScriptedLock) -> [[UInt8]] = { message, _ in
            var wire = message.wireBytes
            wire[1] ^= 1
            return [wire]
        }

        static let doubled: @Sendable (SMPPDU, ScriptedLock) -> [[UInt8]] = { message, _ in [message.wireBytes, message.wireBytes] }
    }

    static let zero = [UInt8](repeating: 0, count: 32)
    static let prime: [UInt8] =
        [255, 255, 255, 255, 0, 0, 0, 1] + [UInt8](repeating: 0, count: 12) + [UInt8](repeating: 255, count: 12)

    /// p − y: the other point with the same x.
    static func mirrored(_ y: [UInt8]) -> [UInt8] {
        var borrow = 0
        return zip(prime, y).reversed().map { (top, bottom) -> UInt8 in
            let difference = Int(top) - Int(bottom) - borrow
            borrow = difference < 0 ? 1 : 0
            return UInt8(difference + (borrow << 8))
        }.reversed()
    }

    static let attacks: [Attack] = [
        Attack(
            name: "its key is off the curve", stage: .publicKey, reason: .keyNotOnCurve, code: 0x0B,
            prepare: Attack.key { ($0.key.publicX, zero) }),
        Attack(name: "its key is zero", stage: .publicKey, reason: .keyNotOnCurve, code: 0x0B, prepare: Attack.key { _ in (zero, zero) }),
        Attack(
            name: "its x is not below p", stage: .publicKey, reason: .keyNotOnCurve, code: 0x0B,
            prepare: Attack.key { (prime, $0.key.publicY) }),
        Attack(
            name: "it reflects our key", stage: .publicKey, reason: .keyReflected, code: 0x0B,
            prepare: Attack.key { ($0.centralX, $0.centralY) }),
        Attack(
            name: "it reflects our x with the other y", model: .passkeyEntry, stage: .publicKey, reason: .keyReflected, code: 0x0B,
            prepare: Attack.key { ($0.centralX, mirrored($0.centralY)) }),
        Attack(
            name: "its key is the debug key", stage: .publicKey, reason: .keyIsDebug, code: 0x0B,
            prepare: Attack.key { _ in (PairingMachine.debugX, zero) }),
        Attack(
            name: "it sends two keys", stage: .confirm, reason: .outOfOrder(.publicKey), code: 0x08,
            prepare: Attack.instead(.publicKey, Attack.doubled)),
        Attack(
            name: "its commitment is wrong", stage: .random, reason: .confirmMismatch, code: 0x04,
            prepare: Attack.instead(.confirm, Attack.flipped)),
        Attack(
            name: "its commitment is wrong in passkey entry", model: .passkeyEntry, stage: .random, reason: .confirmMismatch, code: 0x04,
            prepare: Attack.instead(.confirm, Attack.flipped)),
        Attack(
            name: "its nonce is another than it committed to", model: .numericComparison, stage: .random, reason: .confirmMismatch,
            code: 0x04, prepare: Attack.instead(.random, Attack.flipped)),
        Attack(
            name: "it does not know the passkey", model: .passkeyEntry, stage: .random, reason: .confirmMismatch, code: 0x04,
            prepare: { $0.plan.passkey = Passkey(481_517) }),
        Attack(
            name: "its check is wrong", stage: .check, reason: .checkMismatch, code: 0x0B,
            prepare: Attack.instead(.dhKeyCheck, Attack.flipped)),
        Attack(
            name: "it reflects our check", stage: .check, reason: .checkMismatch, code: 0x0B,
            prepare: Attack.instead(.dhKeyCheck) { _, _ in [[0x0D] + [UInt8](repeating: 0, count: 16)] }),
        Attack(
            name: "it can do legacy pairing only", stage: .features, reason: .noSecureConnections, code: 0x03,
            prepare: Attack.response(3, 0x01)),
        Attack(name: "it keeps no bond", stage: .features, reason: .noBonding, code: 0x03, prepare: Attack.response(3, 0x08)),
        Attack(name: "its key has 6 bytes", stage: .features, reason: .keySize(6), code: 0x06, prepare: Attack.response(4, 6)),
        Attack(name: "its key has 7 bytes", stage: .features, reason: .keySize(7), code: 0x06, prepare: Attack.response(4, 7)),
        Attack(name: "its key has 15 bytes", stage: .features, reason: .keySize(15), code: 0x06, prepare: Attack.response(4, 15)),
        Attack(name: "its key has 17 bytes", stage: .features, reason: .keySize(17), code: 0x0A, prepare: Attack.response(4, 17)),
        Attack(name: "its IO capability has no meaning", stage: .features, reason: .malformed, code: 0x0A, prepare: Attack.response(1, 5)),
        Attack(name: "its OOB flag has no meaning", stage: .features, reason: .malformed, code: 0x0A, prepare: Attack.response(2, 2)),
        Attack(
            name: "it claims to hold data from out of band", stage: .features, reason: .otherModel(.outOfBand), code: 0x03,
            prepare: Attack.response(2, 1)),
        Attack(
            name: "it would give keys nobody asked for", stage: .features, reason: .keysNotAsked, code: 0x0A,
            prepare: Attack.response(6, 0x0F)),
        Attack(
            name: "it asks us for keys we do not have", stage: .features, reason: .keysNotAsked, code: 0x0A,
            prepare: Attack.response(5, 0x03)),
        Attack(
            name: "it talks a comparison down to Just Works", model: .numericComparison, stage: .features, reason: .otherModel(.justWorks),
            code: 0x03, prepare: Attack.response(1, 3)),
        Attack(
            name: "it talks a passkey down to Just Works", model: .passkeyEntry, stage: .features, reason: .otherModel(.justWorks),
            code: 0x03, prepare: Attack.response(1, 3)),
        Attack(
            name: "it has a passkey shown where numbers are to be compared", model: .numericComparison, stage: .features,
            reason: .otherModel(.passkeyShownHere), code: 0x03, prepare: Attack.response(1, 2)),
        Attack(
            name: "it answers with garbage", stage: .features, reason: .malformed, code: 0x0A,
            prepare: Attack.instead(.pairingResponse) { _, _ in [[2, 3]] }),
        Attack(
            name: "its response is too long", stage: .features, reason: .malformed, code: 0x0A,
            prepare: Attack.instead(.pairingResponse) { message, _ in [message.wireBytes + [0]] }),
        Attack(
            name: "it sends nothing at all", stage: .features, reason: .malformed, code: 0x0A,
            prepare: Attack.instead(.pairingResponse) { _, _ in [[]] }),
        Attack(
            name: "it refuses", stage: .features, reason: .refusedByPeer(5), prepare: Attack.instead(.pairingResponse) { _, _ in [[5, 5]] }),
        Attack(
            name: "it refuses the check", stage: .check, reason: .refusedByPeer(0x0B),
            prepare: Attack.instead(.dhKeyCheck) { _, _ in [[5, 0x0B]] }),
        Attack(
            name: "it sends its nonce before its commitment", stage: .publicKey, reason: .outOfOrder(.random), code: 0x08,
            prepare: Attack.instead(.pairingResponse) { message, _ in [message.wireBytes, [4] + [UInt8](repeating: 0, count: 16)] }),
        Attack(
            name: "it gives its identity before the link is encrypted", stage: .encryption, reason: .outOfOrder(.identityInformation),
            code: 0x08,
            prepare: Attack.instead(.dhKeyCheck) { message, lock in
                [message.wireBytes, SMPPDU.identityInformation(lock.identityResolvingKey).wireBytes]
            }),
        Attack(
            name: "it sends keypresses that nobody agreed on", model: .numericComparison, stage: .publicKey, reason: .outOfOrder(.keypress),
            code: 0x08, prepare: Attack.instead(.pairingResponse) { message, _ in [message.wireBytes, [0x0E, 0]] }),
        Attack(
            name: "it begins a pairing of its own", stage: .publicKey, reason: .outOfOrder(.pairingRequest), code: 0x08,
            prepare: Attack.instead(.pairingResponse) { message, _ in [message.wireBytes, [1, 3, 0, 9, 16, 2, 2]] }),
        Attack(
            name: "it gives its address before its key", stage: .keys, reason: .outOfOrder(.identityAddress), code: 0x08,
            prepare: Attack.instead(.identityInformation) { _, lock in [SMPPDU.identityAddress(lock.identity).wireBytes] }),
        Attack(
            name: "it gives two keys to resolve with", stage: .keys, reason: .outOfOrder(.identityInformation), code: 0x08,
            prepare: Attack.instead(.identityInformation, Attack.doubled)),
        Attack(
            name: "its identity is an address that changes", stage: .keys, reason: .identityNotFixed, code: 0x0A,
            prepare: { $0.lock.identity = BluetoothAddress(bits: 0x4011_2233_4455, kind: .random) }),
        Attack(
            name: "its identity is another lock's", stage: .keys, reason: .identityTaken, code: 0x0A,
            prepare: { scene in
                scene.lock.identity = BluetoothAddress(bits: 0xC011_2233_4455, kind: .random)
                scene.plan.otherIdentities = [scene.lock.identity]
            }),
        Attack(
            name: "the link cannot be encrypted with the key", stage: .encryption, reason: .encryptionFailed(0x3D),
            prepare: { $0.encryption = .encryptionChanged(status: 0x3D, isOn: false) }),
        Attack(
            name: "the link stays open", stage: .encryption, reason: .encryptionFailed(0),
            prepare: { $0.encryption = .encryptionChanged(status: 0, isOn: false) }),
    ]

    @Test("a peer that breaks a rule ends with its stage and reason, without a bond and without the link", arguments: attacks)
    func ends(attack: Attack) throws {
        var scene = PairingScene(attack.model)
        attack.prepare(&scene)
        try scene.run()
        #expect(scene.failure == SMPFailure(stage: attack.stage, reason: attack.reason))
        #expect(scene.bond == nil && scene.isDisconnected)
        if let code = attack.code {
            #expect(scene.last == [5, code])
        } else {
            #expect(scene.sent.last != .failed)
        }
        let sent = scene.sent.count
        for payload in [[UInt8]([3]) + [UInt8](repeating: 0, count: 16), [], [0x0B, 1], [5, 1]] { try scene.input(.received(payload)) }
        #expect(scene.sent.count == sent, "nothing more is said on this link")
        #expect(throws: SMPFailure(stage: .idle, reason: .notIdle)) { try scene.machine.begin(scene.plan, at: 0) }
    }

    @Test(
        "a peer that falls silent is given up 30 s after the last message",
        arguments: [
            (SMPCode.pairingResponse, SMPStage.features), (.publicKey, .publicKey), (.confirm, .confirm), (.random, .random),
            (.dhKeyCheck, .check), (.identityInformation, .keys), (.identityAddress, .keys),
        ])
    func timesOut(kind: SMPCode, stage: SMPStage) throws {
        var scene = PairingScene(.numericComparison)
        scene.lock.mischief = { message, _ in
            // Once it is silent it stays so, but for what is to be ignored.
            message.code == kind || (kind == .publicKey && message.code == .confirm) ? [[0x0B, 1]] : [message.wireBytes]
        }
        if kind == .identityInformation {
            scene.lock.mischief = { message, _ in message.code.rawValue >= 8 && message.code.rawValue <= 9 ? [] : [message.wireBytes] }
        }
        try scene.run()
        #expect(scene.machine.stage == stage && scene.failure == nil)
        #expect(scene.machine.deadline == scene.now + 30_000)
        scene.now += 29_999
        try scene.input(.received([0x0B, 1]))
        try scene.input(.time)
        #expect(scene.failure == nil)
        scene.now += 1
        let sent = scene.sent.count
        try scene.input(.time)
        #expect(scene.failure == SMPFailure(stage: stage, reason: .timedOut))
        #expect(scene.isDisconnected && scene.sent.count == sent && scene.machine.deadline == nil)
    }

    @Test(
        "a human who does not answer loses the question with the pairing", arguments: [AssociationModel.numericComparison, .passkeyEntry])
    func withdrawsQuestions(model: AssociationModel) throws {
        for ending in [PairingMachine.Input.time, .declined, .disconnected, .cancel] {
            var scene = PairingScene(model)
            scene.human = { _, _ in nil }
            try scene.run()
            #expect(scene.questions.count == 1)
            scene.now += 30_000
            try scene.input(ending)
            #expect(scene.withdrawn == 1 && scene.bond == nil && scene.failure?.stage == (model == .passkeyEntry ? .passkey : .comparison))
            try scene.input(.compared(same: true))
            try scene.input(.typed(try #require(Passkey(1))))
            #expect(scene.bond == nil)
        }
    }

    @Test("the link going ends a pairing, and whoever began it can end it")
    func endsFromOutside() throws {
        var scene = PairingScene(.justWorks)
        scene.encryption = nil
        try scene.run()
        var other = scene
        try scene.input(.disconnected)
        #expect(scene.failure == SMPFailure(stage: .encryption, reason: .disconnected) && !scene.isDisconnected)
        try other.input(.cancel)
        #expect(other.failure == SMPFailure(stage: .encryption, reason: .cancelled) && other.last == [5, 8] && other.isDisconnected)
    }

    @Test("each pairing has a key pair and nonces of its own")
    func isFresh() throws {
        var keys: Set<[UInt8]> = []
        for _ in 0..<20 {
            var scene = PairingScene(.justWorks)
            try scene.run()
            keys.insert(scene.lock.centralX)
            keys.insert(try #require(scene.bond).longTermKey.withUnsafeBytes { Array($0) })
        }
        #expect(keys.count == 40)
    }
}
