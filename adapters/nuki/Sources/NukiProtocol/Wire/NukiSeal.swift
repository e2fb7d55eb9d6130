import LockCrypto
import WireBytes

/// The encrypted form of messages for one authorization: `nonce 24 | authorization id 4 | length 2 | sealed`, XSalsa20-Poly1305.
///
/// A nonce is fresh for every message; the same bytes are never sent twice.
package struct NukiSeal: Sendable {
    /// What stands before the sealed bytes.
    package static let headerBytes = 30
    /// The longest a message of Nuki's is, with room to spare; a longer one is refused.
    package static let maximumSealedBytes = 4096

    /// Why bytes are no message for us.
    package enum Fault: Error, Equatable, Sendable {
        /// Shorter or longer than its own length says.
        case length
        /// For another authorization.
        case authorization
        /// Not sealed with our key.
        case notAuthentic
        /// Sealed by the lock, but no message.
        case message(NukiMessage.Fault)
    }

    package let authorization: UInt32
    package let key: SecretBytes

    /// The seal of one authorization.
    package init(authorization: UInt32, key: SecretBytes) {
        self.authorization = authorization
        self.key = key
    }

    /// Seals a message.
    package func seal(_ message: NukiMessage, nonce: [UInt8] = randomBytes(NaClBox.nonceLength)) throws(CryptoFailure) -> [UInt8] {
        let sealed = try NaClBox.seal(message.inside(authorization), nonce: nonce, key: key)
        var bytes = nonce
        bytes.append(littleEndian: UInt64(authorization), bytes: 4)
        bytes.append(littleEndian: UInt16(truncatingIfNeeded: sealed.count))
        return bytes + sealed
    }

    /// How long a message is whose first bytes are these; `nil` while its header is not there.
    package static func length(of bytes: [UInt8]) -> Int? {
        guard bytes.count >= headerBytes else { return nil }
        return headerBytes + Int(bytes[28]) + Int(bytes[29]) << 8
    }

    /// Opens a message. While pairing with a 5th generation lock, which gives the authorization in its answer, any id is taken.
    package func open(_ bytes: [UInt8], anyAuthorization: Bool = false) throws(Fault) -> NukiMessage {
        guard let length = Self.length(of: bytes), length == bytes.count else { throw .length }
        let outer = bytes[24..<28].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        guard anyAuthorization || outer == authorization else { throw .authorization }
        guard let plain = try? NaClBox.open(Array(bytes[Self.headerBytes...]), nonce: Array(bytes[..<24]), key: key) else {
            throw .notAuthentic
        }
        do throws(NukiMessage.Fault) { return try NukiMessage.opened(plain).message } catch { throw .message(error) }
    }
}
