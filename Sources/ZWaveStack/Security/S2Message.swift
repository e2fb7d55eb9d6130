import LockCrypto
import WireBytes

/// A Security 2 message as it travels (SDS13783, "Message Encapsulation").
package struct S2Message: Equatable, Sendable {
    /// What stands beside the command.
    package struct Extension: Equatable, Sendable {
        package let type: UInt8
        package let isCritical: Bool
        package let body: [UInt8]

        package static let entropy: UInt8 = 1
        package static let multicastState: UInt8 = 2
        package static let multicastGroup: UInt8 = 3
        package static let multicastLost: UInt8 = 4

        package init(type: UInt8, isCritical: Bool, body: [UInt8]) {
            self.type = type
            self.isCritical = isCritical
            self.body = body
        }

        func bytes(isLast: Bool) -> [UInt8] {
            [UInt8(body.count + 2), (isLast ? 0 : 0x80) | (isCritical ? 0x40 : 0) | type] + body
        }

        /// Reads one and whether another follows.
        static func read(_ reader: inout ByteReader) throws(ByteFault) -> (Extension, hasMore: Bool) {
            let length = Int(try reader.byte())
            guard length >= 2 else { throw .invalid(offset: reader.offset, "an extension of \(length) bytes") }
            let kind = try reader.byte()
            return (
                Extension(type: kind & 0x3F, isCritical: kind & 0x40 != 0, body: try reader.take(length - 2)), kind & 0x80 != 0
            )
        }
    }

    package let sequence: UInt8
    package let extensions: [Extension]
    /// Whether more extensions are inside.
    package let hasSealedExtensions: Bool
    /// The text and its tag.
    package let sealed: [UInt8]
    /// Everything before it, as it came: authenticated with it.
    package let head: [UInt8]

    /// The sender's entropy, where it begins a new sequence of nonces.
    package var entropy: [UInt8]? {
        extensions.first { $0.type == Extension.entropy && $0.body.count == S2NonceSequence.entropyLength }?.body
    }

    /// - Throws: ``ByteFault``.
    package init(_ bytes: [UInt8]) throws(ByteFault) {
        var reader = ByteReader(bytes)
        guard try reader.byte() == 0x9F, try reader.byte() == 0x03 else { throw .invalid(offset: 0, "no sealed message") }
        sequence = try reader.byte()
        let flags = try reader.byte()
        hasSealedExtensions = flags & 0x02 != 0
        var found: [Extension] = []
        var hasMore = flags & 0x01 != 0
        while hasMore {
            let (next, more) = try Extension.read(&reader)
            found.append(next)
            hasMore = more
        }
        extensions = found
        head = Array(bytes[..<reader.offset])
        guard reader.remaining >= AESCCM.tagLength else { throw .truncated(offset: bytes.count) }
        sealed = reader.rest()
    }

    /// Seals a command.
    /// - Throws: ``CryptoFailure``.
    package static func seal(
        _ command: [UInt8], sequence: UInt8, entropy: [UInt8]?, nonce: [UInt8], _ keys: S2Keys, _ route: S2Route
    ) throws(CryptoFailure) -> [UInt8] {
        let extensions = entropy.map { Extension(type: Extension.entropy, isCritical: true, body: $0).bytes(isLast: true) } ?? []
        let head: [UInt8] = [0x9F, 0x03, sequence, extensions.isEmpty ? 0 : 1] + extensions
        let associated = route.associated(head, length: head.count + command.count + AESCCM.tagLength)
        return head + (try AESCCM.seal(command, nonce: nonce, associated: associated, key: keys.sealing))
    }

    /// Opens it: the command, without the extensions that were sealed with it.
    /// - Throws: `notAuthentic` for another nonce, key, route or text.
    package func open(nonce: [UInt8], _ keys: S2Keys, _ route: S2Route) throws(CryptoFailure) -> S2Content {
        let associated = route.associated(head, length: head.count + sealed.count)
        let plain = try AESCCM.open(sealed, nonce: nonce, associated: associated, key: keys.sealing)
        var reader = ByteReader(plain)
        var inside: [Extension] = []
        var hasMore = hasSealedExtensions
        while hasMore {
            // Authentic and malformed all the same: the peer's mistake, whose command is not obeyed.
            guard let (next, more) = try? Extension.read(&reader) else {
                return S2Content(command: [], extensions: extensions, isWhole: false)
            }
            inside.append(next)
            hasMore = more
        }
        return S2Content(command: reader.rest(), extensions: extensions + inside, isWhole: true)
    }
}

/// What was inside an authentic message.
package struct S2Content: Equatable, Sendable {
    package let command: [UInt8]
    package let extensions: [S2Message.Extension]
    let isWhole: Bool

    /// A message with a critical extension that we do not know is not obeyed.
    package var isUnderstood: Bool {
        isWhole && extensions.allSatisfy { !$0.isCritical || $0.type == S2Message.Extension.entropy }
    }
}

/// From whom to whom, in which network: authenticated with every message.
package struct S2Route: Equatable, Sendable {
    package let source: NodeID
    package let destination: NodeID
    package let home: [UInt8]

    package init(from source: NodeID, to destination: NodeID, home: [UInt8]) {
        self.source = source
        self.destination = destination
        self.home = home
    }

    /// What is authenticated beside the text: nodes, network, the whole length, and all of the head but its command class and command.
    func associated(_ head: [UInt8], length: Int) -> [UInt8] {
        let width: NodeIDWidth = source.isLongRange || destination.isLongRange ? .sixteen : .eight
        return width.bytes(source) + width.bytes(destination) + home
            + [UInt8(truncatingIfNeeded: length >> 8), UInt8(truncatingIfNeeded: length)] + head.dropFirst(2)
    }
}
