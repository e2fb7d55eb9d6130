import LockCrypto
import WireBytes

/// The handshake: both sides prove by their random bytes that they know the offline key, and those bytes become the session's key.
///
/// Inputs are the lock's frames, effects the frames to write. AES-128 block by block; the checksum is four bytes at 12 that bring the first three words to
/// zero. `01` with eight bytes of ours under the offline key, `02` with eight of the lock's, `03` and `04` under what both make together.
///
/// What must never break: a session comes out only after an answer that is whole under the session's key, and a session's key is never used twice.
package struct AugustHandshake: Sendable {
    /// What is to be done next.
    package enum Step: Sendable {
        case write([UInt8])
        case done(AugustSession)
    }

    /// Why it failed: nothing follows, and the link is of no use.
    package enum Failure: Error, Equatable, Sendable {
        /// Not a frame of the handshake under the key it should be under: another key, or damaged.
        case notAuthentic
        /// Something that may not come now.
        case outOfTurn(UInt8)
        /// The cryptographic library failed.
        case crypto
    }

    private enum State: Sendable {
        case exchanging
        case initializing(SecretBytes)
        case over
    }

    private static let randomLength = 8
    private let credentials: AugustCredentials
    private var first: [UInt8]
    private let second: [UInt8]
    private var state = State.exchanging

    /// - Parameter random: 16 fresh bytes; given for tests alone.
    package init(_ credentials: AugustCredentials, random: [UInt8] = randomBytes(2 * randomLength)) {
        self.credentials = credentials
        first = Array(random.prefix(Self.randomLength))
        second = Array(random.dropFirst(Self.randomLength).prefix(Self.randomLength))
    }

    /// The first frame.
    package func begin() throws(Failure) -> [UInt8] { try Self.seal(0x01, first, slot: credentials.slot, key: credentials.key) }

    /// Takes a frame of the lock's.
    package mutating func take(_ bytes: [UInt8]) throws(Failure) -> Step {
        let before = state
        state = .over
        switch before {
        case .exchanging:
            let clear = try Self.open(bytes, key: credentials.key)
            guard clear[0] == 0x02 else { throw .outOfTurn(clear[0]) }
            var joined = first + clear[4..<(4 + Self.randomLength)]
            let key = SecretBytes(wiping: &joined)
            state = .initializing(key)
            return .write(try Self.seal(0x03, second, slot: credentials.slot, key: key))
        case .initializing(let key):
            let clear = try Self.open(bytes, key: key)
            guard clear[0] == 0x04 else { throw .outOfTurn(clear[0]) }
            return .done(AugustSession(key: key))
        case .over: throw .outOfTurn(bytes.first ?? 0)
        }
    }

    /// The last word of a link, under its session's key.
    package static func goodbye(_ key: SecretBytes) throws(Failure) -> [UInt8] { try seal(0x05, [], slot: 0, key: key) }

    // MARK: - Frames

    /// A frame of the handshake under a key; the lock's side too, for tests.
    package static func seal(_ opcode: UInt8, _ payload: [UInt8], slot: UInt8, key: SecretBytes) throws(Failure) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: AugustFrame.blockLength)
        block[0] = opcode
        for (offset, byte) in payload.prefix(randomLength).enumerated() { block[4 + offset] = byte }
        block.replaceSubrange(12..<16, with: checksum(block))
        do { return try AESBlock.encrypt(block, key: key) + [0x0F, slot] } catch { throw .crypto }
    }

    /// The 16 bytes in clear of a frame under a key.
    package static func open(_ bytes: [UInt8], key: SecretBytes) throws(Failure) -> [UInt8] {
        guard bytes.count == AugustFrame.length else { throw .notAuthentic }
        let clear: [UInt8]
        do { clear = try AESBlock.decrypt(Array(bytes[..<AugustFrame.blockLength]), key: key) } catch { throw .crypto }
        guard Array(clear[12..<16]) == checksum(clear) else { throw .notAuthentic }
        return clear
    }

    private static func checksum(_ block: [UInt8]) -> [UInt8] {
        var sum: UInt32 = 0
        for place in stride(from: 0, to: 12, by: 4) {
            sum &+= block[place..<place + 4].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        }
        var bytes: [UInt8] = []
        bytes.append(littleEndian: UInt64(0 &- sum), bytes: 4)
        return bytes
    }
}
