import LockCrypto

extension SecretBytes {
    /// A copy for a computation, which overwrites it when done.
    func withBytes<Result>(_ body: ([UInt8]) throws(CryptoFailure) -> Result) throws(CryptoFailure) -> Result {
        var bytes = withUnsafeBytes { Array($0) }
        defer { _ = SecretBytes(wiping: &bytes) }
        return try body(bytes)
    }

    /// A secret made of bytes that are no longer needed.
    static func taking(_ bytes: consuming [UInt8]) -> SecretBytes { SecretBytes(wiping: &bytes) }
}

extension [UInt8] {
    /// The same byte so many times.
    static func filled(_ byte: UInt8, _ count: Int = AESBlock.length) -> [UInt8] { [UInt8](repeating: byte, count: count) }
    static func ^ (left: [UInt8], right: [UInt8]) -> [UInt8] { zip(left, right).map { $0 ^ $1 } }
}
