/// The DER around a raw key. For one algorithm all of it but the key is constant, so it is compared, not parsed.
enum KeyEncoding {
    private static let ed25519PublicPrefix: [UInt8] = [0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00]
    private static let ed25519PrivatePrefix: [UInt8] = [
        0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
    ]
    private static let p256Algorithm: [UInt8] = [
        0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07,
    ]
    private static let p256PublicPrefix: [UInt8] = [0x30, 0x59] + p256Algorithm + [0x03, 0x42, 0x00]
    private static let p256PrivatePrefix: [UInt8] =
        [0x30, 0x81, 0x87, 0x02, 0x01, 0x00] + p256Algorithm + [0x04, 0x6D, 0x30, 0x6B, 0x02, 0x01, 0x01, 0x04, 0x20]
    private static let p256PrivateMiddle: [UInt8] = [0xA1, 0x44, 0x03, 0x42, 0x00]

    /// SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7; RFC 8410 section 4, RFC 5480 section 2) of a raw public key.
    static func subjectPublicKeyInfo(_ algorithm: SignatureAlgorithm, raw: [UInt8]) -> [UInt8] {
        switch algorithm {
        case .ed25519: ed25519PublicPrefix + raw
        case .es256: p256PublicPrefix + raw
        }
    }

    /// The algorithm and raw key in a SubjectPublicKeyInfo; `nil` for another kind or a compressed point.
    static func publicKey(inSubjectPublicKeyInfo der: [UInt8]) -> (SignatureAlgorithm, [UInt8])? {
        if der.count == 44, der.starts(with: ed25519PublicPrefix) { return (.ed25519, Array(der[12...])) }
        if der.count == 91, der.starts(with: p256PublicPrefix) { return (.es256, Array(der[26...])) }
        return nil
    }

    /// PKCS#8 of an Ed25519 seed (RFC 8410 section 7).
    static func pkcs8(ed25519Seed seed: UnsafeRawBufferPointer) -> [UInt8] { ed25519PrivatePrefix + seed }

    /// PKCS#8 of a P-256 key with its public point (RFC 5915, RFC 5958).
    static func pkcs8(p256Scalar scalar: UnsafeRawBufferPointer, publicPoint: [UInt8]) -> [UInt8] {
        p256PrivatePrefix + scalar + p256PrivateMiddle + publicPoint
    }

    /// The seed in an Ed25519 PKCS#8, version 1; `nil` for anything else.
    static func ed25519Seed(inPKCS8 der: [UInt8]) -> [UInt8]? {
        der.count == 48 && der.starts(with: ed25519PrivatePrefix) ? Array(der[16...]) : nil
    }
}
