import LockCrypto
import WireBytes

/// What opens a lock: the offline key and the slot it is in, both from the owner's account, and both changed by it from time to time.
package struct AugustCredentials: Sendable {
    package let key: SecretBytes
    package let slot: UInt8

    package init(key: SecretBytes, slot: UInt8) {
        self.key = key
        self.slot = slot
    }

    /// Reads 32 hexadecimal digits and a slot from 0 to 255; `nil` for anything else.
    package init?(key text: String, slot: String) {
        let digits = text.filter { $0 != " " && $0 != "-" }.lowercased()
        guard var bytes = try? Hex.decode(digits), bytes.count == AugustFrame.blockLength else { return nil }
        key = SecretBytes(wiping: &bytes)
        guard let slot = UInt8(slot) else { return nil }
        self.slot = slot
    }

    /// Reads both in one: `00112233445566778899aabbccddeeff:1`.
    package init?(text: String) {
        let parts = text.split(separator: ":")
        guard parts.count == 2 else { return nil }
        self.init(key: String(parts[0]), slot: String(parts[1]))
    }

    /// The key as it is kept, sealed by the core.
    package var keyDigits: String { key.withUnsafeBytes { Hex.encode(Array($0)) } }
}
