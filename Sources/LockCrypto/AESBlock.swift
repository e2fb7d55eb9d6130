import Crypto
import CryptoExtras

/// One block of AES-128 without any mode (FIPS 197), for protocols that build their own functions of it.
package enum AESBlock {
    /// The length of a key and of a block.
    package static let length = 16

    /// Enciphers one block.
    ///
    /// - Throws: `wrongLength` unless key and block have 16 bytes each.
    package static func encrypt(_ block: [UInt8], key: SecretBytes) throws(CryptoFailure) -> [UInt8] {
        guard key.count == length, block.count == length else { throw .wrongLength }
        var enciphered = block
        do {
            try AES.permute(&enciphered, key: SymmetricKey(key))
        } catch {
            throw .unavailable
        }
        return enciphered
    }

    /// Deciphers one block.
    ///
    /// - Throws: `wrongLength` unless key and block have 16 bytes each.
    package static func decrypt(_ block: [UInt8], key: SecretBytes) throws(CryptoFailure) -> [UInt8] {
        guard key.count == length, block.count == length else { throw .wrongLength }
        var deciphered = block
        do {
            try AES.inversePermute(&deciphered, key: SymmetricKey(key))
        } catch {
            throw .unavailable
        }
        return deciphered
    }
}
