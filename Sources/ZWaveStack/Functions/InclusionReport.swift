import WireBytes

/// A step of a node's way into or out of the network (0x4A and 0x4B, the callbacks).
package struct InclusionReport: Equatable, Sendable {
    package enum Status: UInt8, Sendable {
        case ready = 1
        case found = 2
        case endNode = 3
        case controller = 4
        case protocolDone = 5
        case done = 6
        case failed = 7
        /// The controller is in the middle of something else.
        case notPrimary = 0x23
    }

    package let callback: UInt8
    package let status: Status
    package let node: NodeID
    /// Basic, generic and specific class, then the command classes.
    package let information: [UInt8]

    /// - Throws: ``ByteFault``: truncated, or a status that is none.
    package init(_ payload: [UInt8], _ width: NodeIDWidth) throws(ByteFault) {
        var reader = ByteReader(payload)
        callback = try reader.byte()
        let byte = try reader.byte()
        guard let status = Status(rawValue: byte) else { throw .invalid(offset: 1, "status \(byte)") }
        self.status = status
        node = reader.remaining >= Int(width.rawValue) ? try width.read(&reader) : NodeID(rawValue: 0)
        information = reader.remaining > 0 ? try reader.take(Int(try reader.byte())) : []
    }
}

/// How nodes are let in or out: the first byte of 0x4A and 0x4B.
package struct InclusionMode: Equatable, Sendable {
    package let rawValue: UInt8
    private init(_ rawValue: UInt8) { self.rawValue = rawValue }

    /// Any node, at full power and through other nodes.
    package static let any = Self(0x01 | 0x80 | 0x40)
    package static let stop = Self(0x05)
    /// The one with the given key, of the provisioning list.
    package static let smartStart = Self(0x08 | 0x80 | 0x40)
    /// Whichever asks; told as ``ApplicationUpdate``.
    package static let smartStartListening = Self(0x09 | 0x80 | 0x40)
}

/// What became of a failed node that was to be removed (0x61).
package enum FailedNodeRemoval: UInt8, Sendable {
    /// It answers, so it stays.
    case nodeIsWell = 0
    case removed = 1
    case notRemoved = 2
}
