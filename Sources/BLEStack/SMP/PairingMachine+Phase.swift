import LockCrypto

extension PairingMachine {
    /// What is waited for, with what has been settled so far.
    enum Phase: Sendable {
        case idle
        case features(Plan, PairingFeatures)
        case publicKey(Agreed)
        case passkey(Exchange)
        case confirm(Exchange, Round)
        case random(Exchange, Round, commitment: [UInt8])
        case comparison(Keys)
        case check(Keys)
        case encryption(Keys)
        case keys(Keys, identityResolvingKey: SecretBytes?)
        case bonded
        case ended

        var stage: SMPStage {
            switch self {
            case .idle, .ended: .idle
            case .features: .features
            case .publicKey: .publicKey
            case .passkey: .passkey
            case .confirm: .confirm
            case .random: .random
            case .comparison: .comparison
            case .check: .check
            case .encryption: .encryption
            case .keys: .keys
            case .bonded: .bonded
            }
        }
    }

    /// After the features: what both said, and our key pair of this pairing.
    struct Agreed: Sendable {
        let plan: Plan
        let request: PairingFeatures
        let response: PairingFeatures
        let key: AgreementKey
        var passkey: Passkey?
    }

    /// After the public keys.
    struct Exchange: Sendable {
        let agreed: Agreed
        let peerX: [UInt8]
        let shared: SecretBytes
    }

    /// One commitment and its nonce: there is one, or twenty with a passkey.
    struct Round: Sendable {
        let number: Int
        let nonce: [UInt8]
    }

    /// After the nonces: the keys that come of it all.
    struct Keys: Sendable {
        let agreed: Agreed
        let macKey: SecretBytes
        let longTermKey: SecretBytes
        let ownNonce: [UInt8]
        let peerNonce: [UInt8]
    }

    /// Whether a human has been asked and has not answered.
    var isAsking: Bool {
        switch phase {
        case .publicKey(let agreed): agreed.plan.model == .passkeyEntry && agreed.passkey == nil
        case .passkey, .comparison: true
        case .idle, .features, .confirm, .random, .check, .encryption, .keys, .bonded, .ended: false
        }
    }
}
