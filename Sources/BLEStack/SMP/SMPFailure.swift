/// How a pairing ended without a bond: how far it had come, and why. Says nothing of keys or numbers, so it may be logged and shown.
package struct SMPFailure: Error, Equatable, Sendable {
    package let stage: SMPStage
    package let reason: SMPReason

    package init(stage: SMPStage, reason: SMPReason) {
        self.stage = stage
        self.reason = reason
    }
}

/// How far a pairing had come: what was being waited for.
package enum SMPStage: String, Sendable, CaseIterable {
    /// Nothing was under way, or not yet.
    case idle
    /// The Pairing Response.
    case features
    /// The peer's public key.
    case publicKey
    /// A human to type the passkey.
    case passkey
    /// The peer's commitment.
    case confirm
    /// The nonce it committed to.
    case random
    /// A human to compare the numbers.
    case comparison
    /// The peer's DHKey check.
    case check
    /// The controller to encrypt the link.
    case encryption
    /// The peer's identity.
    case keys
    /// Nothing more: the bond was made.
    case bonded
}

/// Why a pairing ended.
package enum SMPReason: Equatable, Sendable {
    // What the peer did; it is not to be trusted as a lock until somebody has looked.

    /// It refused, with this code (Core 5.4, Vol 3 Part H 3.5.5).
    case refusedByPeer(UInt8)
    /// It sent bytes that are no message, or fields that have no meaning.
    case malformed
    /// It sent a message that may not come now.
    case outOfOrder(SMPCode)
    /// It can do legacy pairing only, or was made to look so.
    case noSecureConnections
    /// It would not keep a bond.
    case noBonding
    /// The features lead to another model than the one chosen for this lock.
    case otherModel(AssociationOutcome)
    /// Its largest key is not 16 bytes.
    case keySize(UInt8)
    /// It would give keys that were not asked for.
    case keysNotAsked
    /// Its public key is no point of the curve.
    case keyNotOnCurve
    /// Its public key has our own x.
    case keyReflected
    /// Its public key is the debug key, whose private half is in the specification.
    case keyIsDebug
    /// Its nonce is not the one it committed to: a wrong passkey, or somebody between.
    case confirmMismatch
    /// Its check is wrong: it saw something else than we did.
    case checkMismatch
    /// Its identity is an address that changes.
    case identityNotFixed
    /// Its identity is another lock's.
    case identityTaken
    /// It said nothing for 30 s.
    case timedOut
    /// The controller could not encrypt the link, with its status.
    case encryptionFailed(UInt8)
    /// The link went.
    case disconnected

    // What we or our human did.

    /// The human said that the numbers differ, or gave no passkey.
    case declined
    /// Whoever asked for the pairing does not want it any more.
    case cancelled
    /// The peer failed too often; after so many milliseconds it may be tried again.
    case tooSoon(milliseconds: Int64)
    /// The peer is held by a better bond than this model would make.
    case wouldWeaken
    /// A pairing is under way or over on this link.
    case notIdle
    /// Our cryptography refused: a fault of our own.
    case internalFault
}

extension SMPFailure {
    /// What the peer is told in Pairing Failed; `nil` where nothing is said, because it failed itself, is gone, or was silent.
    var code: UInt8? {
        switch reason {
        case .refusedByPeer, .timedOut, .encryptionFailed, .disconnected, .tooSoon, .wouldWeaken, .notIdle: nil
        case .malformed, .keysNotAsked, .identityNotFixed, .identityTaken: 0x0A
        // A pairing that a peer begins is not supported.
        case .outOfOrder: stage == .idle ? 0x05 : 0x08
        case .cancelled, .internalFault: 0x08
        case .noSecureConnections, .noBonding, .otherModel: 0x03
        case .keySize(let size): size < Bond.keySize ? 0x06 : 0x0A
        // The qualification test for the all-zero key expects DHKey Check Failed.
        case .keyNotOnCurve, .keyReflected, .keyIsDebug, .checkMismatch: 0x0B
        case .confirmMismatch: 0x04
        case .declined: stage == .comparison ? 0x0C : 0x01
        }
    }
}

extension SMPReason {
    /// The reason's name, without what goes with it.
    package var name: String {
        switch self {
        case .refusedByPeer: "refusedByPeer"
        case .malformed: "malformed"
        case .outOfOrder: "outOfOrder"
        case .noSecureConnections: "noSecureConnections"
        case .noBonding: "noBonding"
        case .otherModel: "otherModel"
        case .keySize: "keySize"
        case .keysNotAsked: "keysNotAsked"
        case .keyNotOnCurve: "keyNotOnCurve"
        case .keyReflected: "keyReflected"
        case .keyIsDebug: "keyIsDebug"
        case .confirmMismatch: "confirmMismatch"
        case .checkMismatch: "checkMismatch"
        case .identityNotFixed: "identityNotFixed"
        case .identityTaken: "identityTaken"
        case .timedOut: "timedOut"
        case .encryptionFailed: "encryptionFailed"
        case .disconnected: "disconnected"
        case .declined: "declined"
        case .cancelled: "cancelled"
        case .tooSoon: "tooSoon"
        case .wouldWeaken: "wouldWeaken"
        case .notIdle: "notIdle"
        case .internalFault: "internalFault"
        }
    }

    /// Whether the peer counts as having tried and failed, which makes the next try wait longer.
    package var countsAgainstPeer: Bool {
        switch self {
        case .declined, .cancelled, .tooSoon, .wouldWeaken, .notIdle, .internalFault, .disconnected: false
        case .refusedByPeer, .malformed, .outOfOrder, .noSecureConnections, .noBonding, .otherModel, .keySize, .keysNotAsked,
            .keyNotOnCurve, .keyReflected, .keyIsDebug, .confirmMismatch, .checkMismatch, .identityNotFixed, .identityTaken, .timedOut,
            .encryptionFailed:
            true
        }
    }
}
