import CSodium

/// The pieces of NaCl's `crypto_box` that vendors use: X25519 with HSalsa20, and XSalsa20-Poly1305 (libsodium).
package enum NaClBox {
    /// Bytes of a key, private, public or shared.
    package static let keyLength = 32
    /// Bytes of a nonce.
    package static let nonceLength = 24
    /// Bytes a sealed text is longer than its plain text; they come first.
    package static let tagLength = 16

    /// A new pair of X25519 keys.
    package static func newKeys() throws(CryptoFailure) -> (secret: SecretBytes, publicKey: [UInt8]) {
        let secret = SecretBytes.random(keyLength)
        return (secret, try publicKey(of: secret))
    }

    /// The public key of a private one.
    /// - Throws: `wrongLength` for a key of another length.
    package static func publicKey(of secret: SecretBytes) throws(CryptoFailure) -> [UInt8] {
        guard secret.count == keyLength else { throw .wrongLength }
        guard Sodium.isReady else { throw .unavailable }
        var result = [UInt8](repeating: 0, count: keyLength)
        _ = secret.withPointer { crypto_scalarmult_curve25519_base(&result, $0) }
        return result
    }

    /// The key both sides of a pair derive: HSalsa20 of the X25519 product (`crypto_box_beforenm`).
    /// - Throws: `wrongLength`; `invalidKey` for a public key of small order, which must not be used.
    package static func sharedKey(_ secret: SecretBytes, _ publicKey: [UInt8]) throws(CryptoFailure) -> SecretBytes {
        guard secret.count == keyLength, publicKey.count == keyLength else { throw .wrongLength }
        guard Sodium.isReady else { throw .unavailable }
        var result = [UInt8](repeating: 0, count: keyLength)
        let status = secret.withPointer { crypto_box_beforenm(&result, publicKey, $0) }
        let shared = SecretBytes(wiping: &result)
        guard status == 0 else { throw .invalidKey }
        return shared
    }

    /// Seals: the tag, then the encrypted text. A nonce must never be used twice with one key.
    /// - Throws: `wrongLength` for a key or a nonce of another length.
    package static func seal(_ plain: [UInt8], nonce: [UInt8], key: SecretBytes) throws(CryptoFailure) -> [UInt8] {
        guard nonce.count == nonceLength, key.count == keyLength else { throw .wrongLength }
        guard Sodium.isReady else { throw .unavailable }
        var sealed = [UInt8](repeating: 0, count: plain.count + tagLength)
        _ = key.withPointer { crypto_secretbox_easy(&sealed, plain, UInt64(plain.count), nonce, $0) }
        return sealed
    }

    /// Opens what was sealed.
    /// - Throws: `notAuthentic` where a byte, the nonce or the key is another; `wrongLength` for impossible lengths.
    package static func open(_ sealed: [UInt8], nonce: [UInt8], key: SecretBytes) throws(CryptoFailure) -> [UInt8] {
        guard nonce.count == nonceLength, key.count == keyLength, sealed.count >= tagLength else { throw .wrongLength }
        guard Sodium.isReady else { throw .unavailable }
        var plain = [UInt8](repeating: 0, count: sealed.count - tagLength)
        let status = key.withPointer { crypto_secretbox_open_easy(&plain, sealed, UInt64(sealed.count), nonce, $0) }
        guard status == 0 else { throw .notAuthentic }
        return plain
    }
}
