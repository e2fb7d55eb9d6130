import BLEStack
import LockCrypto
import Testing
import WireBytes

@Suite("Pairing with an honest lock")
struct PairingTests {
    @Test("each model leads to a bond both sides know, worth what the model is", arguments: AssociationModel.allCases)
    func pairs(model: AssociationModel) throws {
        var scene = PairingScene(model)
        try scene.run()
        let bond = try #require(scene.bond)
        #expect(scene.failure == nil && !scene.isDisconnected)
        #expect(bond.level == (model == .justWorks ? .encrypted : .authenticated))
        #expect(hex(bond.longTermKey) == hex(try #require(scene.lock.longTermKey)))
        #expect(hex(try #require(scene.encryptedWith)) == hex(bond.longTermKey))
        #expect(bond.identity == ScriptedLock.address && bond.ownAddress == ScriptedLock.own)
        #expect(hex(try #require(bond.identityResolvingKey)) == hex(scene.lock.identityResolvingKey))
        #expect(scene.machine.stage == .bonded && scene.machine.deadline == nil && !scene.machine.isActive)
    }

    @Test("a pairing asks for what its model needs: a bond of Secure Connections with a key of 16 bytes, identities and nothing else")
    func asks() throws {
        for (model, capability, authentication) in [
            (AssociationModel.justWorks, UInt8(3), UInt8(0x09)), (.numericComparison, 1, 0x0D), (.passkeyEntry, 2, 0x0D),
        ] {
            var machine = PairingMachine()
            let plan = PairingScene(model).plan
            guard case .send(let payload)? = try machine.begin(plan, at: 0).first else { return #expect(Bool(false)) }
            #expect(payload == [1, capability, 0, authentication, 16, 2, 2])
        }
    }

    @Test("a human compares the number the lock shows", arguments: [true, false])
    func compares(same: Bool) throws {
        var scene = PairingScene(.numericComparison)
        scene.human = { question, lock in
            #expect(question == lock.number.map { .compare(number: $0) })
            return .compared(same: same)
        }
        try scene.run()
        #expect((scene.bond != nil) == same)
        if !same {
            #expect(scene.failure == SMPFailure(stage: .comparison, reason: .declined))
            #expect(scene.last == [5, 0x0C] && scene.isDisconnected)
        }
    }

    @Test("a passkey is typed, or known beforehand; 000000 is one", arguments: [0, 1, 481_516, 999_999], [true, false])
    func typesPasskeys(number: Int, isKnown: Bool) throws {
        var scene = PairingScene(.passkeyEntry)
        scene.lock.passkey = ScriptedLock.Passkey(number: UInt32(number))
        if isKnown { scene.plan.passkey = Passkey(number) }
        try scene.run()
        #expect(scene.bond?.level == .authenticated)
        #expect(scene.questions == (isKnown ? [] : [.typePasskey]))
        #expect(scene.sent.filter { $0 == .confirm }.count == 20 && scene.sent.filter { $0 == .random }.count == 20)
    }

    @Test("a passkey that is typed late starts the rounds then")
    func waitsForThePasskey() throws {
        var scene = PairingScene(.passkeyEntry)
        scene.human = { _, _ in nil }
        try scene.run()
        #expect(scene.machine.stage == .passkey && scene.bond == nil)
        try scene.input(.typed(try #require(Passkey(481_516))))
        #expect(scene.bond != nil)
    }

    @Test("a lock without identity to give is known by its address, which must not change")
    func takesTheAddress() throws {
        var scene = PairingScene(.justWorks)
        scene.lock.features.peripheralKeys = []
        try scene.run()
        #expect(scene.bond?.identity == ScriptedLock.address && scene.bond?.identityResolvingKey == nil)
        scene = PairingScene(.justWorks)
        scene.lock.features.peripheralKeys = []
        scene.plan.peerAddress = BluetoothAddress(bits: 0x4000_0000_0001, kind: .random)
        scene.lock.mischief = { message, _ in [message.wireBytes] }
        try scene.run()
        #expect(scene.bond == nil)
    }

    @Test("a key of zeros to resolve with means that the lock's address does not change")
    func takesZeroKeys() throws {
        var scene = PairingScene(.justWorks)
        scene.lock.identityResolvingKey = try secret("00000000000000000000000000000000")
        try scene.run()
        #expect(scene.bond != nil && scene.bond?.identityResolvingKey == nil)
    }

    @Test("our identity is the address the link was made under, and is given only where it was agreed")
    func givesIdentity() throws {
        var scene = PairingScene(.justWorks)
        try scene.run()
        #expect(scene.sent.suffix(2) == [.identityInformation, .identityAddress])
        #expect(scene.last == [9, 1] + ScriptedLock.own.wireBytes)
        scene = PairingScene(.justWorks)
        scene.lock.features.centralKeys = []
        try scene.run()
        #expect(scene.bond != nil && scene.sent.last == .dhKeyCheck)
    }

    @Test("a Security Request, and codes nobody knows, change nothing", arguments: AssociationModel.allCases)
    func ignores(model: AssociationModel) throws {
        var scene = PairingScene(model)
        #expect(scene.machine.handle(.received([0x0B, 0x0D]), at: 0).isEmpty && scene.machine.stage == .idle)
        scene.lock.mischief = { message, _ in [[0x0B, 0x0D], [0x77, 1, 2], message.wireBytes] }
        try scene.run()
        #expect(scene.bond != nil)
    }

    @Test("nothing is kept of keys that Secure Connections does not give")
    func dropsOtherKeys() throws {
        var scene = PairingScene(.justWorks)
        scene.lock.mischief = { message, _ in
            guard message.code == .identityInformation else { return [message.wireBytes] }
            let zeros = [UInt8](repeating: 0, count: 16)
            return [[6] + zeros, [7] + zeros.dropLast(6), [0x0A] + zeros, message.wireBytes]
        }
        try scene.run()
        #expect(hex(try #require(scene.bond).longTermKey) == hex(try #require(scene.lock.longTermKey)))
    }

    @Test("a lock held by a better bond is not paired again by a weaker model")
    func keepsTheBetterBond() throws {
        var machine = PairingMachine()
        var plan = PairingScene(.justWorks).plan
        plan.heldLevel = .authenticated
        #expect(throws: SMPFailure(stage: .idle, reason: .wouldWeaken)) { try machine.begin(plan, at: 0) }
        plan.heldLevel = .encrypted
        #expect(try machine.begin(plan, at: 0).count == 1)
        #expect(throws: SMPFailure(stage: .features, reason: .notIdle)) { try machine.begin(plan, at: 0) }
    }

    @Test("keys, nonces and passkeys print nothing")
    func staysSilent() throws {
        var scene = PairingScene(.passkeyEntry)
        try scene.run()
        var dumped = ""
        dump(scene.bond, to: &dumped)
        dump(Passkey(481_516), to: &dumped)
        dump(AgreementKey(), to: &dumped)
        let key = hex(try #require(scene.bond).longTermKey)
        #expect(!dumped.contains(key) && !dumped.contains("481516") && "\(String(describing: Passkey(481_516)))" == "Optional(passkey)")
    }
}
