import Crypto

/// The 32 bytes of SHA-256 (FIPS 180-4).
package func sha256(_ bytes: [UInt8]) -> [UInt8] { Array(SHA256.hash(data: bytes)) }

/// SHA-256 over bytes that come piece by piece.
package struct IncrementalSHA256 {
    private var state = SHA256()

    package init() {}

    /// Appends bytes.
    package mutating func update(_ bytes: [UInt8]) { state.update(data: bytes) }

    /// The 32 bytes of everything appended so far; more may follow.
    package func finish() -> [UInt8] { Array(state.finalize()) }
}
