import CSodium

/// Whether two texts of bytes are the same, in a time that tells nothing of where they differ; of their lengths it does.
package func isSame(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    left.count == right.count && sodium_memcmp(left, right, left.count) == 0
}
