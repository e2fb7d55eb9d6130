import CSodium
import Crypto

/// HMAC with SHA-256 (RFC 2104).
package enum HMACSHA256 {
    /// The 32 bytes for a message under a key of any length.
    package static func authenticate(_ message: [UInt8], key: SecretBytes) -> [UInt8] {
        var code = [UInt8](repeating: 0, count: Int(crypto_auth_hmacsha256_BYTES))
        var state = crypto_auth_hmacsha256_state()
        key.withPointer { _ = crypto_auth_hmacsha256_init(&state, $0, key.count) }
        crypto_auth_hmacsha256_update(&state, message, UInt64(message.count))
        crypto_auth_hmacsha256_final(&state, &code)
        sodium_memzero(&state, MemoryLayout<crypto_auth_hmacsha256_state>.size)
        return code
    }
}

/// HKDF with SHA-256 (RFC 5869): several independent keys out of one.
package enum HKDFSHA256 {
    /// The longest output: 255 blocks.
    package static let longestOutput = 255 * 32

    /// Derives `count` bytes.
    ///
    /// - Parameters:
    ///   - secret: the input key material.
    ///   - salt: may be empty, which stands for 32 zero bytes.
    ///   - info: names what the result is for, so that two purposes never share a key.
    /// - Throws: `wrongLength` for a count outside 1 … ``longestOutput``.
    package static func derive(from secret: SecretBytes, salt: [UInt8], info: [UInt8], count: Int) throws(CryptoFailure) -> SecretBytes {
        guard (1...longestOutput).contains(count) else { throw .wrongLength }
        let key = HKDF<SHA256>.deriveKey(inputKeyMaterial: SymmetricKey(secret), salt: salt, info: info, outputByteCount: count)
        var derived = key.withUnsafeBytes { Array($0) }
        return SecretBytes(wiping: &derived)
    }
}

extension SymmetricKey {
    /// The library's own key, which it wipes as well.
    init(_ secret: SecretBytes) {
        self = secret.withUnsafeBytes { SymmetricKey(data: $0) }
    }
}
