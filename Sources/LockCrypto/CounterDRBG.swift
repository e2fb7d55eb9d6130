/// CTR_DRBG with AES-128 and without derivation function (NIST SP 800-90A, 10.2.1), for protocols in which both sides draw the same numbers from a
/// shared seed. For randomness of one's own there is ``randomBytes(_:)``.
///
/// A value type: whoever copies it draws the same numbers twice, which is how one looks ahead.
package struct CounterDRBG: Sendable {
    /// Bytes of a seed: a key and a counter.
    package static let seedLength = 32

    private var key: SecretBytes
    private var counter: [UInt8]

    /// Begins with a seed of 32 bytes, the personalization already in it.
    /// - Throws: `wrongLength` for another length.
    package init(seed: [UInt8]) throws(CryptoFailure) {
        var zero = [UInt8](repeating: 0, count: AESBlock.length)
        counter = zero
        key = SecretBytes(wiping: &zero)
        try update(seed)
    }

    /// The next bytes.
    /// - Throws: `unavailable`.
    package mutating func generate(_ count: Int) throws(CryptoFailure) -> [UInt8] {
        var result: [UInt8] = []
        while result.count < count { result += try nextBlock() }
        try update([UInt8](repeating: 0, count: Self.seedLength))
        return Array(result.prefix(count))
    }

    /// Mixes 32 bytes in (10.2.1.2); a reseeding without additional input is just this (10.2.1.4.1).
    mutating func update(_ data: [UInt8]) throws(CryptoFailure) {
        guard data.count == Self.seedLength else { throw .wrongLength }
        var next = try nextBlock() + nextBlock()
        for place in next.indices { next[place] ^= data[place] }
        counter = Array(next[AESBlock.length...])
        var newKey = Array(next[..<AESBlock.length])
        next.wipe()
        key = SecretBytes(wiping: &newKey)
    }

    private mutating func nextBlock() throws(CryptoFailure) -> [UInt8] {
        for place in counter.indices.reversed() {
            counter[place] &+= 1
            if counter[place] != 0 { break }
        }
        return try AESBlock.encrypt(counter, key: key)
    }
}

extension CounterDRBG: CustomStringConvertible, CustomReflectable {
    package var description: String { "generator" }
    package var customMirror: Mirror { Mirror(self, children: EmptyCollection()) }
}
