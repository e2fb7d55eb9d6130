import LockCrypto
import WireBytes

/// What Security 0 makes of a network's key (SDS10865, 4.1): one key that authenticates, one that enciphers.
package struct S0Keys: Sendable {
    /// The key under which a network's key is handed to a node that has none: sixteen zeros, so that who listens at that moment learns it.
    package static let temporary = SecretBytes.taking(.filled(0))

    private let authentication: SecretBytes
    private let encryption: SecretBytes

    /// - Throws: `wrongLength` for a key that is not 16 bytes.
    package init(networkKey: SecretBytes) throws(CryptoFailure) {
        authentication = .taking(try AESBlock.encrypt(.filled(0x55), key: networkKey))
        encryption = .taking(try AESBlock.encrypt(.filled(0xAA), key: networkKey))
    }

    /// The authentication code: the first eight bytes of a CBC-MAC under a zero vector, the text padded with zeros.
    func code(_ text: [UInt8]) throws(CryptoFailure) -> [UInt8] {
        var block = [UInt8].filled(0)
        for start in stride(from: 0, to: text.count, by: AESBlock.length) {
            let part = Array(text[start..<min(start + AESBlock.length, text.count)])
            block = try AESBlock.encrypt(block ^ (part + .filled(0, AESBlock.length - part.count)), key: authentication)
        }
        return Array(block.prefix(8))
    }

    /// Enciphers, or deciphers what was enciphered: AES in OFB mode.
    func stream(_ text: [UInt8], vector: [UInt8]) throws(CryptoFailure) -> [UInt8] {
        var (result, block): ([UInt8], [UInt8]) = ([], vector)
        while result.count < text.count {
            block = try AESBlock.encrypt(block, key: encryption)
            result += Array(text[result.count..<min(result.count + AESBlock.length, text.count)]) ^ block
        }
        return result
    }
}
