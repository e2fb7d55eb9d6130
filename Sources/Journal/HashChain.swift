import LockCrypto
import LockModel

/// The hash chain over records (`decisions`, Records and journal; domain separation as in RFC 6962 section 2.1).
///
/// d = SHA-256(salt ‖ R); leaf = SHA-256(0x00 ‖ d); headₙ = SHA-256(0x02 ‖ headₙ₋₁ ‖ leafₙ); head₀ is 32 zero bytes. Erasing a record's salt and
/// content leaves d, so the chain still verifies and says nothing of what was erased.
enum HashChain {
    static let saltLength = 32

    /// d of a record's content.
    static func digest(salt: [UInt8], content: [UInt8]) -> [UInt8] { digest(salted: salt + content) }

    /// d of salt ‖ content.
    static func digest(salted: [UInt8]) -> [UInt8] { sha256(salted) }

    /// The head after a record.
    static func head(after previous: [UInt8], digest: [UInt8]) -> [UInt8] {
        let leaf = sha256([0x00] + digest)
        return sha256([0x02] + previous + leaf)
    }
}
