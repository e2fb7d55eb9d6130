import LockCrypto
import LockModel
import WireBytes

extension Digest {
    /// SHA-256 of some bytes: a token's hash over its signing input, or a reply's `digest` over a whole payload.
    package init(hashing bytes: [UInt8]) {
        // SHA-256 always gives the 32 bytes that a digest takes.
        self = Digest(sha256(bytes)) ?? .zero
    }

    /// The 43 characters of base64url that `grantHash` quotes; elsewhere digests are hexadecimal.
    package var base64URL: String { Base64URL.encode(bytes) }
}
