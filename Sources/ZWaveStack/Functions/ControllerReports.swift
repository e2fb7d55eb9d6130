import WireBytes

// What a controller says of itself. Later firmware adds fields at the end of most answers, so bytes that follow the known ones are left unread.

/// What it can do, and whose it is (0x07).
package struct SerialCapabilities: Equatable, Sendable {
    package let firmware: (major: UInt8, minor: UInt8)
    package let manufacturer: UInt16
    package let productType: UInt16
    package let productID: UInt16
    package let functions: Set<SerialFunction>

    /// - Throws: ``ByteFault/truncated(offset:)``.
    package init(_ payload: [UInt8]) throws(ByteFault) {
        var reader = ByteReader(payload)
        firmware = (try reader.byte(), try reader.byte())
        manufacturer = try reader.bigEndian16()
        productType = try reader.bigEndian16()
        productID = try reader.bigEndian16()
        functions = Set(try reader.take(32).numbers(from: 1).filter { $0 <= 0xFF }.map { SerialFunction(rawValue: UInt8($0)) })
    }

    package static func == (left: Self, right: Self) -> Bool {
        left.firmware == right.firmware && left.manufacturer == right.manufacturer && left.productType == right.productType
            && left.productID == right.productID && left.functions == right.functions
    }
}

/// The nodes it knows, and its place among controllers (0x02).
package struct InitialData: Equatable, Sendable {
    /// Whether it speaks for a slave device and not for a controller.
    package let isEndNode: Bool
    /// Whether another controller is the primary one, so that nothing can be included through this one.
    package let isSecondary: Bool
    package let isSIS: Bool
    package let nodes: [NodeID]
    /// Chip and its version, where told.
    package let chip: (type: UInt8, version: UInt8)?

    /// - Throws: ``ByteFault``: truncated, or a mask that is not the 29 bytes of 232 nodes.
    package init(_ payload: [UInt8]) throws(ByteFault) {
        var reader = ByteReader(payload)
        let version = try reader.byte()
        let capabilities = try reader.byte()
        // From version 10 on two bits mean the opposite of what they meant before.
        let isNew = version >= 10
        isEndNode = (capabilities & 0x01 != 0) != isNew
        isSecondary = (capabilities & 0x04 != 0) != isNew
        isSIS = capabilities & 0x08 != 0
        let length = try reader.byte()
        guard length == 29 else { throw .invalid(offset: 2, "a mask of \(length) bytes") }
        nodes = try reader.take(29).numbers(from: 1).map(NodeID.init(rawValue:))
        chip = reader.remaining >= 2 ? (try reader.byte(), try reader.byte()) : nil
    }

    package static func == (left: Self, right: Self) -> Bool {
        left.isEndNode == right.isEndNode && left.isSecondary == right.isSecondary && left.isSIS == right.isSIS && left.nodes == right.nodes
            && left.chip?.type == right.chip?.type && left.chip?.version == right.chip?.version
    }
}

/// The network it belongs to (0x20).
package struct NetworkIdentity: Equatable, Sendable {
    /// The home id, most significant byte first.
    package let home: [UInt8]
    /// Its own number.
    package let node: NodeID

    package init(home: [UInt8], node: NodeID) {
        self.home = home
        self.node = node
    }

    /// - Throws: ``ByteFault/truncated(offset:)``.
    package init(_ payload: [UInt8], _ width: NodeIDWidth) throws(ByteFault) {
        var reader = ByteReader(payload)
        home = try reader.take(4)
        node = try width.read(&reader)
    }
}

/// The library it runs (0x15).
package struct LibraryVersion: Equatable, Sendable {
    /// Such as `Z-Wave 7.18`; what is no printable ASCII is left out.
    package let name: String
    /// 1 static controller, 7 bridge controller.
    package let type: UInt8

    /// - Throws: ``ByteFault/truncated(offset:)``, also where the name has no end.
    package init(_ payload: [UInt8]) throws(ByteFault) {
        guard let end = payload.firstIndex(of: 0), end + 1 < payload.count else { throw .truncated(offset: payload.count) }
        name = String(decoding: payload[..<end].filter { (0x20...0x7E).contains($0) }, as: UTF8.self)
        type = payload[end + 1]
    }
}

/// That it has begun anew (0x0A).
package struct StartedReport: Equatable, Sendable {
    package let reason: UInt8
    package let isListening: Bool
    package let commandClasses: [UInt8]
    package let supportsLongRange: Bool

    /// That a watchdog ended it, so that what was under way is lost.
    package var wasWatchdog: Bool { reason == 0x03 }

    /// - Throws: ``ByteFault/truncated(offset:)``.
    package init(_ payload: [UInt8]) throws(ByteFault) {
        var reader = ByteReader(payload)
        reason = try reader.byte()
        _ = try reader.byte()
        isListening = try reader.byte() & 0x80 != 0
        _ = try reader.take(2)
        commandClasses = try reader.take(Int(try reader.byte()))
        supportsLongRange = reader.remaining > 0 ? try reader.byte() & 1 != 0 : false
    }
}

/// What the controller knows of a node without asking it (0x41).
package struct NodeProtocolInfo: Equatable, Sendable {
    /// How a node listens.
    package enum Listening: Equatable, Sendable {
        case always
        /// Asleep, and woken by a beam of a second, or of a quarter of one: what battery locks are.
        case beamed(milliseconds: Int)
        case sleeping
    }

    package let listening: Listening
    package let isRouting: Bool
    package let isController: Bool
    package let basic: UInt8
    package let generic: UInt8
    package let specific: UInt8

    /// A number that belongs to no node is answered with zeros.
    package var exists: Bool { generic != 0 }

    /// - Throws: ``ByteFault/truncated(offset:)``.
    package init(_ payload: [UInt8]) throws(ByteFault) {
        var reader = ByteReader(payload)
        let capability = try reader.byte()
        let security = try reader.byte()
        _ = try reader.byte()
        listening =
            if capability & 0x80 != 0 { .always } else if security & 0x40 != 0 { .beamed(milliseconds: 1_000) } else if security & 0x20 != 0
            {
                .beamed(milliseconds: 250)
            } else { .sleeping }
        isRouting = capability & 0x40 != 0
        isController = security & 0x02 != 0
        basic = try reader.byte()
        generic = try reader.byte()
        specific = try reader.byte()
    }
}

/// Part of the Long Range nodes it knows (0xDA).
package struct LongRangeNodes: Equatable, Sendable {
    package let hasMore: Bool
    package let nodes: [NodeID]

    /// - Throws: ``ByteFault/truncated(offset:)``.
    package init(_ payload: [UInt8]) throws(ByteFault) {
        var reader = ByteReader(payload)
        hasMore = try reader.byte() != 0
        // 128 bytes of mask make one part.
        let part = UInt16(try reader.byte())
        guard part < 4 else { throw .invalid(offset: 1, "part \(part) of the mask") }
        let first = NodeID.longRange.lowerBound + part * 1_024
        nodes = try reader.take(Int(try reader.byte())).numbers(from: first).map(NodeID.init(rawValue:)).filter(\.isLongRange)
    }
}
