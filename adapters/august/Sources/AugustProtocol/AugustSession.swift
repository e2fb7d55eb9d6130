import LockCrypto

/// A session's cipher: AES-128-CBC from a zero vector, one stream each way that goes on for the life of the link.
///
/// Each frame is ciphered over the one before it, so that nothing may be said twice: what is lost, repeated or cut puts the stream out of step, and what
/// follows is noise to the other side. A frame that does not open is therefore the end of the session: ``isOver`` from then on, and only another link helps.
package struct AugustSession: Sendable {
    package enum Failure: Error, Equatable, Sendable {
        /// A frame that is none under this stream.
        case damaged(AugustFrame.Fault)
        /// Nothing more can be said or heard.
        case over
        /// The cryptographic library failed.
        case crypto
    }

    private let key: SecretBytes
    private var outward = [UInt8](repeating: 0, count: AugustFrame.blockLength)
    private var inward = [UInt8](repeating: 0, count: AugustFrame.blockLength)
    package private(set) var isOver = false

    package init(key: SecretBytes) { self.key = key }

    /// Ciphers the next frame; it has to be written, and once.
    package mutating func seal(_ frame: AugustFrame) throws(Failure) -> [UInt8] {
        guard !isOver else { throw .over }
        let block = zip(frame.bytes, outward).map { $0 ^ $1 }
        do { outward = try AESBlock.encrypt(block, key: key) } catch {
            isOver = true
            throw .crypto
        }
        return outward + frame.bytes[AugustFrame.blockLength...]
    }

    /// Deciphers the next frame of the lock's.
    package mutating func open(_ bytes: [UInt8]) throws(Failure) -> AugustFrame {
        guard !isOver else { throw .over }
        // By its length alone it is refused before it is deciphered.
        guard bytes.count == AugustFrame.length else { throw end(.damaged(.length)) }
        let ciphered = Array(bytes[..<AugustFrame.blockLength])
        let clear: [UInt8]
        do { clear = try AESBlock.decrypt(ciphered, key: key) } catch { throw end(.crypto) }
        let joined = zip(clear, inward).map { $0 ^ $1 } + bytes[AugustFrame.blockLength...]
        inward = ciphered
        do { return try AugustFrame(joined) } catch { throw end(.damaged(error)) }
    }

    /// The goodbye of this session; it goes to the security channel.
    package func goodbye() throws(AugustHandshake.Failure) -> [UInt8] { try AugustHandshake.goodbye(key) }

    private mutating func end(_ failure: Failure) -> Failure {
        isOver = true
        return failure
    }
}
