/// AES-128 in CCM mode with nonces of 13 bytes and tags of 8 (RFC 3610 with M = 8 and L = 2; NIST SP 800-38C), composed of ``AESBlock``.
package enum AESCCM {
    package static let nonceLength = 13
    package static let tagLength = 8
    /// Two bytes tell the length of a text.
    package static let longestText = 0xFFFF
    /// Longer associated data has another form, which nobody here needs.
    package static let longestAssociated = 0xFEFF

    /// Enciphers and authenticates: the enciphered text, then the tag. A nonce must never be used twice with one key.
    /// - Throws: `wrongLength` for a key, a nonce, a text or associated data of a length that is not taken.
    package static func seal(
        _ plain: [UInt8], nonce: [UInt8], associated: [UInt8], key: SecretBytes
    ) throws(CryptoFailure) -> [UInt8] {
        let tag = try tag(plain, nonce, associated, key)
        return try stream(plain, nonce, key) + tag
    }

    /// Opens what was sealed.
    /// - Throws: `notAuthentic` where a byte of it, the nonce, the associated data or the key is another; `wrongLength`.
    package static func open(
        _ sealed: [UInt8], nonce: [UInt8], associated: [UInt8], key: SecretBytes
    ) throws(CryptoFailure) -> [UInt8] {
        guard sealed.count >= tagLength else { throw .wrongLength }
        let plain = try stream(Array(sealed.dropLast(tagLength)), nonce, key)
        guard isSame(try tag(plain, nonce, associated, key), Array(sealed.suffix(tagLength))) else { throw .notAuthentic }
        return plain
    }

    /// The enciphered authentication code.
    private static func tag(
        _ plain: [UInt8], _ nonce: [UInt8], _ associated: [UInt8], _ key: SecretBytes
    ) throws(CryptoFailure) -> [UInt8] {
        guard nonce.count == nonceLength, plain.count <= longestText, associated.count <= longestAssociated else { throw .wrongLength }
        let flags: UInt8 = (associated.isEmpty ? 0 : 0x40) | UInt8((tagLength - 2) / 2) << 3 | 1
        var text = [flags] + nonce + bigEndian(plain.count)
        if !associated.isEmpty { text += padded(bigEndian(associated.count) + associated) }
        text += padded(plain)
        var code = [UInt8](repeating: 0, count: AESBlock.length)
        for start in stride(from: 0, to: text.count, by: AESBlock.length) {
            for place in 0..<AESBlock.length { code[place] ^= text[start + place] }
            code = try AESBlock.encrypt(code, key: key)
        }
        let mask = try AESBlock.encrypt(counter(nonce, 0), key: key)
        return zip(code, mask).prefix(tagLength).map { $0 ^ $1 }
    }

    private static func stream(_ text: [UInt8], _ nonce: [UInt8], _ key: SecretBytes) throws(CryptoFailure) -> [UInt8] {
        guard nonce.count == nonceLength, text.count <= longestText else { throw .wrongLength }
        var result: [UInt8] = []
        result.reserveCapacity(text.count)
        for start in stride(from: 0, to: text.count, by: AESBlock.length) {
            let mask = try AESBlock.encrypt(counter(nonce, start / AESBlock.length + 1), key: key)
            for (byte, masking) in zip(text[start..<min(start + AESBlock.length, text.count)], mask) { result.append(byte ^ masking) }
        }
        return result
    }

    private static func counter(_ nonce: [UInt8], _ number: Int) -> [UInt8] { [1] + nonce + bigEndian(number) }
    private static func bigEndian(_ number: Int) -> [UInt8] { [UInt8(truncatingIfNeeded: number >> 8), UInt8(truncatingIfNeeded: number)] }
    private static func padded(_ bytes: [UInt8]) -> [UInt8] {
        bytes + [UInt8](repeating: 0, count: (AESBlock.length - bytes.count % AESBlock.length) % AESBlock.length)
    }
}
