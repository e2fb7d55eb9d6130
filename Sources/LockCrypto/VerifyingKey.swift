import CSodium
import Crypto
import WireBytes

/// A public key that signatures are checked with.
///
/// Holding one means the key is sound: an Ed25519 point of the prime-order group in its canonical form, or a P-256 point on
/// the curve.
package struct VerifyingKey: Sendable {
    private enum Prepared: Sendable {
        case ed25519
        case es256(P256.Signing.PublicKey)
    }

    /// The one algorithm the key is for.
    package let algorithm: SignatureAlgorithm
    /// 32 bytes for Ed25519 (RFC 8032 section 5.1.5); for ES256 the uncompressed X9.63 point of 65 bytes, 0x04 first.
    package let raw: [UInt8]
    private let prepared: Prepared

    /// Takes a raw key in the form of ``raw``.
    ///
    /// - Throws: `invalidKey` when it is no sound key; the caller refuses to enrol it.
    package init(algorithm: SignatureAlgorithm, raw: [UInt8]) throws(CryptoFailure) {
        switch algorithm {
        case .ed25519:
            guard Sodium.isReady else { throw .unavailable }
            guard raw.count == 32, crypto_core_ed25519_is_valid_point(raw) == 1 else { throw .invalidKey }
            prepared = .ed25519
        case .es256:
            guard raw.count == 65, let key = try? P256.Signing.PublicKey(x963Representation: raw) else { throw .invalidKey }
            prepared = .es256(key)
        }
        self.algorithm = algorithm
        self.raw = raw
    }

    /// Reads a PEM `PUBLIC KEY`, as `openssl pkey -pubout` writes it.
    ///
    /// - Throws: `notPEM`, `unsupportedKey` (also for a compressed point) or `invalidKey`.
    package init(pem: String) throws(CryptoFailure) {
        let der = try PEMBlock.decode(Array(pem.utf8), label: "PUBLIC KEY")
        guard let (algorithm, raw) = KeyEncoding.publicKey(inSubjectPublicKeyInfo: der) else { throw .unsupportedKey }
        try self.init(algorithm: algorithm, raw: raw)
    }

    /// Reads a JWK (RFC 7517, RFC 8037 section 2); members that do not belong to the key itself are ignored.
    ///
    /// - Throws: `unsupportedKey` for another `kty` or `crv` and for one that carries a private key, `invalidKey` otherwise.
    package init(jwk: JSONObject) throws(CryptoFailure) {
        guard jwk["d"] == nil else { throw .unsupportedKey }
        func coordinate(_ name: String) throws(CryptoFailure) -> [UInt8] {
            guard let text = jwk[name]?.string, let bytes = try? Base64URL.decode(text), bytes.count == 32 else { throw .invalidKey }
            return bytes
        }
        switch (jwk["kty"], jwk["crv"]) {
        case ("OKP", "Ed25519"): try self.init(algorithm: .ed25519, raw: coordinate("x"))
        case ("EC", "P-256"): try self.init(algorithm: .es256, raw: [0x04] + coordinate("x") + coordinate("y"))
        default: throw .unsupportedKey
        }
    }

    /// Whether this key signed these bytes.
    ///
    /// Ed25519 is checked as libsodium does: S below the group order, no small-order points, canonical encodings. ES256 takes
    /// exactly 64 bytes r ‖ s, any s of 1 … n−1; so a signature has a twin, and is no name for what it signs.
    package func isValidSignature(_ signature: [UInt8], for message: [UInt8]) -> Bool {
        guard signature.count == 64 else { return false }
        switch prepared {
        case .ed25519:
            return crypto_sign_verify_detached(signature, message, UInt64(message.count), raw) == 0
        case .es256(let key):
            guard let parsed = try? P256.Signing.ECDSASignature(rawRepresentation: signature) else { return false }
            return key.isValidSignature(parsed, for: message)
        }
    }

    /// The key as PEM `PUBLIC KEY`.
    package var pem: String {
        String(decoding: PEMBlock.encode(KeyEncoding.subjectPublicKeyInfo(algorithm, raw: raw), label: "PUBLIC KEY"), as: UTF8.self)
    }

    /// The key as a JWK: only the members that make the key, in the order RFC 7638 hashes them.
    package var jwk: JSONObject {
        switch algorithm {
        case .ed25519: ["crv": "Ed25519", "kty": "OKP", "x": .string(Base64URL.encode(raw))]
        case .es256:
            [
                "crv": "P-256", "kty": "EC", "x": .string(Base64URL.encode(Array(raw[1..<33]))),
                "y": .string(Base64URL.encode(Array(raw[33...]))),
            ]
        }
    }

    /// The JWK thumbprint with SHA-256 (RFC 7638), 43 characters of base64url: the key's name, `kid` in tokens.
    package var thumbprint: String {
        // A JWK of strings always has a text; the hash of nothing would match no key.
        Base64URL.encode(sha256((try? StrictJSON.encode(JSONValue.object(jwk))) ?? []))
    }
}

extension VerifyingKey: Hashable, CustomStringConvertible {
    package static func == (left: VerifyingKey, right: VerifyingKey) -> Bool {
        left.algorithm == right.algorithm && left.raw == right.raw
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(raw) }

    package var description: String { "\(algorithm.rawValue) key \(thumbprint)" }
}
