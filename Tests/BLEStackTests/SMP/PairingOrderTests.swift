import BLEStack
import Testing
import WireBytes

@Suite("Order of pairing")
struct PairingOrderTests {
    /// The message each stage waits for; whatever else comes ends the pairing there.
    static let awaited: [(SMPStage, SMPCode?)] = [
        (.idle, nil), (.features, .pairingResponse), (.publicKey, .publicKey), (.passkey, nil), (.confirm, .confirm), (.random, .random),
        (.comparison, nil), (.check, .dhKeyCheck), (.encryption, nil), (.keys, .identityInformation), (.bonded, nil),
    ]

    /// A scene that has come to a stage and stays there.
    static func scene(at stage: SMPStage) throws -> PairingScene {
        var scene = PairingScene(stage == .passkey ? .passkeyEntry : .numericComparison)
        let silence: SMPCode? =
            switch stage {
            case .features: .pairingResponse
            case .publicKey: .publicKey
            case .confirm: .confirm
            case .random: .random
            case .check: .dhKeyCheck
            case .idle, .passkey, .comparison, .encryption, .keys, .bonded: nil
            }
        scene.lock.mischief = { message, _ in
            if stage == .keys, message.code == .identityInformation || message.code == .identityAddress { return [] }
            // With its key it sends its commitment at once.
            if stage == .publicKey, message.code == .confirm { return [] }
            return message.code == silence ? [] : [message.wireBytes]
        }
        if stage == .passkey || stage == .comparison { scene.human = { _, _ in nil } }
        if stage == .encryption { scene.encryption = nil }
        if stage != .idle { try scene.run() }
        #expect(scene.machine.stage == stage)
        return scene
    }

    @Test("in every stage every message but the awaited one ends the pairing, or is ignored by name", arguments: awaited)
    func isTotal(stage: SMPStage, awaited: SMPCode?) throws {
        let always: Set<SMPCode> = [.securityRequest]
        let afterwards: Set<SMPCode> = [.encryptionInformation, .centralIdentification, .signingInformation]
        for (code, text) in SMPPDUTests.messages where code != awaited {
            var scene = try Self.scene(at: stage)
            try scene.input(.received(try bytes(text)))
            let isIgnored =
                always.contains(code) || afterwards.contains(code) && (stage == .keys || stage == .bonded)
                || code == .failed && (stage == .idle || stage == .bonded)
            if isIgnored {
                #expect(scene.failure == nil && scene.machine.stage == stage, "\(code) in \(stage)")
            } else {
                // A response with a meaningless field is malformed before it is out of order.
                let reason: SMPReason = code == .failed ? .refusedByPeer(4) : .outOfOrder(code)
                #expect(scene.failure == SMPFailure(stage: stage, reason: reason), "\(code) in \(stage)")
                #expect(scene.isDisconnected)
            }
        }
    }

    @Test("in every stage a message cut short ends the pairing as malformed", arguments: awaited)
    func refusesTruncation(stage: SMPStage, awaited: SMPCode?) throws {
        for (code, text) in SMPPDUTests.messages {
            var scene = try Self.scene(at: stage)
            try scene.input(.received(Array(try bytes(text).dropLast())))
            #expect(scene.failure == SMPFailure(stage: stage, reason: .malformed), "\(code) in \(stage)")
        }
    }

    static let outcomes: [(IOCapability, [AssociationOutcome])] = [
        (.displayOnly, [.justWorks, .justWorks, .passkeyShownHere, .justWorks, .passkeyShownHere]),
        (.displayYesNo, [.justWorks, .numericComparison, .passkeyShownHere, .justWorks, .numericComparison]),
        (.keyboardOnly, [.passkeyTypedHere, .passkeyTypedHere, .passkeyTypedHere, .justWorks, .passkeyTypedHere]),
        (.noInputNoOutput, [.justWorks, .justWorks, .justWorks, .justWorks, .justWorks]),
        (.keyboardDisplay, [.passkeyTypedHere, .numericComparison, .passkeyShownHere, .justWorks, .numericComparison]),
    ]

    @Test("capabilities lead to the model of the specification's table", arguments: outcomes)
    func followsTheTable(central: IOCapability, expected: [AssociationOutcome]) {
        for (peripheral, outcome) in zip(IOCapability.allCases, expected) {
            let ours = PairingFeatures(ioCapability: central, authentication: [.secureConnections, .manInTheMiddle])
            let theirs = PairingFeatures(ioCapability: peripheral, authentication: [.secureConnections])
            #expect(AssociationOutcome(central: ours, peripheral: theirs) == outcome)
            #expect(AssociationOutcome(central: theirs, peripheral: theirs) == .justWorks, "nobody asked for more")
            var outOfBand = theirs
            outOfBand.hasOutOfBandData = true
            #expect(AssociationOutcome(central: ours, peripheral: outOfBand) == .outOfBand)
        }
    }
}
