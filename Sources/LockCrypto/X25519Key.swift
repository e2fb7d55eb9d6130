import Crypto

/// An X25519 key pair for agreeing on a secret with a peer (RFC 7748), without anything made of the secret.
package struct X25519Key: Sendable {
    private let key: Curve25519.KeyAgreement.PrivateKey

    /// The public key, 32 bytes.
    package let publicKey: [UInt8]

    /// A fresh pair.
    package init() { self.init(Curve25519.KeyAgreement.PrivateKey()) }

    /// Takes a private key of 32 bytes.
    /// - Throws: `invalidKey` for another length.
    package init(privateKey: SecretBytes) throws(CryptoFailure) {
        guard let key = privateKey.withUnsafeBytes({ try? Curve25519.KeyAgreement.PrivateKey(rawRepresentation: $0) }) else {
            throw .invalidKey
        }
        self.init(key)
    }

    private init(_ key: Curve25519.KeyAgreement.PrivateKey) {
        self.key = key
        publicKey = Array(key.publicKey.rawRepresentation)
    }

    /// The shared secret, 32 bytes.
    /// - Throws: `invalidKey` for a peer's key of another length or of small order; the peer is not to be trusted.
    package func sharedSecret(with peer: [UInt8]) throws(CryptoFailure) -> SecretBytes {
        guard let peer = try? Curve25519.KeyAgreement.PublicKey(rawRepresentation: peer),
            let shared = try? key.sharedSecretFromKeyAgreement(with: peer)
        else { throw .invalidKey }
        var bytes = shared.withUnsafeBytes { Array($0) }
        guard bytes.contains(where: { $0 != 0 }) else { throw .invalidKey }
        return SecretBytes(wiping: &bytes)
    }
}

extension X25519Key: CustomStringConvertible, CustomReflectable {
    package var description: String { "agreement key" }
    package var customMirror: Mirror { Mirror(self, children: EmptyCollection()) }
}
