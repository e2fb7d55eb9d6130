import WireBytes

/// A command that came from a node (0x04, and 0xA8 of a bridge).
package struct ApplicationCommand: Equatable, Sendable {
    package let source: NodeID
    /// Ours or one of a bridge's; `nil` where the function does not say.
    package let destination: NodeID?
    /// Meant for many: never a security frame's, never obeyed.
    package let isForMany: Bool
    /// Of another network.
    package let isForeign: Bool
    /// Command class, command, and its parameters.
    package let command: [UInt8]
    package let strength: SignalStrength?

    package init(source: NodeID, destination: NodeID? = nil, command: [UInt8], isForMany: Bool = false) {
        self.source = source
        self.destination = destination
        self.command = command
        self.isForMany = isForMany
        isForeign = false
        strength = nil
    }

    /// - Throws: ``ByteFault``: truncated, or a frame of another function.
    package init(_ frame: SerialFrame, _ width: NodeIDWidth) throws(ByteFault) {
        var reader = ByteReader(frame.payload)
        let flags = try reader.byte()
        isForMany = flags & 0x0C != 0
        isForeign = flags & 0x40 != 0
        switch frame.function {
        case .applicationCommand: destination = nil
        case .bridgeApplicationCommand: destination = try width.read(&reader)
        default: throw .invalid(offset: 0, "function \(frame.function.rawValue)")
        }
        source = try width.read(&reader)
        command = try reader.take(Int(try reader.byte()))
        if frame.function == .bridgeApplicationCommand, reader.remaining > 0 { _ = try reader.take(Int(try reader.byte())) }
        strength = reader.remaining > 0 ? SignalStrength(try reader.byte()) : nil
    }
}

/// News of a node (0x49).
package struct ApplicationUpdate: Equatable, Sendable {
    package enum Event: Equatable, Sendable {
        /// Its command classes were told.
        case information
        /// It did not answer when asked for them.
        case informationFailed
        case added
        case removed
        /// A SmartStart node of this home id asks to be included; the bytes are its home id of that moment.
        case smartStart([UInt8])
        case other(UInt8)
    }

    package let event: Event
    package let node: NodeID
    /// Basic, generic and specific class, then the command classes it supports.
    package let information: [UInt8]

    /// - Throws: ``ByteFault/truncated(offset:)``.
    package init(_ payload: [UInt8], _ width: NodeIDWidth) throws(ByteFault) {
        var reader = ByteReader(payload)
        let kind = try reader.byte()
        // A failed request names nobody in some controllers.
        node = reader.remaining >= Int(width.rawValue) ? try width.read(&reader) : NodeID(rawValue: 0)
        switch kind {
        case 0x84:
            event = .information
            information = try reader.take(Int(try reader.byte()))
        case 0x81:
            event = .informationFailed
            information = []
        case 0x40, 0x20:
            event = kind == 0x40 ? .added : .removed
            information = reader.remaining > 0 ? try reader.take(Int(try reader.byte())) : []
        case 0x85, 0x86, 0x87:
            _ = try reader.byte()
            event = .smartStart(try reader.take(4))
            information = reader.remaining > 0 ? try reader.take(Int(try reader.byte())) : []
        default:
            event = .other(kind)
            information = reader.rest()
        }
    }
}
