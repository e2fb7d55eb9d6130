import LockCrypto
import LockModel
import WireBytes

extension PrincipalKey {
    /// A key as the journal keeps it: named by its thumbprint.
    package init(_ key: VerifyingKey, notBefore: Timestamp? = nil, expires: Timestamp? = nil) {
        self.init(
            id: key.thumbprint,
            algorithm: KeyAlgorithm(key.algorithm),
            publicKey: Base64URL.encode(key.raw),
            notBefore: notBefore,
            expires: expires
        )
    }

    /// The key to check signatures with.
    ///
    /// - Throws: `invalidKey` when the stored text is no sound key of that algorithm, or not the key its id names.
    package func verifyingKey() throws(CryptoFailure) -> VerifyingKey {
        guard let raw = try? Base64URL.decode(publicKey) else { throw .invalidKey }
        let key = try VerifyingKey(algorithm: SignatureAlgorithm(algorithm), raw: raw)
        guard key.thumbprint == id else { throw .invalidKey }
        return key
    }
}

extension KeyAlgorithm {
    init(_ algorithm: SignatureAlgorithm) {
        switch algorithm {
        case .ed25519: self = .ed25519
        case .es256: self = .es256
        }
    }
}

extension SignatureAlgorithm {
    init(_ algorithm: KeyAlgorithm) {
        switch algorithm {
        case .ed25519: self = .ed25519
        case .es256: self = .es256
        }
    }
}
