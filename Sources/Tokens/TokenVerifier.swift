import LockCrypto
import LockModel

/// Checks a parsed token's signature: the one expensive check, run by a worker.
package enum TokenVerifier {
    /// Returns when this key signed the token.
    ///
    /// The caller has found the key by the envelope's `keyID` among the issuer's active keys; who the issuer is and whether
    /// the key counts now is not looked at here.
    ///
    /// - Throws: ``TokenRefusal`` with `malformed` when `alg` is not the key's kind, `badSignature` when it did not sign this.
    package static func verify(_ envelope: TokenEnvelope, with key: VerifyingKey) throws(TokenRefusal) {
        guard SignatureAlgorithm(envelope.algorithm) == key.algorithm else {
            let detail = "header alg is not \(key.algorithm.rawValue), which the key is for"
            throw TokenRefusal(reason: .malformed, detail: detail, id: envelope.id)
        }
        guard envelope.signature.count == 64 else {
            let detail = "the signature has \(envelope.signature.count) bytes, not the 64 of JOSE"
            throw TokenRefusal(reason: .badSignature, detail: detail, id: envelope.id)
        }
        guard key.isValidSignature(envelope.signature, for: envelope.signingInput) else {
            throw TokenRefusal(reason: .badSignature, detail: "the signature does not verify with the key named by kid", id: envelope.id)
        }
    }
}
