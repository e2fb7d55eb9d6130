import CSodium

/// libsodium, set up before its first use.
enum Sodium {
    /// Whether it may be used. Setting it up twice, or from two threads at once, is harmless.
    static let isReady = sodium_init() >= 0
}

/// Bytes nobody can foresee, from the kernel (`getrandom`).
package func randomBytes(_ count: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    randombytes_buf(&bytes, count)
    return bytes
}

extension [UInt8] {
    /// Overwrites the bytes with zeros in a way the compiler keeps; copies made elsewhere are not reached.
    mutating func wipe() {
        withUnsafeMutableBytes { sodium_memzero($0.baseAddress, $0.count) }
    }
}
