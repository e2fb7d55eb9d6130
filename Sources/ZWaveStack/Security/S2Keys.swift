import LockCrypto

/// What Security 2 makes of a network's key: one that seals, one that tells a sequence of nonces from others', one for multicasts
/// (SDS13783, "CKDF-NetworkKeyExpand").
package struct S2Keys: Sendable {
    let sealing: SecretBytes
    let personalization: SecretBytes
    let multicast: SecretBytes

    /// - Throws: `wrongLength` for a key that is not 16 bytes.
    package init(networkKey: SecretBytes) throws(CryptoFailure) { try self.init(networkKey, constant: 0x55) }

    /// The keys of an inclusion, made of what both sides agreed on (SDS13783, "CKDF-TempExtract" and "CKDF-TempExpand").
    /// - Throws: `wrongLength` for public keys that are not 32 bytes.
    package init(agreed secret: SecretBytes, including: [UInt8], joining: [UInt8]) throws(CryptoFailure) {
        guard including.count == 32, joining.count == 32 else { throw .wrongLength }
        let message = try secret.withBytes { bytes throws(CryptoFailure) in SecretBytes.taking(bytes + including + joining) }
        try self.init(try AESCMAC.derive(from: message, key: .taking(.filled(0x33))), constant: 0x88)
    }

    private init(_ key: SecretBytes, constant: UInt8) throws(CryptoFailure) {
        let filling = [UInt8].filled(constant, 15)
        var previous = SecretBytes.taking([])
        var parts: [SecretBytes] = []
        for number in UInt8(1)...4 {
            let message = try previous.withBytes { bytes throws(CryptoFailure) in SecretBytes.taking(bytes + filling + [number]) }
            previous = try AESCMAC.derive(from: message, key: key)
            parts.append(previous)
        }
        sealing = parts[0]
        personalization = .taking(parts[1].withUnsafeBytes { Array($0) } + parts[2].withUnsafeBytes { Array($0) })
        multicast = parts[3]
    }
}

/// Which of a network's keys; a stronger one is greater.
package enum S2KeyClass: UInt8, Comparable, CaseIterable, Sendable {
    /// Of an inclusion, made of what both sides agreed on.
    case temporary = 0
    case unauthenticated = 0x01
    case authenticated = 0x02
    /// For what opens doors.
    case access = 0x04

    package static func < (left: S2KeyClass, right: S2KeyClass) -> Bool { left.rawValue < right.rawValue }
}

/// The sequence of nonces that two nodes draw from together, whoever sends (SDS13783, "SPAN").
///
/// A value type: a copy looks ahead without drawing.
package struct S2NonceSequence: Sendable {
    package static let entropyLength = 16
    private var generator: CounterDRBG

    /// - Throws: `wrongLength` unless both entropies are 16 bytes.
    package init(_ keys: S2Keys, sender: [UInt8], receiver: [UInt8]) throws(CryptoFailure) {
        guard sender.count == Self.entropyLength, receiver.count == Self.entropyLength else { throw .wrongLength }
        let key = SecretBytes.taking(try AESCMAC.authenticate(sender + receiver, key: .taking(.filled(0x26))))
        let filling = [UInt8].filled(0x88, 15)
        let first = try AESCMAC.authenticate(filling + [0x00] + filling + [0x01], key: key)
        let second = try AESCMAC.authenticate(first + filling + [0x02], key: key)
        generator = try CounterDRBG(seed: (first + second) ^ keys.personalization.withUnsafeBytes { Array($0) })
    }

    /// The next nonce.
    package mutating func next() throws(CryptoFailure) -> [UInt8] {
        Array(try generator.generate(AESBlock.length).prefix(AESCCM.nonceLength))
    }
}
