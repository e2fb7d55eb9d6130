import CSodium
import Crypto
import WireBytes

/// A private key: a gateway's, a resident's, or one made for trying things out.
///
/// It prints as its public name. It leaves the process only as ``pem``, into a file of mode 0600.
package struct SigningKey: Sendable {
    private enum Material: Sendable {
        /// The seed and the public key, 64 bytes, as libsodium wants them.
        case ed25519(SecretBytes)
        case es256(P256.Signing.PrivateKey)
    }

    private let material: Material
    /// The public half.
    package let verifyingKey: VerifyingKey

    /// The one algorithm the key is for.
    package var algorithm: SignatureAlgorithm { verifyingKey.algorithm }

    /// Makes a new key; Ed25519 unless ES256 is asked for.
    ///
    /// - Throws: `unavailable` when the crypto library cannot be used.
    package static func generate(_ algorithm: SignatureAlgorithm = .ed25519) throws(CryptoFailure) -> SigningKey {
        switch algorithm {
        case .ed25519: try SigningKey(ed25519Seed: .random(32))
        case .es256: try SigningKey(P256.Signing.PrivateKey(compactRepresentable: false))
        }
    }

    /// Reads a PEM `PRIVATE KEY` (PKCS#8, not encrypted): Ed25519 or P-256, as `openssl genpkey` writes them.
    ///
    /// - Throws: `notPEM`, `unsupportedKey` or `invalidKey`.
    package init(pem: SecretBytes) throws(CryptoFailure) {
        var text = pem.withUnsafeBytes { Array($0) }
        defer { text.wipe() }
        var der = try PEMBlock.decode(text, label: "PRIVATE KEY")
        defer { der.wipe() }
        if var seed = KeyEncoding.ed25519Seed(inPKCS8: der) {
            try self.init(ed25519Seed: SecretBytes(wiping: &seed))
        } else if let key = try? P256.Signing.PrivateKey(derRepresentation: der) {
            try self.init(key)
        } else {
            throw .unsupportedKey
        }
    }

    /// Makes the key of a 32-byte seed (RFC 8032 section 5.1.5).
    ///
    /// - Throws: `invalidKey` for another length.
    package init(ed25519Seed seed: SecretBytes) throws(CryptoFailure) {
        guard Sodium.isReady else { throw .unavailable }
        guard seed.count == 32 else { throw .invalidKey }
        var publicKey = [UInt8](repeating: 0, count: 32)
        var secretKey = [UInt8](repeating: 0, count: 64)
        seed.withPointer { _ = crypto_sign_seed_keypair(&publicKey, &secretKey, $0) }
        material = .ed25519(SecretBytes(wiping: &secretKey))
        verifyingKey = try VerifyingKey(algorithm: .ed25519, raw: publicKey)
    }

    private init(_ key: P256.Signing.PrivateKey) throws(CryptoFailure) {
        material = .es256(key)
        verifyingKey = try VerifyingKey(algorithm: .es256, raw: Array(key.publicKey.x963Representation))
    }

    /// The 64 bytes of a signature over some bytes, in the form JOSE wants.
    ///
    /// - Throws: `unavailable` when the crypto library fails.
    package func sign(_ message: [UInt8]) throws(CryptoFailure) -> [UInt8] {
        switch material {
        case .ed25519(let secretKey):
            var signature = [UInt8](repeating: 0, count: 64)
            secretKey.withPointer { _ = crypto_sign_detached(&signature, nil, message, UInt64(message.count), $0) }
            return signature
        case .es256(let key):
            do { return Array(try key.signature(for: message).rawRepresentation) } catch { throw .unavailable }
        }
    }

    /// The key as PEM `PRIVATE KEY` (PKCS#8), to be written to a file of mode 0600 and nowhere else.
    package var pem: SecretBytes {
        var der =
            switch material {
            case .ed25519(let secretKey):
                secretKey.withUnsafeBytes { KeyEncoding.pkcs8(ed25519Seed: UnsafeRawBufferPointer(rebasing: $0[..<32])) }
            case .es256(let key):
                key.rawRepresentation.withUnsafeBytes { KeyEncoding.pkcs8(p256Scalar: $0, publicPoint: verifyingKey.raw) }
            }
        defer { der.wipe() }
        var text = PEMBlock.encode(der, label: "PRIVATE KEY")
        return SecretBytes(wiping: &text)
    }
}

extension SigningKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "private half of \(verifyingKey)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: EmptyCollection()) }
}
