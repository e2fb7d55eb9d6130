import LockCrypto
import LockModel
import WireBytes

/// What the gateway remembers of its journal outside of it: how far it was, and with which head, signed by the gateway's key.
///
/// It may lag behind the journal, and is never ahead of it. A journal that does not reach its anchor, or has another head there, is not the one the
/// gateway wrote: an older copy, or a changed one (`decisions`, Records and journal).
///
/// Does not show that journal and anchor were rolled back together; that shows against a head kept elsewhere.
package struct Anchor: Sendable, Equatable {
    /// Why bytes are no anchor of this gateway.
    package enum Refusal: Error, Sendable, Equatable {
        /// Not the form of an anchor.
        case unreadable
        /// Signed by nobody, or by another key, or changed.
        case forged
    }

    package let mark: JournalMark
    private let signature: [UInt8]

    /// The longest file that is read.
    package static let maximumBytes = 1024

    /// Signs a point that is durable.
    /// - Throws: `CryptoFailure` when the crypto library fails.
    package init(_ mark: JournalMark, signedBy key: SigningKey) throws(CryptoFailure) {
        self.mark = mark
        signature = try key.sign(Anchor.signedBytes(mark))
    }

    /// Reads an anchor and believes it only with this key's signature.
    package init(_ bytes: [UInt8], signedBy key: VerifyingKey) throws(Refusal) {
        guard let file = try? StrictJSON.decode(File.self, from: StrictJSON.parse(bytes, maximumDepth: 2)), file.v == 1,
            let signature = try? Base64URL.decode(file.signature)
        else { throw .unreadable }
        mark = JournalMark(number: file.n, head: file.head)
        self.signature = signature
        guard file.n >= 0, key.isValidSignature(signature, for: Anchor.signedBytes(mark)) else { throw .forged }
    }

    /// The file's bytes.
    package var encoded: [UInt8] {
        let text = """
            {"v":1,"n":\(mark.number),"head":"\(mark.head)","signature":"\(Base64URL.encode(signature))"}

            """
        return Array(text.utf8)
    }

    private struct File: Decodable {
        var v: Int
        var n: Int64
        var head: Digest
        var signature: String
    }

    /// `lockbridge anchor v1`, a zero byte, n as 8 bytes, the head's 32.
    private static func signedBytes(_ mark: JournalMark) -> [UInt8] {
        Array("lockbridge anchor v1".utf8) + [0] + SealingKeys.associatedData(mark.number) + mark.head.bytes
    }
}
