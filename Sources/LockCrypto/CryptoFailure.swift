/// Why a cryptographic step could not be done. Says the kind only: nothing of keys or contents, so it may be logged.
package enum CryptoFailure: Error, Equatable, Sendable {
    /// The text is not exactly one PEM block of the label asked for (RFC 7468).
    case notPEM
    /// A key of another kind than Ed25519 or P-256, or in another form than PKCS#8, SPKI or JWK; make one of these.
    case unsupportedKey
    /// The bytes are not a usable key of that kind: wrong length, not on the curve, or of small order.
    case invalidKey
    /// A length that the algorithm does not take: a fault of the caller.
    case wrongLength
    /// Sealed bytes that were changed, cut, or sealed with another key or other associated data.
    case notAuthentic
    /// The library refused to work.
    case unavailable
}
