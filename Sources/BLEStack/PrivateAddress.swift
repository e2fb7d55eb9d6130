import LockCrypto

extension BluetoothAddress {
    /// Whether a device with that identity resolving key made the address up (Core 5.4, Vol 6 Part B 1.3.2.3; Vol 3 Part H 2.2.2).
    ///
    /// - Parameter key: 16 bytes, most significant first.
    package func isPrivateAddress(of key: SecretBytes) -> Bool {
        guard isResolvable else { return false }
        let prand = bits >> 24
        var block = [UInt8](repeating: 0, count: 13)
        for shift in [16, 8, 0] as [UInt64] { block.append(UInt8(truncatingIfNeeded: prand >> shift)) }
        guard let enciphered = try? AESBlock.encrypt(block, key: key) else { return false }
        let hash = enciphered[13...].reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
        return hash == bits & 0xFF_FFFF
    }
}
