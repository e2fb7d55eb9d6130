import WireBytes

// What a node says of itself, each asked for once.

/// Battery (SDS13781): how full, or that it is low.
package enum BatteryReport: Equatable, Sendable {
    case percent(Int)
    case low

    package static let get: [UInt8] = [0x80, 0x02]

    /// - Throws: ``ByteFault``: truncated, or more than 100.
    package init(_ command: [UInt8]) throws(ByteFault) {
        var reader = ByteReader(command, from: 2)
        let byte = try reader.byte()
        switch byte {
        case 0...100: self = .percent(Int(byte))
        case 0xFF: self = .low
        default: throw .invalid(offset: 2, "\(byte) percent")
        }
    }
}

/// Manufacturer Specific: who made what.
package struct ManufacturerReport: Equatable, Sendable {
    package static let get: [UInt8] = [0x72, 0x04]
    package let manufacturer: UInt16
    package let productType: UInt16
    package let product: UInt16

    /// - Throws: ``ByteFault/truncated(offset:)``.
    package init(_ command: [UInt8]) throws(ByteFault) {
        var reader = ByteReader(command, from: 2)
        manufacturer = try reader.bigEndian16()
        productType = try reader.bigEndian16()
        product = try reader.bigEndian16()
    }
}

/// Version: of the firmware, and of one command class.
package enum VersionReport {
    package static let get: [UInt8] = [0x86, 0x11]
    package static func classGet(_ commandClass: CommandClass) -> [UInt8] { [0x86, 0x13, commandClass.rawValue] }

    /// The first firmware's version, such as `4.5`.
    /// - Throws: ``ByteFault/truncated(offset:)``.
    package static func firmware(_ command: [UInt8]) throws(ByteFault) -> String {
        var reader = ByteReader(command, from: 2)
        _ = try reader.take(3)
        return "\(try reader.byte()).\(try reader.byte())"
    }

    /// A command class and its version; 0 is none.
    /// - Throws: ``ByteFault/truncated(offset:)``.
    package static func ofClass(_ command: [UInt8]) throws(ByteFault) -> (CommandClass, version: UInt8) {
        var reader = ByteReader(command, from: 2)
        return (CommandClass(rawValue: try reader.byte()), try reader.byte())
    }
}

/// Association: whom a node tells by itself. The first group is the lifeline.
package enum Association {
    package static let lifeline: UInt8 = 1
    package static func set(_ group: UInt8, _ node: NodeID) -> [UInt8] { [0x85, 0x01, group, UInt8(truncatingIfNeeded: node.rawValue)] }
    package static func get(_ group: UInt8) -> [UInt8] { [0x85, 0x02, group] }

    /// A group's members, as far as this report goes.
    package struct Report: Equatable, Sendable {
        package let group: UInt8
        package let maximum: UInt8
        /// Reports that follow this one.
        package let following: UInt8
        package let nodes: [NodeID]

        /// - Throws: ``ByteFault/truncated(offset:)``.
        package init(_ command: [UInt8]) throws(ByteFault) {
            var reader = ByteReader(command, from: 2)
            group = try reader.byte()
            maximum = try reader.byte()
            following = try reader.byte()
            nodes = reader.rest().map { NodeID(rawValue: UInt16($0)) }
        }
    }
}
