import LockCrypto
import WireBytes

/// Why a Security 0 frame was not obeyed.
package enum S0Refusal: Error, Equatable, Sendable {
    case malformed(ByteFault)
    /// Its nonce was never given, was used, or is too old.
    case noNonce
    case notAuthentic
}

/// A Security 0 frame: `98 | 81 or C1 | sender's nonce 8 | enciphered | first byte of the receiver's nonce | code 8` (SDS10865, 4.2).
package enum S0Frame {
    package static let nonceGet: [UInt8] = [0x98, 0x40]
    static let encapsulated: UInt8 = 0x81
    /// The same, and the sender asks for a nonce at once, because more follows.
    static let encapsulatedNonceGet: UInt8 = 0xC1
    package static let nonceLength = 8
    /// A longer command goes in two frames.
    package static let longestPart = 26

    /// What is inside.
    package struct Content: Equatable, Sendable {
        /// Bit 4: it is one of two; bit 5: the second; the lower four count.
        package let sequence: UInt8
        package let command: [UInt8]
    }

    package static func nonceReport(_ nonce: [UInt8]) -> [UInt8] { [0x98, 0x80] + nonce }

    /// - Throws: ``CryptoFailure`` for nonces that are not eight bytes.
    package static func seal(
        _ content: Content, asks: Bool, from source: NodeID, to destination: NodeID, senderNonce: [UInt8], receiverNonce: [UInt8],
        _ keys: S0Keys
    ) throws(CryptoFailure) -> [UInt8] {
        guard senderNonce.count == nonceLength, receiverNonce.count == nonceLength else { throw .wrongLength }
        let vector = senderNonce + receiverNonce
        let kind = asks ? encapsulatedNonceGet : encapsulated
        let cipher = try keys.stream([content.sequence] + content.command, vector: vector)
        let code = try keys.code(vector + header(kind, source, destination, cipher) + cipher)
        return [0x98, kind] + senderNonce + cipher + [receiverNonce[0]] + code
    }

    /// Opens a frame; `nonce` gives the nonce that begins with a byte, once.
    /// - Throws: ``S0Refusal``.
    package static func open(
        _ frame: [UInt8], from source: NodeID, to destination: NodeID, _ keys: S0Keys, nonce: (UInt8) -> [UInt8]?
    ) throws(S0Refusal) -> (content: Content, asks: Bool) {
        // Header, the sender's nonce, one byte of sequence, the nonce's name, the code.
        guard frame.count >= 2 + nonceLength + 1 + 1 + 8 else { throw .malformed(.truncated(offset: frame.count)) }
        guard frame[0] == 0x98, frame[1] == encapsulated || frame[1] == encapsulatedNonceGet else {
            throw .malformed(.invalid(offset: 0, "no sealed frame"))
        }
        guard let receiverNonce = nonce(frame[frame.count - 9]) else { throw .noNonce }
        let vector = Array(frame[2..<10]) + receiverNonce
        let cipher = Array(frame[10..<(frame.count - 9)])
        do {
            let code = try keys.code(vector + header(frame[1], source, destination, cipher) + cipher)
            guard isSame(code, Array(frame.suffix(8))) else { throw S0Refusal.notAuthentic }
            let plain = try keys.stream(cipher, vector: vector)
            return (Content(sequence: plain[0], command: Array(plain.dropFirst())), frame[1] == encapsulatedNonceGet)
        } catch {
            throw .notAuthentic
        }
    }

    /// Security 0 knows nodes of eight bits only.
    private static func header(_ kind: UInt8, _ source: NodeID, _ destination: NodeID, _ cipher: [UInt8]) -> [UInt8] {
        [
            kind, UInt8(truncatingIfNeeded: source.rawValue), UInt8(truncatingIfNeeded: destination.rawValue),
            UInt8(truncatingIfNeeded: cipher.count),
        ]
    }
}
