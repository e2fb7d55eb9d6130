import LockCrypto
import WireBytes

/// Pairs with one lock over one link: the central's half of LE Secure Connections (Core 5.4, Vol 3 Part H 2.3 to 2.4), without I/O.
///
/// **Decides** whether the peer may become a lock we hold a key for, and what that key is worth.
/// **Inputs**: ``begin(_:at:)`` with everything that was settled beforehand; payloads of L2CAP channel 6; a human's answer; the controller's word
/// that the link is encrypted; the end of the link; time. **Effects**: payloads to send, a question to a human and its withdrawal, a key to
/// encrypt the link with, a bond to keep, the end of the link.
///
/// **The property that must never break**: a bond comes only out of a pairing by the model that was chosen for the lock, with a fresh key of
/// full size, after commitments and checks that fit, over a link that was then encrypted with that very key. Whatever else the peer sends, and
/// in whatever order, ends the pairing with its stage and its reason, and the link with it; nothing is tried twice on one link.
///
/// How it keeps that:
/// - There is no legacy pairing in here, no shorter key and no derivation of keys for another transport: nothing to be talked down to.
/// - The model is in the ``Plan``. What the features lead to is compared with it before any key is shown.
/// - The DHKey check covers neither key size nor key distribution, so both are held to their one allowed value by themselves.
/// - The peer's public key is on the curve, is not the debug key, and differs from ours in x: commitments use x alone, so a key with our x and
///   the other y would let the peer send our own commitments back.
/// - Each state names the one message it waits for; the switch over (state, message) has no default. Messages that may come at any time
///   (Pairing Failed, Security Request, reserved codes) are dealt with before it.
/// - Keys of identity count only once the controller has said that the link is encrypted. Keys that were not asked for are dropped unread.
/// - Values are compared in constant time; nonces and the key pair are fresh for each pairing.
///
/// **Bounds**: one pairing a link; 30 s from the last message that was sent or expected (2.3.6 and 3.4), after which the link is useless for
/// pairing; messages that are ignored do not prolong it; at most 45 messages each way (20 rounds of passkey entry), each at most 65 bytes.
package struct PairingMachine: Sendable {
    /// Milliseconds without progress after which a pairing has failed.
    package static let patienceMilliseconds: Int64 = 30_000

    /// What was settled before the first message.
    package struct Plan: Sendable {
        package var model: AssociationModel
        /// The address this link was made under, which is distributed as our identity: under another the lock would not know us.
        package var ownAddress: BluetoothAddress
        /// The lock's address on this link.
        package var peerAddress: BluetoothAddress
        /// Where the lock has a fixed one; a human is asked otherwise.
        package var passkey: Passkey?
        /// What an existing bond with this lock is worth; a model below it is refused.
        package var heldLevel: BondLevel?
        /// The identities of all other locks, which this one must not take.
        package var otherIdentities: Set<BluetoothAddress>

        package init(
            model: AssociationModel, ownAddress: BluetoothAddress, peerAddress: BluetoothAddress, passkey: Passkey? = nil,
            heldLevel: BondLevel? = nil, otherIdentities: Set<BluetoothAddress> = []
        ) {
            self.model = model
            self.ownAddress = ownAddress
            self.peerAddress = peerAddress
            self.passkey = passkey
            self.heldLevel = heldLevel
            self.otherIdentities = otherIdentities
        }
    }

    /// What reaches the machine from outside.
    package enum Input: Sendable {
        /// A payload of channel 6.
        case received([UInt8])
        /// The human typed what the lock shows.
        case typed(Passkey)
        /// The human says whether both show the same number.
        case compared(same: Bool)
        /// The human does not answer, or wants no pairing.
        case declined
        /// Encryption Change, or Encryption Key Refresh Complete, which says `isOn`.
        case encryptionChanged(status: UInt8, isOn: Bool)
        case disconnected
        /// The time has come that ``deadline`` named, or not yet.
        case time
        /// Nobody wants this pairing any more.
        case cancel
    }

    /// What is to be done, in order.
    package enum Effect: Sendable {
        /// A payload for channel 6.
        case send([UInt8])
        case ask(Question)
        /// The question that was asked is of no use any more.
        case withdrawQuestion
        /// LE Enable Encryption with this key, and with Rand and EDIV zero.
        case encrypt(SecretBytes)
        /// Keep this. The link is encrypted with it.
        case bonded(Bond)
        /// There is no bond. The link ends, unless it has.
        case failed(SMPFailure)
        /// Disconnect with Authentication Failure (0x05).
        case disconnect
    }

    /// What a human has to say.
    package enum Question: Sendable, Equatable {
        /// Are these six digits, zeros in front included, on the lock's display?
        case compare(number: UInt32)
        /// Which six digits does the lock show or bear?
        case typePasskey
    }

    /// Where fresh keys and nonces come from.
    package struct Entropy: Sendable {
        package var agreementKey: @Sendable () -> AgreementKey
        /// 16 bytes.
        package var nonce: @Sendable () -> [UInt8]

        package init(agreementKey: @escaping @Sendable () -> AgreementKey, nonce: @escaping @Sendable () -> [UInt8]) {
            self.agreementKey = agreementKey
            self.nonce = nonce
        }

        /// The kernel's.
        package static let system = Entropy(agreementKey: { AgreementKey() }, nonce: { randomBytes(16) })
    }

    /// When ``Input/time`` is due, on the clock that `handle` is given; `nil` while nothing is waited for.
    package internal(set) var deadline: Int64?
    var phase = Phase.idle
    let entropy: Entropy

    package init(entropy: Entropy = .system) { self.entropy = entropy }

    /// What is being waited for.
    package var stage: SMPStage { phase.stage }

    /// Whether a pairing is under way.
    package var isActive: Bool { deadline != nil }

    /// Sends the Pairing Request.
    /// - Throws: ``SMPFailure`` for what is refused here before the peer hears of it: `notIdle`, `wouldWeaken`. The link is not touched.
    package mutating func begin(_ plan: Plan, at now: Int64) throws(SMPFailure) -> [Effect] {
        guard case .idle = phase else { throw SMPFailure(stage: stage, reason: .notIdle) }
        if let held = plan.heldLevel, plan.model.level < held { throw SMPFailure(stage: .idle, reason: .wouldWeaken) }
        let request = PairingFeatures(ioCapability: plan.model.ioCapability, authentication: plan.model.authentication)
        return wait(in: .features(plan, request), at: now, [.send(SMPPDU.pairingRequest(request).wireBytes)])
    }

    /// Takes an input and says what is to be done.
    package mutating func handle(_ input: Input, at now: Int64) -> [Effect] {
        switch input {
        case .received(let payload): received(payload, at: now)
        case .typed(let passkey): typed(passkey, at: now)
        case .compared(let same): compared(same, at: now)
        case .declined: isAsking ? end(.declined) : []
        case .encryptionChanged(let status, let isOn): encryptionChanged(status, isOn, at: now)
        case .disconnected: isActive ? end(.disconnected) : []
        case .time: deadline.map { $0 <= now } == true ? end(.timedOut) : []
        case .cancel: isActive ? end(.cancelled) : []
        }
    }

    /// Goes on to a phase and gives the peer, or the human, another 30 s.
    mutating func wait(in phase: Phase, at now: Int64, _ effects: [Effect]) -> [Effect] {
        self.phase = phase
        deadline = now + Self.patienceMilliseconds
        return effects
    }

    /// Ends it: the peer is told what it may know, and nothing more is said on this link.
    mutating func end(_ reason: SMPReason) -> [Effect] {
        let failure = SMPFailure(stage: stage, reason: reason)
        var effects: [Effect] = []
        if isAsking { effects.append(.withdrawQuestion) }
        if let code = failure.code { effects.append(.send(SMPPDU.failed(code).wireBytes)) }
        effects.append(.failed(failure))
        if reason != .disconnected { effects.append(.disconnect) }
        phase = .ended
        deadline = nil
        return effects
    }
}
