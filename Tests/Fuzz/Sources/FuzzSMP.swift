import BLEStack
import LockCrypto
import WireBytes

/// Any bytes as one message of the Security Manager Protocol, and as what a peer says in a pairing: payloads, each after its length.
@Sendable func fuzzSMP(_ bytes: [UInt8]) -> Bool {
    for model in AssociationModel.allCases { pair(with: bytes, by: model) }
    do throws(ByteFault) {
        guard let message = try SMPPDU.decode(bytes) else { return false }
        switch message.code {
        case .encryptionInformation, .centralIdentification, .signingInformation: precondition(message.wireBytes == [bytes[0]])
        case .pairingRequest, .pairingResponse:
            // Reserved bits of the key distribution are not kept.
            precondition(message.wireBytes.prefix(5) == bytes.prefix(5) && message.wireBytes.count == bytes.count)
        default: precondition(message.wireBytes == bytes, "read and written again, a message is the same")
        }
        return true
    } catch {
        return false
    }
}

/// Always the same, so that a finding can be repeated.
private let key: AgreementKey = {
    var number = [UInt8](repeating: 0x11, count: 32)
    guard let key = try? AgreementKey(privateKey: SecretBytes(wiping: &number)) else { fatalError("no P-256") }
    return key
}()

/// A peer that cannot know a shared secret never gets a bond; after the end nothing is said.
private func pair(with bytes: [UInt8], by model: AssociationModel) {
    var machine = PairingMachine(
        entropy: PairingMachine.Entropy(agreementKey: { key }, nonce: { [UInt8](repeating: 0x22, count: 16) }))
    let plan = PairingMachine.Plan(
        model: model, ownAddress: BluetoothAddress(bits: 0xC0_0000_0000_01, kind: .random),
        peerAddress: BluetoothAddress(bits: 0xC0_0000_0000_02, kind: .random), passkey: Passkey(481_516))
    guard (try? machine.begin(plan, at: 0)) != nil else { preconditionFailure("a fresh machine begins") }
    var rest = bytes[...]
    var ended = false
    while let length = rest.popFirst() {
        let payload = Array(rest.prefix(Int(length)))
        rest = rest.dropFirst(Int(length))
        for effect in machine.handle(.received(payload), at: 0) {
            precondition(!ended || isDisconnect(effect), "nothing is said after the end")
            switch effect {
            case .failed: ended = true
            case .encrypt, .bonded: preconditionFailure("keys without the secret")
            case .send, .ask, .withdrawQuestion, .disconnect: break
            }
        }
        precondition(machine.isActive == !ended)
        _ = machine.handle(.compared(same: true), at: 0)
    }
}

private func isDisconnect(_ effect: PairingMachine.Effect) -> Bool {
    if case .disconnect = effect { true } else { false }
}
