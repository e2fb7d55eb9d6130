import LockCrypto
import LockModel
import WireBytes

/// The keys that seal records' content and hide numbers, all derived from the 32 bytes of `keys/seal`.
package struct JournalKeys: Sendable {
    /// Seals what belongs to no resident, and the residents' own keys.
    let site: SecretBytes
    /// Seals the rows that tell what a household has: its doors, grants and deliveries.
    let rows: SecretBytes
    /// Makes opaque ids from integers.
    let ids: SecretBytes

    /// Derives the keys.
    /// - Throws: `CryptoFailure` when `seal` has not 32 bytes' worth of length.
    package init(seal: SecretBytes) throws(CryptoFailure) {
        site = try HKDFSHA256.derive(from: seal, salt: [], info: Array("lockbridge journal site v1".utf8), count: 32)
        rows = try HKDFSHA256.derive(from: seal, salt: [], info: Array("lockbridge journal rows v1".utf8), count: 32)
        ids = try HKDFSHA256.derive(from: seal, salt: [], info: Array("lockbridge ids v1".utf8), count: 32)
    }
}

/// Opaque outside names of inside integers: base32(HMAC-SHA-256(idKey, kind ‖ integer)), 26 characters; stable over replay, counting nothing.
package struct OpaqueIDs: Sendable {
    private let key: SecretBytes

    package init(_ keys: JournalKeys) { key = keys.ids }

    /// The name of an operation, as adapters and consumers see it.
    package func name(of operation: OperationNumber) -> String { name("operation", operation.value) }

    /// The name of an event by its record's number.
    package func name(ofEvent record: Int64) -> String { name("event", record) }

    private func name(_ kind: String, _ number: Int64) -> String {
        var message = Array(kind.utf8)
        message.append(0)
        for place in 0..<8 { message.append(UInt8(truncatingIfNeeded: number >> (56 - 8 * place))) }
        // 17 bytes are 28 characters, of which 26 make the name.
        return String(Base32.encode(HMACSHA256.authenticate(message, key: key)[..<17]).prefix(26))
    }
}
