import Crypto

/// AES-256-GCM (NIST SP 800-38D): contents that nobody reads or changes without the key.
///
/// Sealed bytes are a random 12-byte nonce, the ciphertext and the 16-byte tag. With random nonces one key may seal 2³²
/// times, far above a journal's life.
package enum AESGCM256 {
    /// The length of a key.
    package static let keyLength = 32

    /// Seals bytes; the associated data is not in the result and must be given again to open it.
    ///
    /// - Throws: `wrongLength` for a key that is not 32 bytes.
    package static func seal(_ plaintext: [UInt8], key: SecretBytes, associatedData: [UInt8]) throws(CryptoFailure) -> [UInt8] {
        guard key.count == keyLength else { throw .wrongLength }
        do {
            let sealed = try AES.GCM.seal(plaintext, using: SymmetricKey(key), authenticating: associatedData)
            // A nonce of 12 bytes, which ours is, always combines.
            guard let combined = sealed.combined else { throw CryptoFailure.unavailable }
            return Array(combined)
        } catch {
            throw .unavailable
        }
    }

    /// Opens what ``seal(_:key:associatedData:)`` made.
    ///
    /// - Throws: `wrongLength` for a key that is not 32 bytes; `notAuthentic` when anything differs, and then nothing of the
    ///   contents is given away.
    package static func open(_ sealed: [UInt8], key: SecretBytes, associatedData: [UInt8]) throws(CryptoFailure) -> [UInt8] {
        guard key.count == keyLength else { throw .wrongLength }
        do {
            return Array(try AES.GCM.open(AES.GCM.SealedBox(combined: sealed), using: SymmetricKey(key), authenticating: associatedData))
        } catch {
            throw .notAuthentic
        }
    }
}
