import Crypto
import CryptoExtras

/// AES-CMAC with a key of 128 bits (RFC 4493, NIST SP 800-38B).
package enum AESCMAC {
    /// The length of a key and of a code.
    package static let length = 16

    /// The 16 bytes for a message.
    ///
    /// - Throws: `wrongLength` for a key that is not 16 bytes.
    package static func authenticate(_ message: [UInt8], key: SecretBytes) throws(CryptoFailure) -> [UInt8] {
        try code(under: key) { code in message.withUnsafeBytes { code.update(bufferPointer: $0) } }
    }

    /// The 16 bytes for a message that is a secret itself; they are one too.
    ///
    /// - Throws: `wrongLength` for a key that is not 16 bytes.
    package static func derive(from secret: SecretBytes, key: SecretBytes) throws(CryptoFailure) -> SecretBytes {
        var code = try code(under: key) { code in secret.withUnsafeBytes { code.update(bufferPointer: $0) } }
        return SecretBytes(wiping: &code)
    }

    private static func code(under key: SecretBytes, of message: (inout AES.CMAC) -> Void) throws(CryptoFailure) -> [UInt8] {
        guard key.count == length else { throw .wrongLength }
        do {
            var code = try AES.CMAC(key: SymmetricKey(key))
            message(&code)
            return code.finalize().withUnsafeBytes { Array($0) }
        } catch {
            throw .unavailable
        }
    }
}
