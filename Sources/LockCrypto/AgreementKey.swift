import Crypto

/// A P-256 key pair for agreeing on a secret with a peer (ECDH, NIST SP 800-56A), to be used once.
package struct AgreementKey: Sendable {
    private let key: P256.KeyAgreement.PrivateKey

    /// The x coordinate of the public point, 32 bytes, most significant first.
    package let publicX: [UInt8]
    /// The y coordinate, likewise.
    package let publicY: [UInt8]

    /// A fresh pair.
    package init() { self.init(P256.KeyAgreement.PrivateKey()) }

    /// Takes a private key of 32 bytes, most significant first.
    ///
    /// - Throws: `invalidKey` unless it is one of 1 … n−1.
    package init(privateKey: SecretBytes) throws(CryptoFailure) {
        let key = privateKey.withUnsafeBytes { try? P256.KeyAgreement.PrivateKey(rawRepresentation: $0) }
        guard let key else { throw .invalidKey }
        self.init(key)
    }

    private init(_ key: P256.KeyAgreement.PrivateKey) {
        let point = Array(key.publicKey.rawRepresentation)
        self.key = key
        publicX = Array(point[..<32])
        publicY = Array(point[32...])
    }

    /// The x coordinate of the shared point, 32 bytes, most significant first.
    ///
    /// - Throws: `invalidKey` when the peer's point is not on the curve, or is no point at all; the peer is not to be trusted.
    package func sharedSecret(peerX: [UInt8], peerY: [UInt8]) throws(CryptoFailure) -> SecretBytes {
        guard peerX.count == 32, peerY.count == 32,
            let peer = try? P256.KeyAgreement.PublicKey(x963Representation: [0x04] + peerX + peerY),
            let shared = try? key.sharedSecretFromKeyAgreement(with: peer)
        else { throw .invalidKey }
        var bytes = shared.withUnsafeBytes { Array($0) }
        return SecretBytes(wiping: &bytes)
    }
}

extension AgreementKey: CustomStringConvertible, CustomReflectable {
    package var description: String { "agreement key" }
    package var customMirror: Mirror { Mirror(self, children: EmptyCollection()) }
}
