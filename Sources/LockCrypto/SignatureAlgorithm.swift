/// How a key signs; a key has one algorithm for life (`trust`, Tokens).
package enum SignatureAlgorithm: String, Sendable, CaseIterable {
    /// Ed25519 (RFC 8032, RFC 9864): 32-byte keys, 64-byte signatures, the same each time.
    case ed25519 = "Ed25519"
    /// ECDSA on P-256 with SHA-256 (RFC 7518 section 3.4): 65-byte uncompressed points, signatures r ‖ s of 64 bytes.
    case es256 = "ES256"
}
